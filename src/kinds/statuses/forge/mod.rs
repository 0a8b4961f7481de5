//! What forges are asked, and how their answers are taken: Gitea, Forgejo and GitHub.

mod branch;
mod client;
mod pages;
mod patience;
mod permission;
mod plant;
mod post;
mod protection;
mod protection_plants;
mod pull;
mod statuses;
mod target;

pub(super) use branch::in_path;
pub(super) use client::Client;
pub(super) use plant::answer_to;
pub use post::{Posting, Row, post};
pub(in crate::kinds) use protection::{ASKING_CODES, protection_of};
pub(in crate::kinds) use protection_plants::{ProtectionAnswers, protection_answers};
pub(super) use pull::Pull;
pub use target::{Target, api_of, check_commit, check_repository};
