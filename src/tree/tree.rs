use std::fs::File;
use std::io::Read;
use std::path::Path;

use bstr::BString;

use super::{BlobId, TreeError, TreePath, error::place};
use crate::gate::Location;

/// What stands at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NodeKind {
    File,
    Dir,
    Symlink,
    /// A commit of another repository.
    Submodule,
    /// A device, socket or pipe.
    Special,
}

impl NodeKind {
    /// With its article, for messages.
    pub fn noun(self) -> &'static str {
        match self {
            Self::File => "a file",
            Self::Dir => "a folder",
            Self::Symlink => "a symlink",
            Self::Submodule => "a submodule",
            Self::Special => "a device, socket or pipe",
        }
    }
}

/// An entry of a folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Child {
    pub name: BString,
    pub kind: NodeKind,
}

/// What makes two regular files equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileFacts {
    pub executable: bool,
    pub id: BlobId,
    /// The length in bytes, where the tree knows it without reading.
    pub size: Option<u64>,
}

impl FileFacts {
    pub fn is_empty(&self) -> bool {
        self.id == BlobId::EMPTY
    }
}

/// How many bytes of a manifest, Dockerfile or source of constants are read at the most: 8 MiB.
pub const SMALL_FILE: u64 = 8 << 20;

/// A read-only tree of files. No implementation ever follows a symlink, in any part of a path.
pub trait Tree: Send + Sync + std::fmt::Debug {
    /// Empty for the root, `name@commit` and the like for others.
    fn label(&self) -> &str;

    /// What stands at `path`; `None` if nothing does (also below a file or a symlink).
    ///
    /// # Errors
    /// When a folder on the way cannot be read.
    fn kind(&self, path: &TreePath) -> Result<Option<NodeKind>, TreeError>;

    /// The entries of a folder, sorted by name; empty if there is no such folder.
    /// The repository's own `.git` is not among them. A nested checkout is a submodule to its parent;
    /// a tree on disk lists what is in it when it is asked for by its own path.
    ///
    /// # Errors
    /// When it cannot be read.
    fn children(&self, dir: &TreePath) -> Result<Vec<Child>, TreeError>;

    /// Mode, id and size of a regular file. Directory trees read the file for it.
    ///
    /// # Errors
    /// When it is not a regular file, or cannot be read.
    fn facts(&self, path: &TreePath) -> Result<FileFacts, TreeError>;

    /// The content of a regular file.
    ///
    /// # Errors
    /// When it is not a regular file, or cannot be read.
    fn open(&self, path: &TreePath) -> Result<Box<dyn Read + Send + '_>, TreeError>;

    /// The target of a symlink.
    ///
    /// # Errors
    /// When it is not a symlink, or cannot be read.
    fn link(&self, path: &TreePath) -> Result<BString, TreeError>;

    /// The id of the blob that holds a symlink's target, as git stores it.
    ///
    /// # Errors
    /// When it is not a symlink, or cannot be read.
    fn link_id(&self, path: &TreePath) -> Result<BlobId, TreeError> {
        Ok(BlobId::of(&self.link(path)?))
    }

    /// The commit of a submodule in lowercase hex, or `None` where the tree cannot know it.
    ///
    /// # Errors
    /// When it is not a submodule.
    fn submodule(&self, path: &TreePath) -> Result<Option<String>, TreeError>;

    /// The folder on this machine's disk that it is; `None` for what is none.
    fn folder(&self) -> Option<&Path> {
        None
    }

    /// A regular file to read from any place in it, where the tree is on a disk; `None` where it can
    /// only be read from end to end.
    ///
    /// # Errors
    /// When it is not a regular file, or cannot be opened.
    fn seekable(&self, path: &TreePath) -> Result<Option<File>, TreeError> {
        let _ = path;
        Ok(None)
    }

    /// The path as reports name it.
    fn location(&self, path: &TreePath) -> Location {
        Location::file(place(self.label(), path))
    }

    /// The content of a regular file as a whole.
    ///
    /// # Errors
    /// When it is not a regular file, cannot be read, or is larger than `limit` bytes.
    fn read(&self, path: &TreePath, limit: u64) -> Result<Vec<u8>, TreeError> {
        read_to_limit(self.open(path)?, self.label(), path, limit)
    }
}

/// Reads a stream as a whole, but not more than `limit` bytes.
///
/// # Errors
/// When reading fails, or there is more.
pub fn read_to_limit(
    reader: impl Read,
    label: &str,
    path: &TreePath,
    limit: u64,
) -> Result<Vec<u8>, TreeError> {
    let mut bytes = Vec::new();
    reader
        .take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|error| TreeError::io(label, path, error))?;
    if bytes.len() as u64 > limit {
        return Err(TreeError::TooLarge {
            place: place(label, path),
            limit,
        });
    }
    Ok(bytes)
}
