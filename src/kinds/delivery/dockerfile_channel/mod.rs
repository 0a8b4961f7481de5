//! The channel `dockerfile`: what an image would receive, compared with the source.

mod checkout;
mod files;
mod folder;
mod inspect;
mod problems;
mod steps;
mod view;

pub(crate) use inspect::{inspect, not_a_dockerfile};
pub(crate) use steps::allows;
pub(crate) use view::{View, view};
