use std::io::Read;

use bstr::BString;

use super::{BlobId, Child, FileFacts, NodeKind, Tree, TreeError, TreePath};
use crate::gate::Location;

/// A folder of another tree, as a tree of its own.
///
/// Asking for a folder by name is asking for what is in it: where the folder is a checkout nested
/// in another one, its files are listed (its `.git` is not), although walks of the outer tree stop
/// at it as at any submodule.
#[derive(Debug)]
pub struct SubTree<'a> {
    base: &'a dyn Tree,
    folder: TreePath,
}

impl<'a> SubTree<'a> {
    pub fn new(base: &'a dyn Tree, folder: TreePath) -> Self {
        Self { base, folder }
    }

    /// A path of this tree, as the outer tree has it.
    pub fn outer(&self, path: &TreePath) -> TreePath {
        self.folder.join(path)
    }
}

impl Tree for SubTree<'_> {
    fn label(&self) -> &str {
        self.base.label()
    }

    fn kind(&self, path: &TreePath) -> Result<Option<NodeKind>, TreeError> {
        let kind = self.base.kind(&self.outer(path))?;
        Ok(match kind {
            Some(NodeKind::Submodule) if path.is_root() => Some(NodeKind::Dir),
            kind => kind,
        })
    }

    fn children(&self, dir: &TreePath) -> Result<Vec<Child>, TreeError> {
        self.base.children(&self.outer(dir))
    }

    fn facts(&self, path: &TreePath) -> Result<FileFacts, TreeError> {
        self.base.facts(&self.outer(path))
    }

    fn open(&self, path: &TreePath) -> Result<Box<dyn Read + Send + '_>, TreeError> {
        self.base.open(&self.outer(path))
    }

    fn link(&self, path: &TreePath) -> Result<BString, TreeError> {
        self.base.link(&self.outer(path))
    }

    fn link_id(&self, path: &TreePath) -> Result<BlobId, TreeError> {
        self.base.link_id(&self.outer(path))
    }

    fn submodule(&self, path: &TreePath) -> Result<Option<String>, TreeError> {
        self.base.submodule(&self.outer(path))
    }

    fn location(&self, path: &TreePath) -> Location {
        self.base.location(&self.outer(path))
    }

    fn read(&self, path: &TreePath, limit: u64) -> Result<Vec<u8>, TreeError> {
        self.base.read(&self.outer(path), limit)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::gate::Change;
    use crate::tree::{DirTree, OverlayTree, walk};

    fn path(text: &str) -> TreePath {
        TreePath::new(text).unwrap()
    }

    fn with_nested_checkout() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("clone/.git/objects")).unwrap();
        std::fs::create_dir_all(dir.path().join("clone/prompts")).unwrap();
        std::fs::write(dir.path().join("clone/.git/HEAD"), "ref: refs/heads/main\n").unwrap();
        std::fs::write(dir.path().join("clone/prompts/a.md"), "a").unwrap();
        std::fs::write(dir.path().join("top.txt"), "top").unwrap();
        dir
    }

    #[test]
    fn a_nested_checkout_is_listed_only_when_it_is_asked_for() {
        let dir = with_nested_checkout();
        let tree = DirTree::new(dir.path(), "");
        assert_eq!(
            walk(&tree, &TreePath::root()).unwrap(),
            [
                (path("clone"), NodeKind::Submodule),
                (path("top.txt"), NodeKind::File)
            ]
        );
        let sub = SubTree::new(&tree, path("clone"));
        assert_eq!(
            walk(&sub, &TreePath::root()).unwrap(),
            [(path("prompts/a.md"), NodeKind::File)]
        );
        assert_eq!(
            sub.location(&path("prompts/a.md")).path,
            "clone/prompts/a.md"
        );
        assert_eq!(sub.read(&path("prompts/a.md"), 10).unwrap(), b"a");
    }

    #[test]
    fn changes_laid_over_the_outer_tree_are_seen_in_a_nested_checkout() {
        let dir = with_nested_checkout();
        let base = Arc::new(DirTree::new(dir.path(), ""));
        let changes = [
            Change::remove("clone/prompts/a.md"),
            Change::write("clone/prompts/b.md", "b"),
        ];
        let overlay = OverlayTree::plant(base, &changes).unwrap();
        let sub = SubTree::new(&overlay, path("clone"));
        assert_eq!(
            walk(&sub, &TreePath::root()).unwrap(),
            [(path("prompts/b.md"), NodeKind::File)]
        );
        assert!(overlay.noticed());
    }

    #[test]
    fn a_folder_that_is_not_there_has_no_kind_and_no_children() {
        let dir = with_nested_checkout();
        let tree = DirTree::new(dir.path(), "");
        let sub = SubTree::new(&tree, path("gone"));
        assert_eq!(sub.kind(&TreePath::root()).unwrap(), None);
        assert_eq!(sub.children(&TreePath::root()).unwrap(), []);
    }
}
