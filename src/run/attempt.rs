use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::codes::HARNESS_BUG;
use crate::context::Context;
use crate::gate::{Inspection, Level, Obstacle, ObstacleKind};
use crate::kinds::Check;

/// What one attempt at a gate came to.
#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) inspection: Inspection,
    pub(super) broke_down: bool,
}

/// Looks once. A check that panics is a bug of ours; it costs its own gate's verdict and no other.
pub(super) fn attempt(check: &dyn Check, context: &Context) -> Attempt {
    match catch_unwind(AssertUnwindSafe(|| check.inspect(context))) {
        Ok(inspection) => Attempt {
            inspection,
            broke_down: false,
        },
        Err(panic) => Attempt {
            inspection: Inspection::from(Obstacle::refused(
                &HARNESS_BUG,
                format!(
                    "the check of gate {} broke down: {}",
                    check.header().id,
                    said(panic.as_ref())
                ),
            )),
            broke_down: true,
        },
    }
}

fn said(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

impl Attempt {
    /// Why another attempt may see more: no answer came, and nothing else already settles the
    /// verdict. A finding is never retried away.
    pub(super) fn worth_repeating(&self) -> Option<&str> {
        let settled = self
            .inspection
            .findings
            .iter()
            .any(|f| f.level == Level::Block)
            || self
                .inspection
                .obstacles
                .iter()
                .any(|obstacle| obstacle.kind == ObstacleKind::Refused);
        self.inspection
            .obstacles
            .iter()
            .find(|obstacle| !settled && obstacle.kind == ObstacleKind::Unreachable)
            .map(|obstacle| obstacle.message.as_str())
    }
}
