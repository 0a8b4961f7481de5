use std::collections::HashMap;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use bstr::{BString, ByteSlice};
use gix::ObjectId;
use gix::objs::tree::EntryKind;
use parking_lot::RwLock;

use super::blobs::Blobs;
use super::git_objects::{open_repository, verified};
use super::{BlobId, Child, FileFacts, NodeKind, Tree, TreeError, TreePath, error::place};
use crate::gate::Obstacle;

/// The largest object whose content is read: 64 MiB. Equality needs ids alone.
const LARGEST_OBJECT: u64 = 64 << 20;

/// Brings objects that a partial mirror lacks.
pub trait FetchObjects: Send + Sync + std::fmt::Debug {
    /// # Errors
    /// Says why they cannot be had.
    fn fetch_objects(&self, ids: &[ObjectId]) -> Result<(), Obstacle>;
}

/// The tree of a commit in a bare mirror, read without a checkout.
pub struct GitTree {
    repository: gix::ThreadSafeRepository,
    label: String,
    root: ObjectId,
    fetcher: Option<Arc<dyn FetchObjects>>,
    listings: RwLock<HashMap<ObjectId, Arc<[Entry]>>>,
    blobs: Blobs,
}

#[derive(Debug, Clone)]
struct Entry {
    name: BString,
    mode: EntryKind,
    id: ObjectId,
}

impl std::fmt::Debug for GitTree {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GitTree")
            .field("label", &self.label)
            .field("root", &self.root)
            .finish_non_exhaustive()
    }
}

impl GitTree {
    /// Opens the tree with id `root` in the repository at `git_dir`.
    ///
    /// # Errors
    /// When there is no repository, or it has no such tree.
    pub fn open(
        git_dir: &Path,
        root: ObjectId,
        label: impl Into<String>,
        fetcher: Option<Arc<dyn FetchObjects>>,
    ) -> Result<Self, TreeError> {
        let label = label.into();
        let refuse = |error: &dyn std::fmt::Display| {
            TreeError::io(
                &label,
                &TreePath::root(),
                io::Error::other(error.to_string()),
            )
        };
        let repository = open_repository(git_dir)
            .map_err(|error| refuse(&error))?
            .into_sync();
        let tree = Self {
            repository,
            label,
            root,
            fetcher,
            listings: RwLock::default(),
            blobs: Blobs::default(),
        };
        tree.listing(root, &TreePath::root())?;
        Ok(tree)
    }

    /// The id of the tree in lowercase hex.
    pub fn id(&self) -> String {
        self.root.to_string()
    }

    fn object(&self, id: ObjectId, path: &TreePath) -> Result<Vec<u8>, TreeError> {
        let found = |error: &dyn std::fmt::Display| {
            TreeError::io(&self.label, path, io::Error::other(error.to_string()))
        };
        let look = |repository: &gix::Repository| {
            let header = repository
                .try_find_header(id)
                .map_err(|error| found(&error))?;
            // An object is taken into memory as a whole.
            if header.is_some_and(|header| header.size() > LARGEST_OBJECT) {
                return Err(TreeError::TooLarge {
                    place: place(&self.label, path),
                    limit: LARGEST_OBJECT,
                });
            }
            let object = repository
                .try_find_object(id)
                .map_err(|error| found(&error))?;
            object
                .map(|object| verified(object, id))
                .transpose()
                .map_err(|error| TreeError::io(&self.label, path, error))
        };
        let repository = self.repository.to_thread_local();
        if let Some(data) = look(&repository)? {
            return Ok(data);
        }
        let missing = || TreeError::MissingObject {
            place: place(&self.label, path),
            id: id.to_string(),
        };
        let fetcher = self.fetcher.as_ref().ok_or_else(missing)?;
        fetcher
            .fetch_objects(&[id])
            .map_err(|obstacle| TreeError::Fetch(Box::new(obstacle)))?;
        // A new handle sees the packs that came in meanwhile.
        let repository = open_repository(repository.git_dir()).map_err(|error| found(&error))?;
        look(&repository)?.ok_or_else(missing)
    }

