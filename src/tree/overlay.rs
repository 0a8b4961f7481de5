use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bstr::BString;

use super::{BlobId, Child, FileFacts, NodeKind, Tree, TreeError, TreePath};
use crate::gate::Change;

/// Changes laid over another tree. This is how `prove` plants a violation without writing anything.
#[derive(Debug)]
pub struct OverlayTree {
    base: Arc<dyn Tree>,
    patches: BTreeMap<TreePath, Patch>,
    vanished: bool,
    noticed: AtomicBool,
}

#[derive(Debug, Clone)]
enum Patch {
    File { bytes: Vec<u8>, executable: bool },
    Symlink(BString),
    Chmod { executable: bool },
    Removed,
}

impl OverlayTree {
    /// Lays `changes` over `base`, in order.
    ///
    /// # Errors
    /// Names a change that could not be applied, or that changes nothing: a violation that was
    /// never planted proves nothing.
    pub fn plant<'a>(
        base: Arc<dyn Tree>,
        changes: impl IntoIterator<Item = &'a Change>,
    ) -> Result<Self, String> {
        let mut overlay = Self {
            base,
            patches: BTreeMap::new(),
            vanished: false,
            noticed: AtomicBool::new(false),
        };
        for change in changes {
            overlay.apply(change)?;
        }
        Ok(overlay)
    }

    /// Whether anything that was changed has been looked at since.
    pub fn noticed(&self) -> bool {
        self.noticed.load(Ordering::Relaxed)
    }

    fn apply(&mut self, change: &Change) -> Result<(), String> {
        match change {
            Change::Vanish => {
                self.vanished = true;
                Ok(())
            }
            Change::Write {
                path,
                bytes,
                executable,
            } => {
                let path = tree_path(path)?;
                if self.is_file(&path)? {
                    let facts = self.facts(&path).map_err(|error| error.to_string())?;
                    if facts.id == BlobId::of(bytes) && facts.executable == *executable {
                        return Err(format!("{path} already has this content"));
                    }
                }
                self.create(
                    path,
                    Patch::File {
                        bytes: bytes.clone(),
                        executable: *executable,
                    },
                )
            }
            Change::Symlink { path, target } => {
                let path = tree_path(path)?;
                if self.at(&path)? == Some(NodeKind::Symlink)
                    && self.link(&path).map_err(|error| error.to_string())? == target.as_slice()
                {
                    return Err(format!("{path} already links there"));
                }
                self.create(path, Patch::Symlink(target.clone().into()))
            }
            Change::Chmod { path, executable } => {
                let path = tree_path(path)?;
                if !self.is_file(&path)? {
                    return Err(format!("{path} is not a file"));
                }
                let facts = self.facts(&path).map_err(|error| error.to_string())?;
                if facts.executable == *executable {
                    return Err(format!("{path} already has this mode"));
                }
                match self.patches.get_mut(&path) {
                    Some(Patch::File {
                        executable: old, ..
                    }) => *old = *executable,
                    _ => {
                        self.patches.insert(
                            path,
                            Patch::Chmod {
                                executable: *executable,
                            },
                        );
                    }
                }
                Ok(())
            }
            Change::Remove { path } => {
                let path = tree_path(path)?;
                if self.at(&path)?.is_none() {
                    return Err(format!("{path} is not there to be removed"));
                }
                self.replace(path, Patch::Removed);
                Ok(())
            }
        }
    }

    /// A patch replaces what was below its path.
    fn replace(&mut self, path: TreePath, patch: Patch) {
        self.patches.retain(|other, _| !other.is_within(&path));
        self.patches.insert(path, patch);
    }

    /// Something new takes the place of files and links that stand where its folders must be, for
    /// good: it being removed later does not bring them back.
    fn create(&mut self, path: TreePath, patch: Patch) -> Result<(), String> {
        let mut parent = path.parent();
        while let Some(folder) = parent.filter(|folder| !folder.is_root()) {
            if matches!(self.at(&folder)?, Some(NodeKind::File | NodeKind::Symlink)) {
                self.replace(folder.clone(), Patch::Removed);
            }
            parent = folder.parent();
        }
        self.replace(path, patch);
        Ok(())
    }

    fn at(&self, path: &TreePath) -> Result<Option<NodeKind>, String> {
        self.kind(path).map_err(|error| error.to_string())
    }

    fn is_file(&self, path: &TreePath) -> Result<bool, String> {
        Ok(self.at(path)? == Some(NodeKind::File))
    }

    fn check_there(&self) -> Result<(), TreeError> {
        if self.vanished {
            self.noticed.store(true, Ordering::Relaxed);
            return Err(TreeError::Vanished {
                label: if self.base.label().is_empty() {
                    "the root".to_owned()
                } else {
                    self.base.label().to_owned()
                },
            });
        }
        Ok(())
    }

    fn notice(&self) {
        self.noticed.store(true, Ordering::Relaxed);
    }

    /// The patch that decides about `path`: its own, or the nearest one on a parent that hides the
    /// base. A violation is a change or two, so that looking at all of them is the shortest way.
    fn patch(&self, path: &TreePath) -> Option<(&TreePath, &Patch)> {
        self.patches
            .iter()
            .filter(|(at, patch)| {
                let hides = !matches!(patch, Patch::Chmod { .. });
                path.is_within(at) && (hides || *at == path)
            })
            .max_by_key(|(at, _)| at.as_bytes().len())
    }

    fn has_patch_below(&self, dir: &TreePath) -> bool {
        self.patches
            .range(dir.clone()..)
            .take_while(|(path, _)| path.as_bytes().starts_with(dir.as_bytes()))
            .any(|(path, patch)| {
                path != dir && path.is_within(dir) && !matches!(patch, Patch::Removed)
            })
    }

    /// `true` where the base still answers for this path.
    fn base_answers(&self, path: &TreePath) -> bool {
        match self.patch(path) {
            None | Some((_, Patch::Chmod { .. })) => true,
            Some(_) => {
                self.notice();
                false
            }
        }
    }
}

