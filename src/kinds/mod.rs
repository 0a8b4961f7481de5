//! The kinds of gates: the product. A new kind is a new folder and one line in the registry.

mod check;
mod codes;
pub mod constants;
pub mod delivery;
pub mod lifecycle;
mod load;
pub mod manifest;
pub mod postgres;
mod registry;
mod schema;
pub mod statuses;
pub mod workflows;

pub use check::{Check, Kind};
pub use codes::SUBJECT_MISSING;
pub use load::{LoadedGates, load_gates};
pub use registry::{KINDS, all_codes, codes_of};
pub use schema::{gate_schema, kind_schema};
