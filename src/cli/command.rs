use clap::Subcommand;

use super::{Cli, CliError};
use crate::exit_code::ExitCode;

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    Run(super::run::Args),
    Prove(super::prove::Args),
    Sync(super::sync::Args),
    Diff(super::diff::Args),
    Fix(super::fix::Args),
    List(super::list::Args),
    Explain(super::explain::Args),
    Statuses(Box<super::statuses_args::Args>),
    Demo(super::demo::Args),
    Reap(super::reap::Args),
    Doctor(super::doctor::Args),
    Schema(super::schema::Args),
    Completions(super::completions::Args),
    Man(super::man::Args),
    Version(super::version::Args),
    // What the lifecycle gate starts by itself; nobody calls it by hand.
    #[command(hide = true)]
    ReferenceProvisioner(super::reference_provisioner::Args),
    #[command(hide = true)]
    StubRuntime(super::stub_runtime::Args),
    #[command(hide = true)]
    StubMcp(super::stub_mcp::Args),
}

/// Does what the command line says.
///
/// # Errors
/// When it cannot be done as asked; findings are no error.
pub fn execute(cli: &Cli) -> Result<ExitCode, CliError> {
    match &cli.command {
        Command::Run(args) => super::run::execute(args, &cli.global),
        Command::Prove(args) => super::prove::execute(args, &cli.global),
        Command::Demo(args) => super::demo::execute(args, &cli.global),
        Command::Statuses(args) => super::statuses::execute(args, &cli.global),
        Command::Diff(args) => super::diff::execute(args, &cli.global),
        Command::Fix(args) => super::fix::execute(args, &cli.global),
        Command::List(args) => super::list::execute(args, &cli.global),
        Command::Explain(args) => super::explain::execute(args, &cli.global),
        Command::Reap(args) => super::reap::execute(args, &cli.global),
        Command::Doctor(args) => super::doctor::execute(args, &cli.global),
        Command::Schema(args) => super::schema::execute(args, &cli.global),
        Command::Completions(args) => super::completions::execute(args, &cli.global),
        Command::Man(args) => super::man::execute(args, &cli.global),
        Command::Sync(args) => super::sync::execute(args, &cli.global),
        Command::Version(args) => super::version::execute(args),
        Command::ReferenceProvisioner(args) => super::reference_provisioner::execute(args),
        Command::StubRuntime(args) => super::stub_runtime::execute(args),
        Command::StubMcp(args) => super::stub_mcp::execute(args),
    }
}
