use driftgate_provisioner::mcp;

use super::CliError;
use crate::exit_code::ExitCode;

/// Serve the tools of a workspace over standard input and output
#[derive(Debug, clap::Args)]
#[group(skip)] // The flattened one bears the same name.
pub struct Args {
    #[command(flatten)]
    mcp: mcp::Args,
}

pub(super) fn execute(args: &Args) -> Result<ExitCode, CliError> {
    mcp::main(&args.mcp)
        .map(|()| ExitCode::Ok)
        .map_err(|error| CliError::NotChecked {
            message: format!("the tool server failed: {error}"),
            help: None,
        })
}
