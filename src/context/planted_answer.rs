use std::sync::atomic::{AtomicBool, Ordering};

use crate::gate::{AnswerChange, AnswerPatch};

/// An answer that is planted in the place of somebody's own.
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

    pub(super) fn of(&self) -> &str {
        &self.patch.of
    }

    pub fn change(&self) -> &AnswerChange {
        &self.patch.change
    }

    /// The whole that is planted, for who is about to read it, if it is one.
    pub fn read(&self) -> Option<&[u8]> {
        let AnswerChange::Whole(document) = &self.patch.change else {
            return None;
        };
        self.was_read();
        Some(document)
    }

    /// Somebody read the answer as it was planted. One that nobody read proves nothing.
    pub fn was_read(&self) {
        self.read.store(true, Ordering::Relaxed);
    }

    pub(super) fn noticed(&self) -> bool {
        self.read.load(Ordering::Relaxed)
    }
}
