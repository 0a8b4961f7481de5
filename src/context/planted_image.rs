use std::sync::atomic::{AtomicBool, Ordering};

use crate::gate::ImagePatch;

/// A layer that is planted over an image.
#[derive(Debug)]
pub struct PlantedImage {
    patch: ImagePatch,
    read: AtomicBool,
}

impl PlantedImage {
    pub(super) fn new(patch: ImagePatch) -> Self {
        Self {
            patch,
            read: AtomicBool::new(false),
        }
    }

    pub fn patch(&self) -> &ImagePatch {
        &self.patch
    }

    /// The image was looked at with the layer over it. One that nobody read proves nothing.
    pub fn was_read(&self) {
        self.read.store(true, Ordering::Relaxed);
    }

    pub(super) fn noticed(&self) -> bool {
        self.read.load(Ordering::Relaxed)
    }
}
