use std::num::NonZeroUsize;
use std::time::Duration;

use super::Backoff;
use crate::kinds::Check;

/// What bounds a run.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How many gates run at a time.
    pub jobs: NonZeroUsize,
    /// How many violations are looked at at a time where a running system is told to be wrong: most of that is waiting.
    pub jobs_of_waiting: NonZeroUsize,
    /// Start no gate after one has failed.
    pub fail_fast: bool,
    /// How often a gate that got no answer is tried again.
    pub retries: u32,
    pub backoff: Backoff,
    /// The time limit of gates that have none of their own, over all attempts.
    pub timeout: Duration,
    /// How long a gate that was told to stop may take over it before it is left behind.
    pub grace: Duration,
    /// When a gate is first called slow; the time doubles with each further call.
    pub slow_after: Duration,
}

/// How many that wait take no longer than one that computes.
const WAITING: NonZeroUsize = NonZeroUsize::MIN.saturating_add(1);

impl Limits {
    /// The time limit where nobody sets one.
    pub const DEFAULT_TIMEOUT: Duration = Duration::from_mins(10);
    /// The retries where nobody sets them.
    pub const DEFAULT_RETRIES: u32 = 2;

    /// How long a gate that was told to stop may take over it.
    pub(super) fn grace_of(&self, check: &dyn Check) -> Duration {
        check.grace().map_or(self.grace, |own| own.max(self.grace))
    }
}

impl Default for Limits {
    fn default() -> Self {
        let jobs = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Self {
            jobs,
            jobs_of_waiting: jobs.saturating_mul(WAITING),
            fail_fast: false,
            retries: Self::DEFAULT_RETRIES,
            backoff: Backoff::default(),
            timeout: Self::DEFAULT_TIMEOUT,
            grace: Duration::from_secs(2),
            slow_after: Duration::from_secs(10),
        }
    }
}
