//! The command line: one file a subcommand, parsing and wiring only.
//!
//! A new subcommand is a file here with an `Args` and an `execute`, and a line in each of the two
//! lists of `command.rs`.

mod args;
mod colour;
mod command;
mod error;
mod open;
mod project;
mod run;
mod version;

pub use args::{Cli, Global};
pub use command::{Command, execute};
pub use error::CliError;
