use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use gix::ObjectId;
use parking_lot::RwLock;

/// The largest blob that is kept: 64 KiB, more than most files of text have.
const LARGEST: usize = 64 << 10;

/// How many bytes a tree keeps at the most: 4 MiB.
const ROOM: usize = 4 << 20;

/// Small blobs that were unpacked once: gates, and planted violations, read the same few again and
/// again, and to unpack one costs far more than to copy it.
#[derive(Debug, Default)]
pub(super) struct Blobs {
    kept: RwLock<HashMap<ObjectId, Arc<[u8]>>>,
    taken: AtomicUsize,
}

impl Blobs {
    pub(super) fn get(&self, id: ObjectId) -> Option<Arc<[u8]>> {
        self.kept.read().get(&id).map(Arc::clone)
    }

    /// Keeps a verified blob, where there is room.
    pub(super) fn keep(&self, id: ObjectId, data: &[u8]) {
        let taken = |taken: usize| taken.checked_add(data.len()).filter(|sum| *sum <= ROOM);
        let order = Ordering::Relaxed;
        if data.len() <= LARGEST && self.taken.fetch_update(order, order, taken).is_ok() {
            self.kept.write().insert(id, Arc::from(data));
        }
    }
}
