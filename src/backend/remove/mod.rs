//! Removes what a ledger names, and nothing else.

mod containers;
mod folders;
mod processes;
mod removal;
mod remover;

pub use removal::{Outcome, Removal};
pub(super) use remover::Remover;

#[cfg(test)]
mod tests;
