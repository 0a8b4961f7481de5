use clap::ArgAction;
use clap::builder::BoolishValueParser;

use super::stdout::{Answer, json_to_stdout, to_stdout};
use super::{CliError, Global};
use crate::backend::{Outcome, Reap, Reaped, reap, state_folder};
use crate::context::{Environment, Runtime};
use crate::exit_code::ExitCode;
use crate::report::{ReapReport, write_reap};

/// Remove what dead runs left behind
///
/// Every run writes down what it is about to bring up, and holds that ledger locked for as long as
/// it lives. This removes what the ledgers of dead runs name: containers with their anonymous
/// volumes, volumes, networks, processes, folders and databases. Nothing is ever guessed, and what
/// belongs to a run that lives is left alone. A run that brings something up does this first.
///
/// Ends with 4 where nobody answered who could say what is left, and with 3 where something could
/// not be removed; its ledger is kept then.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only tell what would be removed
    #[arg(long, env = "DRIFTGATE_DRY_RUN", hide_env = true, action = ArgAction::SetTrue, value_parser = BoolishValueParser::new())]
    dry_run: bool,

    /// How to tell what was removed
    #[arg(
        short,
        long,
        value_name = "FORMAT",
        env = "DRIFTGATE_REAP_OUTPUT",
        hide_env = true,
        default_value = "human"
    )]
    output: Answer,
}

pub(super) fn execute(args: &Args, global: &Global) -> Result<ExitCode, CliError> {
    let environment = Environment::of_process();
    let not_checked = |message: String| CliError::NotChecked {
        message,
        help: Some("name the folder of the runs' state with DRIFTGATE_STATE".to_owned()),
    };
    let state = state_folder(&environment).ok_or_else(|| {
        not_checked("no folder for state: neither DRIFTGATE_STATE nor HOME is set".to_owned())
    })?;
    let how = if args.dry_run {
        Reap::Rehearse
    } else {
        Reap::Remove
    };
    let reaped = reap(&state, &environment, &Runtime::new(), how)
        .map_err(|error| not_checked(error.to_string()))?;
    let code = exit_code(&reaped);
    match args.output {
        Answer::Human => to_stdout(global, |out| write_reap(out, &reaped, how))?,
        Answer::Json => json_to_stdout(&ReapReport::new(&reaped, how, code))?,
    }
    Ok(code)
}

fn exit_code(reaped: &Reaped) -> ExitCode {
    let outcomes = || {
        reaped
            .runs
            .iter()
            .flat_map(|run| run.removals.iter().map(|removal| &removal.outcome))
    };
    let failed = outcomes().any(|outcome| matches!(outcome, Outcome::Failed { .. }));
    let kept = reaped.runs.iter().any(|run| run.kept.is_some());
    if failed || kept || !reaped.unreadable.is_empty() {
        ExitCode::NotChecked
    } else if outcomes().any(|outcome| matches!(outcome, Outcome::Unreachable { .. })) {
        ExitCode::Unreachable
    } else {
        ExitCode::Ok
    }
}
