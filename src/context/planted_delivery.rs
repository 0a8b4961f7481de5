use std::sync::Arc;

use parking_lot::Mutex;

use crate::gate::Change;
use crate::tree::{OverlayTree, Tree};

/// Changes that are planted in what a delivery holds. What that is, is only known once it was received.
#[derive(Debug, Default)]
pub(super) struct PlantedDelivery {
    changes: Vec<Change>,
    overlays: Mutex<Vec<Arc<OverlayTree>>>,
}

impl PlantedDelivery {
    pub(super) fn new<'a>(changes: impl IntoIterator<Item = &'a Change>) -> Self {
        Self {
            changes: changes.into_iter().cloned().collect(),
            ..Self::default()
        }
    }

    /// # Errors
    /// Says which change could not be applied, or would change nothing.
    pub(super) fn over(&self, received: Arc<dyn Tree>) -> Result<Arc<dyn Tree>, String> {
        let overlay = Arc::new(OverlayTree::plant(received, &self.changes)?);
        self.overlays.lock().push(Arc::clone(&overlay));
        Ok(overlay)
    }

    pub(super) fn noticed(&self) -> bool {
        self.overlays.lock().iter().any(|overlay| overlay.noticed())
    }
}
