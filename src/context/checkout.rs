use std::path::{Path, PathBuf};
use std::sync::Arc;

use gix::ObjectId;

use super::changed::{self, ChangedPaths};
use crate::tree::{BlobId, GitTree, Tree, open_repository};

/// The checkout as git knows it: what is committed, and where a change begins.
#[derive(Debug)]
pub struct Checkout {
    repository: gix::Repository,
    git_dir: PathBuf,
    /// The root relative to the top of the checkout; empty where it is the top.
    below: PathBuf,
}

/// What a change is measured against: the commit where it begins, and the root's tree at it.
#[derive(Debug, Clone)]
pub struct Base {
    /// As the command line names it.
    pub reference: String,
    /// The merge-base, in lowercase hex.
    pub commit: String,
    pub tree: Arc<dyn Tree>,
    pub changed: ChangedPaths,
}

impl Checkout {
    /// The checkout that a folder lies in.
    ///
    /// # Errors
    /// When it lies in none, or git's own files cannot be read.
    pub fn of(root: &Path) -> Result<Self, String> {
        let top = root
            .ancestors()
            .find(|folder| folder.join(".git").symlink_metadata().is_ok())
            .ok_or_else(|| format!("{} lies in no git checkout", root.display()))?;
        let repository = open_repository(top)
            .map_err(|error| format!("failed to open the checkout {}: {error}", top.display()))?;
        Ok(Self {
            git_dir: repository.git_dir().to_owned(),
            below: root.strip_prefix(top).unwrap_or(Path::new("")).to_owned(),
            repository,
        })
    }

    /// Where the change of this checkout begins that is proposed to `reference`: their merge-base,
    /// so that what came to the target since is not blamed on the change.
    ///
    /// # Errors
    /// When the reference names no commit, or the two have nothing in common.
    pub fn base(&self, reference: &str) -> Result<Base, String> {
        let named = self
            .repository
            .rev_parse_single(reference)
            .map_err(|error| format!("`{reference}` names no commit here: {error}"))?;
        let head = self
            .repository
            .head_id()
            .map_err(|error| format!("the checkout has no commit: {error}"))?
            .detach();
        let named = named
            .object()
            .and_then(gix::Object::peel_to_commit)
            .map_err(|error| format!("`{reference}` names no commit here: {error}"))?
            .id;
        let base = self
            .repository
            .merge_base(head, named)
            .map_err(|error| format!("failed to follow the history to `{reference}`: {error}"))?
            .ok_or_else(|| format!("`{reference}` and the checkout have no common commit"))?
            .detach();
        let label = format!("{reference}@{}", base.to_hex_with_len(12));
        let root = self.root_at(base)?;
        let tree = GitTree::open(&self.git_dir, root, label, None).map_err(|e| e.to_string())?;
        let at_head = self.root_at(head)?;
        let changed = ChangedPaths {
            of_change: changed::between(&self.repository, root, at_head)?,
            from_tip: changed::between(&self.repository, self.root_at(named)?, at_head)?,
        };
        Ok(Base {
            reference: reference.to_owned(),
            commit: base.to_string(),
            tree: Arc::new(tree),
            changed,
        })
    }

    /// The root's tree at a commit, by its id or a part of it; `None` where the repository has no such commit.
    ///
    /// # Errors
    /// When the id is not one commit's, or the commit cannot be read.
    pub fn at(&self, id: &str) -> Result<Option<Arc<dyn Tree>>, String> {
        let found = gix::hash::Prefix::from_hex(id)
            .map_err(|error| format!("`{id}` is not the id of a commit: {error}"))
            .and_then(|prefix| {
                self.repository
                    .objects
                    .lookup_prefix(prefix, None)
                    .map_err(|error| format!("failed to look for {id}: {error}"))
            })?;
        let commit = match found {
            None => return Ok(None),
            Some(Ok(commit)) => commit,
            Some(Err(())) => return Err(format!("`{id}` is the beginning of several ids")),
        };
        let label = format!("the checkout@{}", commit.to_hex_with_len(12));
        let root = self.root_at(commit)?;
        let tree = GitTree::open(&self.git_dir, root, label, None).map_err(|e| e.to_string())?;
        Ok(Some(Arc::new(tree)))
    }

    /// Whether the content of a file below the root is what the last commit has there.
    ///
    /// # Errors
    /// When the commit cannot be read.
    pub fn is_committed(&self, path: &Path, content: &[u8]) -> Result<bool, String> {
        let Ok(head) = self.repository.head_id() else {
            return Ok(false);
        };
        let tree = self.commit_tree(head.detach())?;
        let entry = tree
            .lookup_entry_by_path(self.below.join(path))
            .map_err(|error| format!("failed to read the last commit: {error}"))?;
        Ok(entry.is_some_and(|entry| {
            entry.object_id().as_bytes() == BlobId::of(content).as_bytes().as_slice()
        }))
    }

    fn commit_tree(&self, commit: ObjectId) -> Result<gix::Tree<'_>, String> {
        self.repository
            .find_commit(commit)
            .map_err(|error| format!("failed to read commit {commit}: {error}"))?
            .tree()
            .map_err(|error| format!("failed to read the tree of {commit}: {error}"))
    }

    /// The root's tree at a commit.
    fn root_at(&self, commit: ObjectId) -> Result<ObjectId, String> {
        let tree = self.commit_tree(commit)?;
        if self.below.as_os_str().is_empty() {
            return Ok(tree.id);
        }
        let entry = tree
            .lookup_entry_by_path(&self.below)
            .map_err(|error| format!("failed to read {commit}: {error}"))?;
        match entry {
            Some(entry) if entry.mode().is_tree() => Ok(entry.object_id()),
            // The root is new in this change: there was nothing before.
            _ => Ok(ObjectId::empty_tree(self.repository.object_hash())),
        }
    }
}
