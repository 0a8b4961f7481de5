//! What several checks do alike: rows, containers, workspaces, beats of a heart.

mod beat;
mod containers;
mod messages;
mod roots;
mod rows;
mod workspaces;

pub(super) use beat::Proof;
pub(super) use messages::reply_of;
pub(super) use roots::{MANAGEMENT_PLUGIN, MANAGEMENT_SOURCE};
pub(super) use workspaces::DUMMY_KEY;
