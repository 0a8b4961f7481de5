use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bstr::{BString, ByteSlice};
use parking_lot::RwLock;

use super::memo::FactsMemo;
use super::{BlobId, Child, FileFacts, NodeKind, Tree, TreeError, TreePath};

/// A directory on disk. Each folder is listed once and each file hashed once, however many gates
/// look at them: it is seen as it was when it was first looked at.
#[derive(Debug)]
pub struct DirTree {
    base: PathBuf,
    label: String,
    listings: RwLock<HashMap<TreePath, Arc<[Child]>>>,
    facts: FactsMemo,
}

impl DirTree {
    /// `base` itself may be reached through symlinks; nothing below it is.
    pub fn new(base: impl Into<PathBuf>, label: impl Into<String>) -> Self {
        Self {
            base: base.into(),
            label: label.into(),
            listings: RwLock::default(),
            facts: FactsMemo::default(),
        }
    }

    fn on_disk(&self, path: &TreePath) -> PathBuf {
        if path.is_root() {
            return self.base.clone();
        }
        self.base.join(path.as_path())
    }

    fn listing(&self, dir: &TreePath) -> Result<Arc<[Child]>, TreeError> {
        if let Some(listing) = self.listings.read().get(dir) {
            return Ok(Arc::clone(listing));
        }
        let listing: Arc<[Child]> = match self.kind(dir)? {
            Some(NodeKind::Dir | NodeKind::Submodule) => list(&self.on_disk(dir))
                .map_err(|error| TreeError::io(&self.label, dir, error))?
                .into(),
            _ => Arc::from([]),
        };
        self.listings
            .write()
            .insert(dir.clone(), Arc::clone(&listing));
        Ok(listing)
    }

    fn open_file(&self, path: &TreePath) -> Result<File, TreeError> {
        match self.kind(path)? {
            Some(NodeKind::File) => {}
            Some(kind) => {
                return Err(TreeError::wrong_type(
                    &self.label,
                    path,
                    kind.noun(),
                    NodeKind::File.noun(),
                ));
            }
            None => {
                return Err(TreeError::io(
                    &self.label,
                    path,
                    io::ErrorKind::NotFound.into(),
                ));
            }
        }
        // Not following and not blocking guard against a swap between listing and opening.
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        std::fs::OpenOptions::new()
            .read(true)
            .custom_flags(flags.bits().cast_signed())
            .open(self.on_disk(path))
            .map_err(|error| TreeError::io(&self.label, path, error))
    }
}

/// A folder with a `.git` in it is only ever listed as the top of a checkout.
fn list(dir: &Path) -> io::Result<Vec<Child>> {
    let mut children = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name();
        if name == ".git" {
            continue;
        }
        let file_type = entry.file_type()?;
        let kind = if file_type.is_file() {
            NodeKind::File
        } else if file_type.is_symlink() {
            NodeKind::Symlink
        } else if !file_type.is_dir() {
            NodeKind::Special
        } else if dir.join(&name).join(".git").symlink_metadata().is_ok() {
            NodeKind::Submodule
        } else {
            NodeKind::Dir
        };
        children.push(Child {
            name: BString::from(name.as_bytes()),
            kind,
        });
    }
    children.sort_unstable();
    Ok(children)
}

impl Tree for DirTree {
    fn folder(&self) -> Option<&Path> {
        Some(&self.base)
    }

    fn label(&self) -> &str {
        &self.label
    }

    fn kind(&self, path: &TreePath) -> Result<Option<NodeKind>, TreeError> {
        let Some(parent) = path.parent() else {
            return match std::fs::metadata(&self.base) {
                Ok(metadata) if metadata.is_dir() => Ok(Some(NodeKind::Dir)),
                Ok(_) => Ok(Some(NodeKind::File)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(TreeError::io(&self.label, path, error)),
            };
        };
        let siblings = self.listing(&parent)?;
        let name = path.name();
        Ok(siblings
            .binary_search_by(|child| child.name.as_bstr().cmp(name))
            .ok()
            .map(|index| siblings[index].kind))
    }

    fn children(&self, dir: &TreePath) -> Result<Vec<Child>, TreeError> {
        Ok(self.listing(dir)?.to_vec())
    }

    fn facts(&self, path: &TreePath) -> Result<FileFacts, TreeError> {
        thread_local! {
            static BUFFER: std::cell::RefCell<Vec<u8>> = std::cell::RefCell::new(vec![0; 128 << 10]);
        }
        if let Some(facts) = self.facts.get(path) {
            return Ok(facts);
        }
        let file = self.open_file(path)?;
        let io = |error| TreeError::io(&self.label, path, error);
        let metadata = file.metadata().map_err(io)?;
        let id = BUFFER
            .with_borrow_mut(|buffer| BlobId::of_reader(&file, metadata.len(), buffer))
            .map_err(io)?;
        let facts = FileFacts {
            // git looks at the owner's bit alone.
            executable: metadata.mode() & 0o100 != 0,
            id,
            size: Some(metadata.len()),
        };
        self.facts.keep(path, facts);
        Ok(facts)
    }

    fn open(&self, path: &TreePath) -> Result<Box<dyn Read + Send + '_>, TreeError> {
        Ok(Box::new(self.open_file(path)?))
    }

    fn seekable(&self, path: &TreePath) -> Result<Option<File>, TreeError> {
        self.open_file(path).map(Some)
    }

    fn link(&self, path: &TreePath) -> Result<BString, TreeError> {
        match self.kind(path)? {
            Some(NodeKind::Symlink) => {
                let target = std::fs::read_link(self.on_disk(path))
                    .map_err(|error| TreeError::io(&self.label, path, error))?;
                Ok(BString::from(target.as_os_str().as_bytes()))
            }
            found => Err(TreeError::wrong_type(
                &self.label,
                path,
                found.map_or("absent", NodeKind::noun),
                NodeKind::Symlink.noun(),
            )),
        }
    }

    fn submodule(&self, path: &TreePath) -> Result<Option<String>, TreeError> {
        match self.kind(path)? {
            Some(NodeKind::Submodule) => Ok(head(&self.on_disk(path))),
            found => Err(TreeError::wrong_type(
                &self.label,
                path,
                found.map_or("absent", NodeKind::noun),
                NodeKind::Submodule.noun(),
            )),
        }
    }
}

/// The commit that a nested checkout stands at; `None` if git cannot say.
fn head(checkout: &Path) -> Option<String> {
    let repository = gix::open_opts(checkout, gix::open::Options::isolated()).ok()?;
    Some(repository.head_id().ok()?.to_string())
}
