use std::time::Duration;

use super::codes::{INTERRUPTED, TIMED_OUT};
use crate::gate::{Inspection, Obstacle};

/// Why a gate was told to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    TimedOut { limit: Duration },
    Interrupted,
}

impl Stop {
    /// How the stop stands in the verdict: no answer came.
    pub(super) fn obstacle(self) -> Obstacle {
        match self {
            Self::TimedOut { limit } => {
                let limit =
                    jiff::SignedDuration::try_from(limit).unwrap_or(jiff::SignedDuration::MAX);
                Obstacle::unreachable(
                    &TIMED_OUT,
                    format!("no verdict within the time limit of {limit:#}"),
                )
            }
            Self::Interrupted => {
                Obstacle::unreachable(&INTERRUPTED, "interrupted before a verdict")
            }
        }
    }

    /// Says the true reason in place of those that the check gave for stopping.
    pub(super) fn explain(self, mut inspection: Inspection) -> Inspection {
        inspection
            .obstacles
            .retain(|obstacle| obstacle.code.name != crate::context::CANCELLED.name);
        inspection.obstacles.insert(0, self.obstacle());
        inspection
    }
}
