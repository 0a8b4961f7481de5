//! The contexts that workflows post, and those that are required.

mod context;
mod derive;
mod evaluate;
mod event;
mod matrix;
mod name;
mod protection;
mod reconcile;
mod required;
mod ruleset;

pub use context::{Certainty, Context};
pub use derive::{derive, derive_all, derive_lost};
pub use event::{Event, PULL_REQUEST_EVENTS, held_by};
pub use matrix::{Combination, Expansion, expand};
pub use name::{Name, strip_event};
pub use protection::{BranchProtection, read_protection};
pub use reconcile::{Binding, Disagreement, bindings, disagreements};
pub use required::{Demand, RequiredFile, read_required};

#[cfg(test)]
mod tests;
