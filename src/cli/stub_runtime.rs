use driftgate_provisioner::runtime;

use super::CliError;
use crate::exit_code::ExitCode;

/// Be the runtime of a workspace; its settings are environment variables
#[derive(Debug, clap::Args)]
#[group(skip)] // The flattened one bears the same name.
pub struct Args {
    #[command(flatten)]
    runtime: runtime::Args,
}

pub(super) fn execute(args: &Args) -> Result<ExitCode, CliError> {
    runtime::main(&args.runtime)
        .map(|()| ExitCode::Ok)
        .map_err(|error| CliError::NotChecked {
            message: format!("the stub runtime failed to boot: {error}"),
            help: None,
        })
}
