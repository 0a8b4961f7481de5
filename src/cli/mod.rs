//! The command line: one file a subcommand, parsing and wiring only.
//!
//! A new subcommand is a file here with an `Args` and an `execute`, and a line in each of the two
//! lists of `command.rs`; it opens the checkout with `project` and `open`, and answers with
//! `stdout`.

mod args;
mod colour;
mod command;
mod completions;
mod demo;
mod diff;
mod doctor;
mod error;
mod explain;
mod fix;
mod lane;
mod list;
mod man;
mod open;
mod parse;
mod project;
mod prove;
mod reap;
mod reference_provisioner;
mod run;
mod schema;
mod select;
mod several;
mod statuses;
mod statuses_args;
mod statuses_post;
mod stdout;
mod stub_mcp;
mod stub_runtime;
mod sync;
mod version;

pub use args::{Cli, Global};
pub use command::{Command, execute};
pub use error::CliError;
