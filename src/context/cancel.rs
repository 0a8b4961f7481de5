use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

use super::codes::CANCELLED;
use crate::gate::Obstacle;

/// Tells work in progress that it is to stop. Clones share their state; a child stops with its
/// parent, but not the other way round.
#[derive(Debug, Clone, Default)]
pub struct Cancel {
    own: Arc<Flag>,
    parent: Option<Arc<Cancel>>,
}

#[derive(Debug, Default)]
struct Flag {
    raised: AtomicBool,
    waiting: Notify,
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
        self.own.raised.store(true, Ordering::SeqCst);
        self.own.waiting.notify_waiters();
    }

    pub fn is_cancelled(&self) -> bool {
        self.own.raised.load(Ordering::SeqCst)
            || self
                .parent
                .as_ref()
                .is_some_and(|parent| parent.is_cancelled())
    }

    /// # Errors
    /// When the work is to stop: no answer came in time.
    pub fn check(&self) -> Result<(), Obstacle> {
        if self.is_cancelled() {
            return Err(Self::obstacle());
        }
        Ok(())
    }

    pub(super) fn obstacle() -> Obstacle {
        Obstacle::unreachable(&CANCELLED, "stopped before the end")
    }

    /// Comes to its end when the work is to stop, and not before.
    pub async fn cancelled(&self) {
        let mut flags = Vec::new();
        let mut next = Some(self);
        while let Some(cancel) = next {
            flags.push(cancel.own.as_ref());
            next = cancel.parent.as_deref();
        }
        let mut waits: Vec<_> = flags
            .iter()
            .map(|flag| Box::pin(flag.waiting.notified()))
            .collect();
        for wait in &mut waits {
            // From here on no notice is missed, hence the look at the flags comes after.
            wait.as_mut().enable();
        }
        if self.is_cancelled() {
            return;
        }
        futures_util::future::select_all(waits).await;
    }
}
