//! The kind `lifecycle`: a concierge's whole life on a running server, known only by HTTP, its database and its containers.

mod about;
mod bring_up;
mod broken;
mod capability;
mod cast;
mod chapter;
mod check;
mod checks;
mod client;
mod codes;
mod database;
mod ear;
mod engine;
mod failure;
mod identity;
mod journal;
mod kind;
mod left_over;
mod life;
mod life_check;
mod load;
mod mcp_file;
mod profile;
mod registry;
mod report;
mod rules;
mod runtime_kind;
mod select;
pub mod spec;
mod steps;
mod stop;
mod turn;
mod wait;
mod without;
mod world;

#[cfg(test)]
mod tests;

pub use about::{AboutCheck, about_chapters, about_checks};
pub use capability::Capability;
pub use kind::Lifecycle;
pub use profile::Profile;
pub use rules::Containers;
pub use runtime_kind::RuntimeKind;
pub(crate) use runtime_kind::Syntax;
