use std::collections::BTreeMap;
use std::io::Read;

use bstr::BString;

use super::{Child, FileFacts, NodeKind, Tree, TreeError, TreePath};
use crate::gate::Location;

/// A tree in which others stand at some paths, as if they had been copied there. This is how a
/// source that CI clones into a build context is seen where the build would find it.
#[derive(Debug)]
pub struct MountTree<'a> {
    base: &'a dyn Tree,
    mounts: Vec<Mount<'a>>,
}

/// One tree and where it stands.
#[derive(Debug, Clone)]
pub struct Mount<'a> {
    /// The path in the base.
    pub at: TreePath,
    pub tree: &'a dyn Tree,
    /// The folder of `tree` that is seen there; its root as a rule.
    pub from: TreePath,
}

impl<'a> MountTree<'a> {
    /// Of two mounts at or below one another, the deeper one is seen; of two at one path, the last.
    /// What the base has at a mount's path is hidden.
    pub fn new(base: &'a dyn Tree, mut mounts: Vec<Mount<'a>>) -> Self {
        mounts.reverse();
        mounts.sort_by_key(|mount| std::cmp::Reverse(mount.at.as_bytes().len()));
        Self { base, mounts }
    }

    /// The tree that answers for `path`, and the path in it.
    fn resolve(&self, path: &TreePath) -> (&'a dyn Tree, TreePath) {
        for mount in &self.mounts {
            if let Some(rest) = path.strip_prefix(&mount.at) {
                return (mount.tree, mount.from.join(rest.as_bytes()));
            }
        }
        (self.base, path.clone())
    }

    /// Mounts strictly below `dir`, by the name of the child that leads to them.
    fn below(&self, dir: &TreePath) -> impl Iterator<Item = (BString, bool, &Mount<'a>)> {
        self.mounts.iter().filter_map(move |mount| {
            let rest = mount.at.strip_prefix(dir)?;
            let mut parts = rest.parts();
            let name = parts.next()?.to_owned();
            Some((name, parts.next().is_none(), mount))
        })
    }
}

impl Tree for MountTree<'_> {
    fn label(&self) -> &str {
        self.base.label()
    }

    fn kind(&self, path: &TreePath) -> Result<Option<NodeKind>, TreeError> {
        let (tree, inner) = self.resolve(path);
        let found = tree.kind(&inner)?;
        if found != Some(NodeKind::Dir) {
            for (_, _, mount) in self.below(path) {
                // A mount whose tree has nothing makes no folders.
                if mount.tree.kind(&mount.from)?.is_some() {
                    return Ok(Some(NodeKind::Dir));
                }
            }
        }
        Ok(found)
    }

    fn children(&self, dir: &TreePath) -> Result<Vec<Child>, TreeError> {
        let (tree, inner) = self.resolve(dir);
        let mut children: BTreeMap<BString, NodeKind> = tree
            .children(&inner)?
            .into_iter()
            .map(|child| (child.name, child.kind))
            .collect();
        for (name, is_direct, mount) in self.below(dir) {
            match mount.tree.kind(&mount.from)? {
                Some(kind) => {
                    let kind = if is_direct { kind } else { NodeKind::Dir };
                    children.insert(name, kind);
                }
                None if is_direct => {
                    children.remove(&name);
                }
                None => {}
            }
        }
        Ok(children
            .into_iter()
            .map(|(name, kind)| Child { name, kind })
            .collect())
    }

    fn facts(&self, path: &TreePath) -> Result<FileFacts, TreeError> {
        let (tree, inner) = self.resolve(path);
        tree.facts(&inner)
    }

    fn open(&self, path: &TreePath) -> Result<Box<dyn Read + Send + '_>, TreeError> {
        let (tree, inner) = self.resolve(path);
        tree.open(&inner)
    }

    fn link(&self, path: &TreePath) -> Result<BString, TreeError> {
        let (tree, inner) = self.resolve(path);
        tree.link(&inner)
    }

    fn submodule(&self, path: &TreePath) -> Result<Option<String>, TreeError> {
        let (tree, inner) = self.resolve(path);
        tree.submodule(&inner)
    }

    fn location(&self, path: &TreePath) -> Location {
        let (tree, inner) = self.resolve(path);
        tree.location(&inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::gate::Change;
    use crate::tree::{DirTree, OverlayTree, walk};

    fn tree(files: &[(&str, &str)]) -> OverlayTree {
        let changes: Vec<_> = files
            .iter()
            .map(|(path, text)| Change::Write {
                path: path.as_bytes().to_vec(),
                bytes: text.as_bytes().to_vec(),
                executable: false,
            })
            .collect();
        let empty = Arc::new(DirTree::new("/nowhere/at/all", ""));
        OverlayTree::plant(empty, &changes).expect("plants")
    }

    fn path(text: &str) -> TreePath {
        TreePath::new(text).expect("a path")
    }

    #[test]
    fn a_mounted_tree_hides_what_the_base_has_at_its_path() {
        let base = tree(&[("a/b/old", "x"), ("a/c", "y")]);
        let source = tree(&[("sub/new", "z")]);
        let mounted = MountTree::new(
            &base,
            vec![Mount {
                at: path("a/b"),
                tree: &source,
                from: path("sub"),
            }],
        );
        let found: Vec<_> = walk(&mounted, &TreePath::root())
            .expect("walks")
            .into_iter()
            .map(|(path, _)| path.to_string())
            .collect();
        assert_eq!(found, ["a/b/new", "a/c"]);
        assert_eq!(mounted.read(&path("a/b/new"), 10).expect("reads"), b"z");
        assert_eq!(mounted.kind(&path("a/b/old")).expect("answers"), None);
    }

    #[test]
    fn folders_that_lead_to_a_mount_are_there_though_the_base_lacks_them() {
        let base = tree(&[("z", "x")]);
        let source = tree(&[("f", "z")]);
        let mounted = MountTree::new(
            &base,
            vec![Mount {
                at: path(".deps/x/y"),
                tree: &source,
                from: TreePath::root(),
            }],
        );
        assert_eq!(
            mounted.kind(&path(".deps/x")).expect("answers"),
            Some(NodeKind::Dir)
        );
        assert_eq!(
            mounted
                .children(&path(".deps"))
                .expect("lists")
                .into_iter()
                .map(|child| child.name)
                .collect::<Vec<_>>(),
            ["x"]
        );
        assert_eq!(
            mounted
                .children(&TreePath::root())
                .expect("lists")
                .into_iter()
                .map(|child| child.name)
                .collect::<Vec<_>>(),
            [".deps", "z"]
        );
    }
}
