use std::collections::BTreeMap;
use std::rc::Rc;

use bstr::BString;

use super::builder::{may_be_folder, opaque};
use super::image_path::image_path;
use super::{ImageFile, OpaqueKind, OpaqueStep, Overwritten, Place};
use crate::tree::TreePath;

/// What is known of the files of a stage at one of its steps.
#[derive(Debug, Clone)]
pub(super) struct StageFs {
    nodes: BTreeMap<TreePath, Node>,
    /// It begins from an image, so that it has files that are not known here.
    pub(super) has_base: bool,
    /// The `RUN`s so far, each of which may have written anything it names.
    pub(super) runs: Vec<Rc<RunRecord>>,
    /// What may have come that is not known here.
    pub(super) unknown: Vec<Unknown>,
}

/// A step that may have written at or below a path.
#[derive(Debug, Clone)]
pub(super) struct Unknown {
    pub(super) path: TreePath,
    pub(super) step: OpaqueStep,
}

/// A `RUN` of a stage that is already behind.
#[derive(Debug)]
pub(super) struct RunRecord {
    pub(super) at: Place,
    pub(super) text: String,
    pub(super) run: super::run::RunFacts,
}

#[derive(Debug, Clone)]
pub(super) enum Node {
    Dir,
    File(ImageFile),
    /// A symlink and where it leads, as it is written.
    Link(ImageFile, BString),
}

impl Node {
    pub(super) fn file(&self) -> Option<&ImageFile> {
        match self {
            Self::Dir => None,
            Self::File(file) | Self::Link(file, _) => Some(file),
        }
    }
}

/// Chains of symlinks are followed no further.
const MOST_LINKS: usize = 64;

impl StageFs {
    pub(super) fn new(has_base: bool) -> Self {
        Self {
            nodes: BTreeMap::new(),
            has_base,
            runs: Vec::new(),
            unknown: Vec::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(super) fn get(&self, path: &TreePath) -> Option<&Node> {
        self.nodes.get(path)
    }

    pub(super) fn is_dir(&self, path: &TreePath) -> bool {
        path.is_root()
            || matches!(self.nodes.get(path), Some(Node::Dir))
            || (self.has_base && !self.nodes.contains_key(path) && is_usual_folder(path))
    }

    /// Everything known strictly below a folder.
    pub(super) fn below<'a>(
        &'a self,
        dir: &'a TreePath,
    ) -> impl Iterator<Item = (&'a TreePath, &'a Node)> {
        self.nodes
            .range(dir.clone()..)
            .skip_while(move |(path, _)| *path == dir)
            .take_while(move |(path, _)| path.as_bytes().starts_with(dir.as_bytes()))
            .filter(move |(path, _)| path.is_within(dir))
    }

    /// The path with all known symlinks on it followed, inside of the image.
    pub(super) fn follow(&self, path: &TreePath) -> Option<TreePath> {
        let mut done = TreePath::root();
        let mut rest: Vec<BString> = path.parts().rev().map(ToOwned::to_owned).collect();
        let mut links = 0;
        while let Some(part) = rest.pop() {
            if part == ".." {
                done = done.parent().unwrap_or_default();
                continue;
            }
            let next = done.join(&part);
            match self.nodes.get(&next) {
                Some(Node::Link(_, target)) => {
                    links += 1;
                    if links > MOST_LINKS {
                        return None;
                    }
                    if target.starts_with(b"/") {
                        done = TreePath::root();
                    }
                    let parts = target
                        .split(|byte| *byte == b'/')
                        .filter(|part| !part.is_empty() && *part != b".")
                        .map(BString::from);
                    let parts: Vec<_> = parts.collect();
                    rest.extend(parts.into_iter().rev());
                }
                _ => done = next,
            }
        }
        Some(done)
    }

    /// Something on the way to `path` that may be a file or a folder must be a folder if the build
    /// goes on. What else is in it stays unknown.
    pub(super) fn settle(&mut self, path: &TreePath) {
        let mut at = TreePath::root();
        for part in path.parts() {
            at = at.join(part);
            let Some(node) = self.nodes.get(&at) else {
                return;
            };
            if let (true, Some(file)) = (may_be_folder(node), node.file()) {
                let step = opaque(
                    OpaqueKind::Copy,
                    file.at,
                    &format!("{:?}", file.origin),
                    "it copies a folder that is not known without building",
                );
                self.unknown.push(Unknown {
                    path: at.clone(),
                    step,
                });
                self.nodes.insert(at.clone(), Node::Dir);
            }
        }
    }

    /// Makes a folder with all above it.
    ///
    /// # Errors
    /// Names the file that stands in the way.
    pub(super) fn make_dir(&mut self, path: &TreePath) -> Result<(), TreePath> {
        let mut at = TreePath::root();
        for part in path.parts() {
            at = at.join(part);
            match self.nodes.get(&at) {
                Some(Node::Dir) => {}
                Some(_) => return Err(at),
                None => {
                    self.nodes.insert(at.clone(), Node::Dir);
                }
            }
        }
        Ok(())
    }

    /// Puts a file or symlink; what it replaces is remembered in it.
    ///
    /// # Errors
    /// Names the folder that stands in its place, or the file that stands on the way.
    pub(super) fn put(
        &mut self,
        path: &TreePath,
        mut file: ImageFile,
        link: Option<BString>,
    ) -> Result<(), TreePath> {
        if let Some(parent) = path.parent() {
            self.make_dir(&parent)?;
        }
        match self.nodes.remove(path) {
            None => {}
            Some(Node::Dir) => {
                self.nodes.insert(path.clone(), Node::Dir);
                return Err(path.clone());
            }
            Some(Node::File(old) | Node::Link(old, _)) => {
                let mut overwrote = old.overwrote;
                overwrote.push(Overwritten {
                    origin: old.origin,
                    at: old.at,
                });
                overwrote.append(&mut file.overwrote);
                file.overwrote = overwrote;
            }
        }
        let node = match link {
            Some(target) => Node::Link(file, target),
            None => Node::File(file),
        };
        self.nodes.insert(path.clone(), node);
        Ok(())
    }

    pub(super) fn files(&self) -> impl Iterator<Item = (&TreePath, &ImageFile)> {
        self.nodes
            .iter()
            .filter_map(|(path, node)| Some((path, node.file()?)))
    }
}

/// Folders that every image of a Linux distribution has.
fn is_usual_folder(path: &TreePath) -> bool {
    const USUAL: &[&str] = &[
        "bin",
        "boot",
        "dev",
        "etc",
        "home",
        "lib",
        "lib64",
        "media",
        "mnt",
        "opt",
        "proc",
        "root",
        "run",
        "sbin",
        "srv",
        "sys",
        "tmp",
        "usr",
        "usr/bin",
        "usr/include",
        "usr/lib",
        "usr/local",
        "usr/local/bin",
        "usr/local/etc",
        "usr/local/lib",
        "usr/local/sbin",
        "usr/local/share",
        "usr/sbin",
        "usr/share",
        "usr/src",
        "var",
        "var/cache",
        "var/lib",
        "var/log",
        "var/tmp",
    ];
    USUAL
        .iter()
        .any(|usual| usual.as_bytes() == path.as_bytes())
}

/// The image path of an absolute text.
pub(super) fn in_image(absolute: &str) -> TreePath {
    image_path(&TreePath::root(), absolute.as_bytes())
}
