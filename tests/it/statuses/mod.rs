//! The command `statuses` and the kind of that name.

mod asking;
mod expected;
pub mod forge;
mod gates;
mod github;
mod posting;
mod recorded;
mod recorded_names;
mod recorded_refusals;
mod recorded_reviews;
mod support;
