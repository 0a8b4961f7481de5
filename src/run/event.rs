use std::time::Duration;

use super::{Counts, GateOutcome, Partition};
use crate::exit_code::ExitCode;
use crate::gate::{GateId, Lane};

/// What is known when a run begins.
#[derive(Debug, Clone)]
pub struct RunStart {
    pub lane: Lane,
    pub started: jiff::Timestamp,
    pub partition: Option<Partition>,
    /// Gates of this run, those that are skipped among them.
    pub gates: usize,
    /// Gates that are to run.
    pub to_run: usize,
    /// The length of the longest gate name, for columns.
    pub longest_id: usize,
}

/// What is known when a run has ended.
#[derive(Debug, Clone)]
pub struct RunEnd {
    pub counts: Counts,
    pub duration: Duration,
    pub exit_code: ExitCode,
    /// What is to be said about the run as a whole, such as that nothing was there to check.
    pub notes: Vec<String>,
}

/// The one stream that all reports are made from.
///
/// `Running`, `Slow`, `Retrying` and `Done` come as things happen, for those who watch. `Gate`
/// comes once for each gate, in order of names however many ran at a time, for those who report.
#[derive(Debug)]
pub enum Event<'a> {
    Start(&'a RunStart),
    Running {
        id: &'a GateId,
    },
    /// Still at it after a while; comes again from time to time.
    Slow {
        id: &'a GateId,
        elapsed: Duration,
    },
    /// No answer came; another attempt follows after `wait`.
    Retrying {
        id: &'a GateId,
        /// The attempt that failed, counted from 1.
        attempt: u32,
        wait: Duration,
        reason: &'a str,
    },
    Done {
        id: &'a GateId,
    },
    Gate(&'a GateOutcome),
    End(&'a RunEnd),
}
