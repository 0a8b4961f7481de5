use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use parking_lot::RwLock;

use super::{FileFacts, TreePath};

const SHARDS: usize = 16;

/// Remembers the facts of files, so that each is hashed once however many gates, and planted
/// violations, look at it. About 150 bytes a file, whatever its size.
///
/// Split into shards, for many threads fill it at the same time.
#[derive(Debug, Default)]
pub(super) struct FactsMemo {
    hasher: RandomState,
    shards: [RwLock<HashMap<TreePath, FileFacts>>; SHARDS],
}

impl FactsMemo {
    pub(super) fn get(&self, path: &TreePath) -> Option<FileFacts> {
        self.shard(path).read().get(path).copied()
    }

    pub(super) fn keep(&self, path: &TreePath, facts: FileFacts) {
        self.shard(path).write().insert(path.clone(), facts);
    }

    fn shard(&self, path: &TreePath) -> &RwLock<HashMap<TreePath, FileFacts>> {
        // Only the low bits matter, on machines of any word size.
        let index = self.hasher.hash_one(path) as usize % SHARDS;
        &self.shards[index]
    }
}
