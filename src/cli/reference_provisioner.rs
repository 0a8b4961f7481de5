use driftgate_provisioner::server;

use super::CliError;
use crate::exit_code::ExitCode;

/// Serve the provisioner that the lifecycle gate is tested against; its settings are environment variables
#[derive(Debug, clap::Args)]
#[group(skip)] // The flattened one bears the same name.
pub struct Args {
    #[command(flatten)]
    server: server::Args,
}

pub(super) fn execute(args: &Args) -> Result<ExitCode, CliError> {
    server::main(&args.server)
        .map(|()| ExitCode::Ok)
        .map_err(|error| CliError::NotChecked {
            message: format!("the reference provisioner failed to serve: {error}"),
            help: None,
        })
}
