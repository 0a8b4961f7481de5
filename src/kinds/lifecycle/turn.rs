use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Mutex, MutexGuard};
use serde_json::Value;

use super::journal::Steps;

tokio::task_local! {
    static NOW: Turn;
}

/// A check's turn in a life: how long it has, and what it has seen so far. Checks that are lived at the same time
/// have each their own, and whatever a check calls finds it.
#[derive(Debug, Clone)]
pub(super) struct Turn {
    deadline: Instant,
    steps: Arc<Mutex<Steps>>,
}

impl Turn {
    pub(super) fn new(within: Duration) -> Self {
        Self {
            deadline: Instant::now() + within,
            steps: Arc::default(),
        }
    }

    /// Does something as part of this turn.
    pub(super) fn of<F: Future>(&self, what: F) -> impl Future<Output = F::Output> {
        NOW.scope(self.clone(), what)
    }

    /// The turn that is going on, if any is.
    pub(super) fn now<T>(look: impl FnOnce(&Self) -> T) -> Option<T> {
        NOW.try_with(look).ok()
    }

    /// What is left of the check's time, less what it takes to say what was seen last. Nothing outside of a turn.
    pub(super) fn time_left() -> Duration {
        Self::now(|turn| turn.deadline)
            .map(|deadline| deadline.saturating_duration_since(Instant::now()))
            .unwrap_or_default()
    }

    pub(super) fn steps(&self) -> MutexGuard<'_, Steps> {
        self.steps.lock()
    }

    /// Ends it, and gives the evidence.
    pub(super) fn end(self) -> Vec<Value> {
        std::mem::take(&mut *self.steps.lock()).into_evidence()
    }

    #[cfg(test)]
    pub(super) fn of_now(&self, what: impl FnOnce()) {
        NOW.sync_scope(self.clone(), what);
    }
}
