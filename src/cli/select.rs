use std::num::NonZeroUsize;
use std::time::Duration;

use clap::Args;

use super::CliError;
use super::open::OpenArgs;
use super::project::Project;
use crate::config::parse_duration;
use crate::context::Clock;
use crate::run::{Limits, Partition, Plan, Selection, UnknownGate};

/// Options of every command that runs gates.
#[derive(Debug, Clone, Args)]
pub(super) struct SelectArgs {
    /// The gates [default: all of the lane]
    #[arg(value_name = "GATE")]
    pub names: Vec<String>,

    #[command(flatten)]
    pub open: OpenArgs,

    /// How many gates run at a time [default: as many as the machine has cores]
    #[arg(short, long, value_name = "N", env = "DRIFTGATE_JOBS", hide_env = true)]
    pub jobs: Option<NonZeroUsize>,

    /// Run one share of the gates: slice:1/4 deals them out in turn, hash:1/4 by name
    #[arg(
        long,
        value_name = "SHARE",
        env = "DRIFTGATE_PARTITION",
        hide_env = true
    )]
    pub partition: Option<Partition>,

    /// How often what got no answer is tried again [default: the lane's, or 2]
    #[arg(long, value_name = "N", env = "DRIFTGATE_RETRIES", hide_env = true)]
    pub retries: Option<u32>,

    /// The time limit of gates that have none of their own: 90s, 5m [default: the lane's, or 10m]
    #[arg(long, value_name = "TIME", env = "DRIFTGATE_TIMEOUT", hide_env = true, value_parser = parse_duration)]
    pub timeout: Option<Duration>,
}

impl SelectArgs {
    /// The gates of the project that these options are about.
    ///
    /// # Errors
    /// When a gate file is wrong, or a named gate does not exist.
    pub(super) fn plan(&self, project: &Project, clock: &Clock) -> Result<Plan, CliError> {
        Ok(Plan::new(
            project.load_gates()?,
            &Selection {
                names: &self.names,
                lane: self.open.lane,
                partition: self.partition,
                today: clock.today,
            },
        )?)
    }

    /// Lets gates themselves use no more threads than `--jobs` says.
    pub(super) fn bound_threads(&self) {
        if let Some(jobs) = self.jobs {
            // Too late only if threads are at work already, and then they are bounded by the cores.
            let _ = rayon::ThreadPoolBuilder::new()
                .num_threads(jobs.get())
                .build_global();
        }
    }

    /// The command line outranks the lane's settings, and those what holds where nobody says.
    pub(super) fn limits(&self, project: &Project) -> Limits {
        let usual = project.limits(self.open.lane);
        Limits {
            jobs: self.jobs.unwrap_or(usual.jobs),
            jobs_of_waiting: self.jobs.unwrap_or(usual.jobs_of_waiting),
            retries: self.retries.unwrap_or(usual.retries),
            timeout: self.timeout.unwrap_or(usual.timeout),
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
