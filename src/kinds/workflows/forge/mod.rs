//! What a forge and its version do with a workflow: a table, which every rule asks.

mod capability;
mod choose;
mod filter;
mod forge;
mod paths;
mod table;

pub use capability::{Capability, Feature, Outcome, Since};
pub use choose::{Chosen, choose};
pub use filter::{FilterError, Glob, excluded_by, included_by};
pub use forge::Forge;
pub use paths::paths_pass;
pub use table::TABLE;

#[cfg(test)]
mod tests;