    fn listing(&self, id: ObjectId, path: &TreePath) -> Result<Arc<[Entry]>, TreeError> {
        if let Some(listing) = self.listings.read().get(&id) {
            return Ok(Arc::clone(listing));
        }
        let data = self.object(id, path)?;
        let mut entries = Vec::new();
        for entry in gix::objs::TreeRefIter::from_bytes(&data, id.kind()) {
            let entry = entry.map_err(|error| {
                TreeError::io(&self.label, path, io::Error::other(error.to_string()))
            })?;
            entries.push(Entry {
                name: entry.filename.to_owned(),
                mode: entry.mode.kind(),
                id: entry.oid.to_owned(),
            });
        }
        // git sorts folders as if their names ended in a slash.
        entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        let listing: Arc<[Entry]> = entries.into();
        self.listings.write().insert(id, Arc::clone(&listing));
        Ok(listing)
    }

    fn dir_id(&self, path: &TreePath) -> Result<Option<ObjectId>, TreeError> {
        if path.is_root() {
            return Ok(Some(self.root));
        }
        Ok(self
            .entry(path)?
            .filter(|entry| entry.mode == EntryKind::Tree)
            .map(|entry| entry.id))
    }

    fn entry(&self, path: &TreePath) -> Result<Option<Entry>, TreeError> {
        let Some(parent) = path.parent() else {
            return Ok(None);
        };
        let Some(dir) = self.dir_id(&parent)? else {
            return Ok(None);
        };
        let listing = self.listing(dir, &parent)?;
        let name = path.name();
        Ok(listing
            .binary_search_by(|entry| entry.name.as_bstr().cmp(name))
            .ok()
            .map(|index| listing[index].clone()))
    }

    fn expect(&self, path: &TreePath, expected: NodeKind) -> Result<Entry, TreeError> {
        match self.entry(path)? {
            Some(entry) if kind(entry.mode) == expected => Ok(entry),
            found => Err(TreeError::wrong_type(
                &self.label,
                path,
                found.map_or("absent", |entry| kind(entry.mode).noun()),
                expected.noun(),
            )),
        }
    }
}

fn blob_id(entry: &Entry) -> BlobId {
    let mut id = [0; 20];
    id.copy_from_slice(entry.id.as_bytes());
    BlobId::from_bytes(id)
}

fn kind(mode: EntryKind) -> NodeKind {
    match mode {
        EntryKind::Tree => NodeKind::Dir,
        EntryKind::Blob | EntryKind::BlobExecutable => NodeKind::File,
        EntryKind::Link => NodeKind::Symlink,
        EntryKind::Commit => NodeKind::Submodule,
    }
}

impl Tree for GitTree {
    fn label(&self) -> &str {
        &self.label
    }

    fn kind(&self, path: &TreePath) -> Result<Option<NodeKind>, TreeError> {
        if path.is_root() {
            return Ok(Some(NodeKind::Dir));
        }
        Ok(self.entry(path)?.map(|entry| kind(entry.mode)))
    }

    fn children(&self, dir: &TreePath) -> Result<Vec<Child>, TreeError> {
        let Some(id) = self.dir_id(dir)? else {
            return Ok(Vec::new());
        };
        Ok(self
            .listing(id, dir)?
            .iter()
            .map(|entry| Child {
                name: entry.name.clone(),
                kind: kind(entry.mode),
            })
            .collect())
    }

    fn facts(&self, path: &TreePath) -> Result<FileFacts, TreeError> {
        let entry = self.expect(path, NodeKind::File)?;
        Ok(FileFacts {
            executable: entry.mode == EntryKind::BlobExecutable,
            id: blob_id(&entry),
            size: None,
        })
    }

    fn open(&self, path: &TreePath) -> Result<Box<dyn Read + Send + '_>, TreeError> {
        let entry = self.expect(path, NodeKind::File)?;
        if let Some(known) = self.blobs.get(entry.id) {
            return Ok(Box::new(io::Cursor::new(known)));
        }
        let data = self.object(entry.id, path)?;
        self.blobs.keep(entry.id, &data);
        Ok(Box::new(io::Cursor::new(data)))
    }

    fn link(&self, path: &TreePath) -> Result<BString, TreeError> {
        let entry = self.expect(path, NodeKind::Symlink)?;
        Ok(self.object(entry.id, path)?.into())
    }

    /// The mirror need not hold the target itself.
    fn link_id(&self, path: &TreePath) -> Result<BlobId, TreeError> {
        Ok(blob_id(&self.expect(path, NodeKind::Symlink)?))
    }

    fn submodule(&self, path: &TreePath) -> Result<Option<String>, TreeError> {
        let entry = self.expect(path, NodeKind::Submodule)?;
        Ok(Some(entry.id.to_string()))
    }
}
