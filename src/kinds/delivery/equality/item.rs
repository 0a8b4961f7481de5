use crate::gate::Location;
use crate::tree::{FileFacts, NodeKind, Tree, TreeError, TreePath};

/// Something on one side of a comparison that is no folder.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    /// Its name in the delivery: what the two sides are matched by.
    pub name: TreePath,
    /// Where its content is, in the tree of its side.
    pub path: TreePath,
    pub kind: NodeKind,
    /// The executable bit where it is not the tree's own (`COPY --chmod`).
    pub executable: Option<bool>,
    /// What put it there, where that is a line to mend rather than the file itself.
    pub by: Option<Location>,
}

impl Item {
    /// A thing that stands at its own name.
    pub(crate) fn at(path: TreePath, kind: NodeKind) -> Self {
        Self {
            name: path.clone(),
            path,
            kind,
            executable: None,
            by: None,
        }
    }
}

/// One side of a comparison, sorted by name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Side<'a> {
    pub tree: &'a dyn Tree,
    pub items: &'a [Item],
}

impl<'a> Side<'a> {
    pub(crate) fn names(&self) -> Vec<&'a TreePath> {
        self.items.iter().map(|item| &item.name).collect()
    }

    pub(crate) fn facts(&self, item: &Item) -> Result<FileFacts, TreeError> {
        let facts = self.tree.facts(&item.path)?;
        Ok(FileFacts {
            executable: item.executable.unwrap_or(facts.executable),
            ..facts
        })
    }

    /// The error of a read that broke off.
    pub(crate) fn unreadable(&self, item: &Item, error: std::io::Error) -> TreeError {
        TreeError::Io {
            place: self.location(item).path,
            error,
        }
    }

    /// Where the item's content is.
    pub(crate) fn location(&self, item: &Item) -> Location {
        self.tree.location(&item.path)
    }
}
