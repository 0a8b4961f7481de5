//! The chores of this repository: `cargo xtask test` is the whole check, `cargo xtask generate`
//! writes what is made from the types.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a chore speaks to the person who runs it, and has no rooms"
)]

mod blocks;
mod cargo;
mod check;
mod cli_pages;
mod fuzz;
mod gate_reference;
mod generate;
mod images;
mod lifecycle_page;
mod tests_run;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", about = "The chores of this repository")]
struct Args {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Debug, Subcommand)]
enum Chore {
    /// Check everything: format, generated files, lints, the project's own gates, the demo, the tests.
    Test,
    /// Write what is made from the types: schemas, the pages on the command line and on gate files.
    Generate(generate::Args),
    /// Make the images that the Docker backend needs, without a registry.
    Images(images::Args),
    /// Fuzz a reader with cargo-fuzz.
    Fuzz(fuzz::Args),
}

fn main() -> ExitCode {
    let result = match Args::parse().chore {
        Chore::Test => check::everything(),
        Chore::Generate(args) => generate::generate(&args).map(|fresh| {
            if fresh {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            }
        }),
        Chore::Images(args) => images::images(&args).map(|()| ExitCode::SUCCESS),
        Chore::Fuzz(args) => fuzz::fuzz(&args),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
