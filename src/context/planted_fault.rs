use std::sync::atomic::{AtomicBool, Ordering};

use crate::gate::Fault;

/// A fault that the system under test is to be told.
#[derive(Debug)]
pub struct PlantedFault {
    fault: Fault,
    exercised: AtomicBool,
}

impl PlantedFault {
    pub(super) fn new(fault: Fault) -> Self {
        Self {
            fault,
            exercised: AtomicBool::new(false),
        }
    }

    pub fn fault(&self) -> Fault {
        self.fault
    }

    /// The system said that it was wrong in this way. A fault that was never reached proves nothing.
    pub fn was_exercised(&self) {
        self.exercised.store(true, Ordering::Relaxed);
    }

    pub(super) fn noticed(&self) -> bool {
        self.exercised.load(Ordering::Relaxed)
    }
}
