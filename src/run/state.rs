use std::time::{Duration, Instant};

use super::attempt::Attempt;
use super::stop::Stop;
use crate::context::Cancel;

/// Why no more gates are started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Halt {
    FailFast,
    Interrupted,
}

/// The thread of a gate has come to an end.
#[derive(Debug)]
pub(super) struct Finished {
    pub(super) index: usize,
    pub(super) number: u32,
    pub(super) attempt: Attempt,
}

/// A gate at work.
pub(super) struct Running {
    pub(super) index: usize,
    /// The attempt, counted from 1.
    pub(super) number: u32,
    pub(super) begun: Instant,
    pub(super) deadline: Instant,
    pub(super) cancel: Cancel,
    /// Why it was told to stop, and until when it may take over it.
    pub(super) stopped: Option<(Stop, Instant)>,
    pub(super) next_slow: Instant,
}

/// A gate between two attempts.
pub(super) struct Waiting {
    pub(super) index: usize,
    /// The attempt that failed, counted from 1.
    pub(super) number: u32,
    pub(super) begun: Instant,
    pub(super) until: Instant,
    pub(super) last: Attempt,
}

/// `from` plus `wait`, or as near to it as the clock can count.
pub(super) fn later(from: Instant, wait: Duration) -> Instant {
    from.checked_add(wait)
        .unwrap_or_else(|| from + Duration::from_hours(24 * 365))
}
