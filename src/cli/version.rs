use std::io::Write;

use super::CliError;
use crate::exit_code::ExitCode;

/// Say which version this is
#[derive(Debug, clap::Args)]
pub struct Args {}

pub(super) fn execute(_args: &Args) -> Result<ExitCode, CliError> {
    // Where standard output is closed, nobody asked.
    let _ = writeln!(
        std::io::stdout(),
        "{} {}",
        env!("CARGO_PKG_NAME"),
        env!("CARGO_PKG_VERSION")
    );
    Ok(ExitCode::Ok)
}
