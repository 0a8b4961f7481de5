use clap::Subcommand;

use super::{Cli, CliError};
use crate::exit_code::ExitCode;

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    Run(super::run::Args),
    Version(super::version::Args),
}

/// Does what the command line says.
///
/// # Errors
/// When it cannot be done as asked; findings are no error.
pub fn execute(cli: &Cli) -> Result<ExitCode, CliError> {
    match &cli.command {
        Command::Run(args) => super::run::execute(args, &cli.global),
        Command::Version(args) => super::version::execute(args),
    }
}
