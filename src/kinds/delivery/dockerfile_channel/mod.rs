//! The channel `dockerfile`: what an image would receive, compared with the source.

mod checkout;
mod files;
mod folder;
mod inspect;
mod problems;
mod steps;

pub(crate) use folder::source_folder;
pub(crate) use inspect::{Mounted, inspect, request};
