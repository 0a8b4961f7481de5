//! Proves that gates can fail: plants the violation of each protection in memory, and demands the
//! finding that was promised.

mod gate;
mod human;
mod proof;
mod protection;
mod report;
#[cfg(test)]
mod tests;

pub use gate::{prove_gate, prove_gates};
pub use human::write_human;
pub use proof::{GateProof, Proof};
pub use report::{PROVE_SCHEMA, ProveReport};
