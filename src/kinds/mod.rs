//! The kinds of gates: the product. A new kind is a new folder and one line in the registry.

mod check;
pub mod delivery;
