use std::num::NonZeroUsize;
use std::time::Duration;

use clap::ArgAction;
use clap::builder::BoolishValueParser;

use super::open::OpenArgs;
use super::project::Project;
use super::{CliError, Global};
use crate::config::parse_duration;
use crate::context::Cancel;
use crate::exit_code::ExitCode;
use crate::report::{OpenError, Output, Outputs, Progress, Style};
use crate::run::{Limits, Partition, Plan, Selection, UnknownGate, interrupts, run};

/// Run gates
///
/// Without names, runs all gates of the lane; with names, runs those, whatever their lanes.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The gates to run [default: all of the lane]
    #[arg(value_name = "GATE")]
    names: Vec<String>,

    #[command(flatten)]
    open: OpenArgs,

    /// How many gates run at a time [default: as many as the machine has cores]
    #[arg(short, long, value_name = "N", env = "DRIFTGATE_JOBS", hide_env = true)]
    jobs: Option<NonZeroUsize>,

    /// Run one share of the gates: slice:1/4 deals them out in turn, hash:1/4 by name
    #[arg(
        long,
        value_name = "SHARE",
        env = "DRIFTGATE_PARTITION",
        hide_env = true
    )]
    partition: Option<Partition>,

    /// The report to write: human, json or junit; FORMAT alone goes to standard output; repeatable
    /// [default: human]
    #[arg(
        short,
        long = "output",
        value_name = "FORMAT[=PATH]",
        env = "DRIFTGATE_OUTPUT",
        hide_env = true,
        value_delimiter = ','
    )]
    outputs: Vec<Output>,

    /// Start no gate after one has failed
    #[arg(long, env = "DRIFTGATE_FAIL_FAST", hide_env = true, action = ArgAction::SetTrue, value_parser = BoolishValueParser::new())]
    fail_fast: bool,

    /// How often what got no answer is tried again [default: the lane's, or 2]
    #[arg(long, value_name = "N", env = "DRIFTGATE_RETRIES", hide_env = true)]
    retries: Option<u32>,

    /// The time limit of gates that have none of their own: 90s, 5m [default: the lane's, or 10m]
    #[arg(long, value_name = "TIME", env = "DRIFTGATE_TIMEOUT", hide_env = true, value_parser = parse_duration)]
    timeout: Option<Duration>,
}

pub(super) fn execute(args: &Args, global: &Global) -> Result<ExitCode, CliError> {
    let project = Project::open(global)?;
    let gates = project.load_gates()?;
    let clock = args.open.clock();
    let plan = Plan::new(
        gates,
        &Selection {
            names: &args.names,
            lane: args.open.lane,
            partition: args.partition,
            today: clock.today,
        },
    )?;
    let cancel = Cancel::new();
    let context = args.open.context(&project, clock, &cancel)?;
    let mut outputs = Outputs::open(
        &args.outputs,
        Style {
            detail: global.detail(),
            colour: global.color.choose(&std::io::stdout()),
        },
        Progress::on_stderr(global.quiet),
    )?;
    let interrupts = interrupts(&cancel).map_err(|error| CliError::usage(error.to_string()))?;
    let finished = run(
        &plan,
        &context,
        &args.limits(&project),
        args.partition,
        clock.started,
        &interrupts,
        &mut |event| outputs.tell(&event),
    );
    Ok(super::error::after_reports(
        finished.end.exit_code,
        outputs.finish(),
    ))
}

impl Args {
    /// The command line outranks the lane's settings, and those what holds where nobody says.
    fn limits(&self, project: &Project) -> Limits {
        let lane = project.settings.lane(self.open.lane);
        let usual = Limits::default();
        Limits {
            jobs: self.jobs.unwrap_or(usual.jobs),
            fail_fast: self.fail_fast,
            retries: self.retries.or(lane.retries).unwrap_or(usual.retries),
            timeout: self.timeout.or(lane.timeout).unwrap_or(usual.timeout),
            ..usual
        }
    }
}

impl From<UnknownGate> for CliError {
    fn from(error: UnknownGate) -> Self {
        let help = match &error.nearest {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => "`driftgate list` names them all".to_owned(),
        };
        Self::usage(error.to_string()).help(help)
    }
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
