use std::sync::atomic::{AtomicBool, Ordering};

use crate::gate::{AnswerChange, AnswerPatch};

/// An answer that is planted in the place of a server's own.
#[derive(Debug)]
pub struct PlantedAnswer {
    patch: AnswerPatch,
    read: AtomicBool,
}

impl PlantedAnswer {
    pub(super) fn new(patch: AnswerPatch) -> Self {
        Self {
            patch,
            read: AtomicBool::new(false),
        }
    }

    pub(super) fn delivery(&self) -> &str {
        &self.patch.delivery
    }

    pub fn change(&self) -> &AnswerChange {
        &self.patch.change
    }

    /// Somebody read the answer as it was planted. One that nobody read proves nothing.
    pub fn was_read(&self) {
        self.read.store(true, Ordering::Relaxed);
    }

    pub(super) fn noticed(&self) -> bool {
        self.read.load(Ordering::Relaxed)
    }
}
