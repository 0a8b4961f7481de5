//! Everything file-like is read through one read-only `Tree`.

mod blob_id;
mod blobs;
mod codes;
mod dir;
mod error;
mod git;
mod git_objects;
mod glob;
pub mod image;
mod memo;
mod mount;
mod overlay;
mod path;
mod sub;
mod tree;
mod walk;

pub use blob_id::{BlobHasher, BlobId};
pub use codes::CODES;
pub(crate) use codes::SOURCE_MISSING;
pub use dir::DirTree;
pub use error::TreeError;
pub use git::{FetchObjects, GitTree};
pub(crate) use git_objects::{open_repository, verified};
pub use glob::{GlobError, Globs};
pub use mount::{Mount, MountTree};
pub use overlay::OverlayTree;
pub use path::{PathError, TreePath};
pub use sub::SubTree;
pub use tree::{Child, FileFacts, NodeKind, SMALL_FILE, Tree, read_to_limit};
pub use walk::walk;

#[cfg(test)]
mod tests;
