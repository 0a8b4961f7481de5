use clap::CommandFactory;
use clap_complete::Shell;

use super::stdout::to_stdout;
use super::{Cli, CliError, Global};
use crate::exit_code::ExitCode;

/// Print completions for a shell
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

pub(super) fn execute(args: &Args, global: &Global) -> Result<ExitCode, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "driftgate", &mut script);
    to_stdout(global, |out| out.write_all(&script))?;
    Ok(ExitCode::Ok)
}
