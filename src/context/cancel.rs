use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::codes::CANCELLED;
use crate::gate::Obstacle;

/// Tells work in progress that it is to stop. Clones share their state; a child stops with its
/// parent, but not the other way round.
#[derive(Debug, Clone, Default)]
pub struct Cancel {
    own: Arc<AtomicBool>,
    parent: Option<Arc<Cancel>>,
}

impl Cancel {
    pub fn new() -> Self {
        Self::default()
    }

    #[must_use]
    pub fn child(&self) -> Self {
        Self {
            own: Arc::default(),
            parent: Some(Arc::new(self.clone())),
        }
    }

    pub fn cancel(&self) {
        self.own.store(true, Ordering::Relaxed);
    }

    pub fn is_cancelled(&self) -> bool {
        self.own.load(Ordering::Relaxed)
            || self
                .parent
                .as_ref()
                .is_some_and(|parent| parent.is_cancelled())
    }

    /// # Errors
    /// When the work is to stop: no answer came in time.
    pub fn check(&self) -> Result<(), Obstacle> {
        if self.is_cancelled() {
            return Err(Obstacle::unreachable(&CANCELLED, "stopped before the end"));
        }
        Ok(())
    }
}
