//! What each fuzz target does with its bytes, one file a target. The tests of the main workspace run the same bodies on
//! the seeds and on random changes of them, so that they keep working without a fuzzer.

mod assets;
pub mod bundle;
mod check_sums;
pub mod dockerfile;
mod gate;
pub mod gate_file;
pub mod handshake;
pub mod layers;
pub mod listing;
pub mod manifest;
mod memory_tree;
mod parts;
pub mod plugin_address;
pub mod script;
pub mod settings;
mod spec_errors;
pub mod statuses;
pub mod workflow;
