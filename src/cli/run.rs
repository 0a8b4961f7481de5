use clap::ArgAction;
use clap::builder::BoolishValueParser;

use super::project::Project;
use super::select::SelectArgs;
use super::several::{Several, flatten};
use super::{CliError, Global};
use crate::context::Cancel;
use crate::exit_code::ExitCode;
use crate::report::{OpenError, Output, Outputs, Progress, Style};
use crate::run::{Limits, interrupts, run};

/// Run gates
///
/// Without names, runs all gates of the lane; with names, runs those, whatever their lanes.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    select: SelectArgs,

    /// The report to write: human, json or junit; FORMAT alone goes to standard output; repeatable
    /// [default: human]
    #[arg(
        short,
        long = "output",
        value_name = "FORMAT[=PATH]",
        env = "DRIFTGATE_OUTPUT",
        hide_env = true
    )]
    outputs: Vec<Several<Output>>,

    /// Start no gate after one has failed
    #[arg(long, env = "DRIFTGATE_FAIL_FAST", hide_env = true, action = ArgAction::SetTrue, value_parser = BoolishValueParser::new())]
    fail_fast: bool,
}

pub(super) fn execute(args: &Args, global: &Global) -> Result<ExitCode, CliError> {
    let project = Project::open(global)?;
    let clock = args.select.open.clock();
    let plan = args.select.plan(&project, &clock)?;
    args.select.bound_threads();
    let cancel = Cancel::new();
    let context = args.select.open.context(&project, clock, &cancel)?;
    let mut outputs = Outputs::open(
        &flatten(&args.outputs),
        Style {
            detail: global.detail(),
            colour: global.color.choose(&std::io::stdout()),
        },
        Progress::on_stderr(global.quiet),
    )?;
    let interrupts = interrupts(&cancel).map_err(|error| CliError::usage(error.to_string()))?;
    let limits = Limits {
        fail_fast: args.fail_fast,
        ..args.select.limits(&project)
    };
    let finished = run(
        &plan,
        &context,
        &limits,
        args.select.partition,
        clock.started,
        &interrupts,
        &mut |event| outputs.tell(&event),
    );
    let code = super::error::after_reports(finished.end.exit_code, outputs.finish());
    finished.stragglers.stop(&cancel, limits.grace);
    super::error::tell_leftovers(&context.shared().end());
    Ok(code)
}

impl From<OpenError> for CliError {
    fn from(error: OpenError) -> Self {
        let help = match &error {
            OpenError::TwoToStdout => Some("give one of them a path: --output json=report.json"),
            OpenError::TwoToFile(_) => Some("give each its own path"),
            OpenError::Create { .. } => None,
        };
        let usage = Self::usage(error.to_string());
        match help {
            Some(help) => usage.help(help),
            None => usage,
        }
    }
}