fn tree_path(bytes: &[u8]) -> Result<TreePath, String> {
    TreePath::new(bytes).map_err(|error| error.to_string())
}

impl Tree for OverlayTree {
    fn label(&self) -> &str {
        self.base.label()
    }

    fn kind(&self, path: &TreePath) -> Result<Option<NodeKind>, TreeError> {
        self.check_there()?;
        if let Some((at, patch)) = self.patch(path)
            && at == path
        {
            self.notice();
            match patch {
                Patch::File { .. } => return Ok(Some(NodeKind::File)),
                Patch::Symlink(_) => return Ok(Some(NodeKind::Symlink)),
                Patch::Chmod { .. } | Patch::Removed => {}
            }
        }
        if self.has_patch_below(path) {
            return Ok(Some(NodeKind::Dir));
        }
        if self.base_answers(path) {
            self.base.kind(path)
        } else {
            Ok(None)
        }
    }

    fn children(&self, dir: &TreePath) -> Result<Vec<Child>, TreeError> {
        self.check_there()?;
        let mut children: BTreeMap<BString, NodeKind> = BTreeMap::new();
        if self.base_answers(dir) {
            for child in self.base.children(dir)? {
                children.insert(child.name, child.kind);
            }
        }
        for (path, patch) in &self.patches {
            let Some(rest) = path.strip_prefix(dir).filter(|rest| !rest.is_root()) else {
                continue;
            };
            let mut parts = rest.parts();
            let Some(name) = parts.next().map(ToOwned::to_owned) else {
                continue;
            };
            let is_deeper = parts.next().is_some();
            match patch {
                Patch::Removed if !is_deeper => {
                    if !self.has_patch_below(path) && children.remove(&name).is_some() {
                        self.notice();
                    }
                }
                Patch::Removed | Patch::Chmod { .. } => {}
                Patch::File { .. } | Patch::Symlink(_) => {
                    let kind = match patch {
                        _ if is_deeper => NodeKind::Dir,
                        Patch::Symlink(_) => NodeKind::Symlink,
                        _ => NodeKind::File,
                    };
                    // A listing shows what a change makes of names and kinds, and nothing else of it.
                    if children.insert(name, kind) != Some(kind) {
                        self.notice();
                    }
                }
            }
        }
        Ok(children
            .into_iter()
            .map(|(name, kind)| Child { name, kind })
            .collect())
    }

    fn facts(&self, path: &TreePath) -> Result<FileFacts, TreeError> {
        self.check_there()?;
        match self.patch(path) {
            None => self.base.facts(path),
            Some((_, Patch::Chmod { executable })) => {
                self.notice();
                Ok(FileFacts {
                    executable: *executable,
                    ..self.base.facts(path)?
                })
            }
            Some((at, Patch::File { bytes, executable })) if at == path => {
                self.notice();
                Ok(FileFacts {
                    executable: *executable,
                    id: BlobId::of(bytes),
                    size: Some(bytes.len() as u64),
                })
            }
            Some(_) => Err(self.not_a(path, NodeKind::File)),
        }
    }

    fn open(&self, path: &TreePath) -> Result<Box<dyn Read + Send + '_>, TreeError> {
        self.check_there()?;
        match self.patch(path) {
            None | Some((_, Patch::Chmod { .. })) => self.base.open(path),
            Some((at, Patch::File { bytes, .. })) if at == path => {
                self.notice();
                Ok(Box::new(io::Cursor::new(bytes.as_slice())))
            }
            Some(_) => Err(self.not_a(path, NodeKind::File)),
        }
    }

    fn seekable(&self, path: &TreePath) -> Result<Option<File>, TreeError> {
        self.check_there()?;
        match self.patch(path) {
            None | Some((_, Patch::Chmod { .. })) => self.base.seekable(path),
            Some(_) => Ok(None),
        }
    }

    fn link(&self, path: &TreePath) -> Result<BString, TreeError> {
        self.check_there()?;
        match self.patch(path) {
            None => self.base.link(path),
            Some((at, Patch::Symlink(target))) if at == path => {
                self.notice();
                Ok(target.clone())
            }
            Some(_) => Err(self.not_a(path, NodeKind::Symlink)),
        }
    }

    fn link_id(&self, path: &TreePath) -> Result<BlobId, TreeError> {
        self.check_there()?;
        match self.patch(path) {
            None => self.base.link_id(path),
            Some(_) => Ok(BlobId::of(&self.link(path)?)),
        }
    }

    fn submodule(&self, path: &TreePath) -> Result<Option<String>, TreeError> {
        self.check_there()?;
        match self.patch(path) {
            None => self.base.submodule(path),
            Some(_) => Err(self.not_a(path, NodeKind::Submodule)),
        }
    }
}

impl OverlayTree {
    fn not_a(&self, path: &TreePath, expected: NodeKind) -> TreeError {
        self.notice();
        let found = match self.kind(path) {
            Ok(Some(kind)) => kind.noun(),
            _ => "absent",
        };
        TreeError::wrong_type(self.label(), path, found, expected.noun())
    }
}
