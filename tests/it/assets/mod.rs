//! The channel `assets`, against servers made by the tests, archives on disk, and the reference provisioner.

mod archives;
mod drift;
mod lists;
mod prove;
mod reference;
mod refusals;
mod rendered;
pub mod server;
mod settled;
mod silence;
mod spelling;
pub mod support;
