use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::RwLock;

use super::extract::{Failure, SourceText};
use super::side::{Read, Side};
use crate::tree::{BlobId, TreePath};

/// How many bytes are remembered in all: 256 MiB. What comes later is worked out each time.
const ROOM: usize = 256 << 20;

/// What a parsed file takes in memory, as a multiple of its text: tokens, statements and nodes.
const PARSED: usize = 32;

/// The files that were read while gates are proved, and the sets that were taken out of them.
///
/// A file is known by its place and the id of its content, both asked from the tree at every look;
/// a set by the side and the whole texts of its files, in their order. So a planted file, or one
/// more or less in a folder, is never taken for what was there before.
#[derive(Debug, Default)]
pub(super) struct Remembered {
    texts: RwLock<HashMap<TextKey, SourceText>>,
    sets: RwLock<HashMap<SetKey, Worked>>,
    taken: AtomicUsize,
}

/// A side as it follows from its files.
pub(super) type Worked = Result<Arc<Read>, Failure>;

/// The path, the place that reports name, and the content.
pub(super) type TextKey = (TreePath, String, BlobId);

/// A side of a loaded gate, and its files.
#[derive(Debug)]
pub(super) struct SetKey {
    side: Arc<Side>,
    files: Vec<SourceText>,
}

impl PartialEq for SetKey {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.side, &other.side) && self.files == other.files
    }
}

impl Eq for SetKey {}

impl Hash for SetKey {
    /// The few versions of a side's files rarely have the same lengths; equality looks at all of them.
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::ptr::hash(Arc::as_ptr(&self.side), state);
        for file in &self.files {
            file.text.len().hash(state);
        }
    }
}

impl Remembered {
    pub(super) fn text(&self, key: &TextKey) -> Option<SourceText> {
        self.texts.read().get(key).cloned()
    }

    /// Keeps a file as it stands, with what parsers will make of it, where there is room.
    pub(super) fn keep_parsed(&self, key: TextKey, text: String) -> SourceText {
        let (path, place) = (key.0.clone(), key.1.clone());
        if !self.take(text.len().saturating_mul(PARSED)) {
            return SourceText::new(path, place, text);
        }
        let file = SourceText::parsed_once(path, place, text);
        self.texts.write().insert(key, file.clone());
        file
    }

    /// Keeps a file as it is going to be planted. It is parsed once, and that is here.
    pub(super) fn keep_planted(&self, file: &SourceText) {
        if self.take(file.text.len()) {
            let id = BlobId::of(file.text.as_bytes());
            let key = (file.path.clone(), file.place.clone(), id);
            self.texts.write().entry(key).or_insert(file.clone());
        }
    }

    /// What follows from these files, worked out at most once.
    pub(super) fn set(
        &self,
        side: &Arc<Side>,
        files: Vec<SourceText>,
        work_out: impl FnOnce(Vec<SourceText>) -> Worked,
    ) -> Worked {
        let key = SetKey {
            side: Arc::clone(side),
            files,
        };
        if let Some(known) = self.sets.read().get(&key) {
            return known.clone();
        }
        let worked = work_out(key.files.clone());
        let size = key.files.iter().map(|file| size_of_val(file) * 2).sum();
        if self.take(size) {
            self.sets.write().insert(key, worked.clone());
        }
        worked
    }

    /// Whether there was room for so many bytes more, which is taken then.
    fn take(&self, bytes: usize) -> bool {
        let taken = self
            .taken
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |taken| {
                taken.checked_add(bytes).filter(|sum| *sum <= ROOM)
            });
        taken.is_ok()
    }
}
