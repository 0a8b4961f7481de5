use std::io::Write;
use std::num::NonZeroUsize;
use std::sync::Arc;

use clap::ArgAction;
use clap::builder::BoolishValueParser;
use indicatif::ProgressBar;

use super::project::Project;
use super::{CliError, Global};
use crate::context::{Cancel, Environment};
use crate::exit_code::ExitCode;
use crate::gate::VerdictName;
use crate::report::{SyncReport, write_sync};
use crate::run::interrupts;
use crate::ssot::{SyncEvent, SyncOptions, SyncOutcome, sync};
use crate::tree::DirTree;

/// Clone or update the sources that the manifest names, and write driftgate.lock
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Refuse to move the lock
    #[arg(long, env = "DRIFTGATE_LOCKED", hide_env = true, action = ArgAction::SetTrue, value_parser = BoolishValueParser::new())]
    locked: bool,

    /// Never touch the network
    #[arg(long, env = "DRIFTGATE_OFFLINE", hide_env = true, action = ArgAction::SetTrue, value_parser = BoolishValueParser::new())]
    offline: bool,

    /// How many repositories are fetched from at a time
    #[arg(
        short,
        long,
        value_name = "N",
        env = "DRIFTGATE_JOBS",
        hide_env = true,
        default_value = "8"
    )]
    jobs: NonZeroUsize,

    /// How to tell what was done
    #[arg(
        short,
        long,
        value_name = "FORMAT",
        env = "DRIFTGATE_SYNC_OUTPUT",
        hide_env = true,
        default_value = "human"
    )]
    output: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people.
    Human,
    /// One JSON document, `driftgate.sync.v1`.
    Json,
}

pub(super) fn execute(args: &Args, global: &Global) -> Result<ExitCode, CliError> {
    let project = Project::open(global)?;
    let cancel = Cancel::new();
    let interrupts = interrupts(&cancel).map_err(|error| CliError::usage(error.to_string()))?;
    let site = project.site(
        Arc::new(Environment::of_process()),
        args.offline,
        cancel.clone(),
    );
    let options = SyncOptions {
        locked: args.locked,
        jobs: args.jobs.get(),
    };
    let progress = if global.quiet {
        ProgressBar::hidden()
    } else {
        ProgressBar::new_spinner()
    };
    let root = DirTree::new(&project.root, "");
    let outcome = sync(site, &root, options, &|event| match event {
        SyncEvent::Resolving { url } => progress.set_message(format!("asking {url}")),
        SyncEvent::Bringing { url } => progress.set_message(format!("looking for {url}")),
        SyncEvent::Done(_) => progress.tick(),
    });
    progress.finish_and_clear();
    let code = if interrupts.try_recv().is_ok() {
        ExitCode::Interrupted
    } else {
        exit_code(&outcome)
    };
    tell(args.output, global, &outcome, code)?;
    Ok(code)
}

fn exit_code(outcome: &SyncOutcome) -> ExitCode {
    match outcome.verdict() {
        VerdictName::Pass | VerdictName::Skipped => ExitCode::Ok,
        VerdictName::Fail => ExitCode::Failed,
        VerdictName::Vacuous | VerdictName::Refused => ExitCode::NotChecked,
        VerdictName::Unreachable => ExitCode::Unreachable,
    }
}

fn tell(
    format: Format,
    global: &Global,
    outcome: &SyncOutcome,
    code: ExitCode,
) -> Result<(), CliError> {
    let mut out =
        anstream::AutoStream::new(std::io::stdout(), global.color.choose(&std::io::stdout()));
    let written = match format {
        Format::Human => write_sync(&mut out, outcome, global.detail()),
        Format::Json => serde_json::to_string_pretty(&SyncReport::new(outcome, code))
            .map_err(std::io::Error::from)
            .and_then(|text| writeln!(out, "{text}")),
    };
    match written {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(CliError::usage(
            format!("failed to write to standard output: {error}"),
        )),
        _ => Ok(()),
    }
}
