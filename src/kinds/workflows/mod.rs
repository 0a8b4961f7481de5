//! The kind `workflows`: a required context that reads green implies that its check ran.

mod asked;
mod asked_protections;
mod awaited;
mod check;
mod codes;
pub mod contexts;
mod findings;
pub mod forge;
mod kind;
mod level;
mod load;
mod mend;
mod mended;
pub mod model;
mod protections;
mod reading;
mod rule;
pub mod rules;
mod scene;
pub mod shell;
pub mod spec;
pub mod yaml;

pub use kind::WorkflowsKind;
pub use rule::{Rule, Violation};
pub use scene::Scene;
