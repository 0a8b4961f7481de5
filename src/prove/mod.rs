//! Proves that gates can fail: plants the violation of each protection in memory, and demands the
//! finding that was promised.

mod human;
#[cfg(test)]
mod memory_tests;
mod planted;
mod proof;
mod protection;
mod prove;
mod report;
#[cfg(test)]
mod tests;

pub use human::write_human;
pub use proof::{GateProof, Proof};
pub use prove::{Proofs, prove};
pub use report::{PROVE_SCHEMA, ProveReport};
