use std::path::PathBuf;

use clap::{CommandFactory, ValueHint};

use super::stdout::to_stdout;
use super::{Cli, CliError, Global};
use crate::exit_code::ExitCode;

/// Print the manual page, or write those of all commands
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Write the pages of all commands into this folder
    #[arg(
        long,
        value_name = "DIR",
        env = "DRIFTGATE_MAN_DIR",
        hide_env = true,
        value_hint = ValueHint::DirPath
    )]
    dir: Option<PathBuf>,
}

pub(super) fn execute(args: &Args, global: &Global) -> Result<ExitCode, CliError> {
    match &args.dir {
        Some(dir) => std::fs::create_dir_all(dir)
            .and_then(|()| clap_mangen::generate_to(Cli::command(), dir))
            .map_err(|error| {
                CliError::usage(format!(
                    "failed to write manual pages to {}: {error}",
                    dir.display()
                ))
            })?,
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Cli::command())
                .render(&mut page)
                .map_err(|error| CliError::usage(format!("failed to make the page: {error}")))?;
            to_stdout(global, |out| out.write_all(&page))?;
        }
    }
    Ok(ExitCode::Ok)
}
