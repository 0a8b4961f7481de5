//! A sample organisation in a folder of its own, and a walk through everything on it.

mod command;
mod error;
mod expect;
mod git;
mod life;
mod organisation;
mod platform;
mod story;
#[cfg(test)]
mod tests;

pub use error::DemoError;
pub use organisation::{Organisation, Repository};
pub use story::{Story, tell};
