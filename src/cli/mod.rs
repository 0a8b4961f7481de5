//! The command line: one file a subcommand, parsing and wiring only.
//!
//! A new subcommand is a file here with an `Args` and an `execute`, and a line in each of the two
//! lists of `command.rs`.

mod args;
mod colour;
mod command;
mod demo;
mod error;
mod open;
mod project;
mod prove;
mod run;
mod select;
mod version;

pub use args::{Cli, Global};
pub use command::{Command, execute};
pub use error::CliError;
