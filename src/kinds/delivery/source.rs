use std::sync::Arc;

use super::codes::INCLUDE_UNMATCHED;
use super::equality::{Item, Side};
use super::plan::{SourceOrigin, SourcePlan};
use super::rename::Renames;
use crate::context::{Context, SourceTree};
use crate::gate::{Finding, Obstacle};
use crate::tree::{NodeKind, SOURCE_MISSING, SubTree, Tree, TreeError, TreePath, walk};

/// The tree that the source is in, whoever owns it.
pub(crate) struct Held<'a> {
    tree: HeldTree<'a>,
    /// The locked commit; `None` for a folder of the root and for a working copy.
    pub commit: Option<String>,
    /// The id of the commit's tree.
    pub tree_id: Option<String>,
}

enum HeldTree<'a> {
    Own(Arc<dyn Tree>),
    Folder(SubTree<'a>),
}

impl<'a> Held<'a> {
    /// # Errors
    /// When the source is not to be had.
    pub(crate) fn of(plan: &SourcePlan, context: &'a Context) -> Result<Self, Obstacle> {
        match &plan.origin {
            SourceOrigin::Manifest(source) => {
                let SourceTree {
                    tree,
                    commit,
                    tree_id,
                } = context.source(source)?;
                Ok(Self {
                    tree: HeldTree::Own(tree),
                    commit,
                    tree_id,
                })
            }
            SourceOrigin::Folder(path) => Ok(Self {
                tree: HeldTree::Folder(SubTree::new(context.root(), path.clone())),
                commit: None,
                tree_id: None,
            }),
        }
    }

    /// The source's own repository or folder, as it would be cloned.
    pub(crate) fn tree(&self) -> &dyn Tree {
        match &self.tree {
            HeldTree::Own(tree) => tree.as_ref(),
            HeldTree::Folder(tree) => tree,
        }
    }
}

/// The source as far as the gate compares it.
pub(crate) struct Source<'a> {
    pub plan: &'a SourcePlan,
    /// The folder that stands for the source.
    pub tree: &'a SubTree<'a>,
    /// What `include` and `exclude` leave, sorted.
    pub items: Vec<Item>,
    /// What is wrong with the selection itself.
    pub findings: Vec<Finding>,
    /// Which `include` patterns match nothing.
    unmatched: crate::kinds::delivery::patterns::Patterns,
}

/// Why the folder that stands for the source is none.
fn no_folder(plan: &SourcePlan, found: Option<NodeKind>) -> Obstacle {
    let label = match plan.subdir.is_root() {
        true => plan.origin.to_string(),
        false => format!("{} of {}", plan.subdir, plan.origin),
    };
    let message = match found {
        Some(kind) => format!("{label} is {}, expected a folder", kind.noun()),
        None => format!("{label} does not exist"),
    };
    let key = match (&plan.origin, plan.subdir.is_root()) {
        (SourceOrigin::Folder(_), true) => "path",
        (SourceOrigin::Manifest(_), true) => {
            return TreeError::Vanished { label }.to_obstacle();
        }
        (_, false) => "subdir",
    };
    Obstacle::refused(&SOURCE_MISSING, message).help(format!(
        "name the folder that the copies come from in `{key}` of `source`; if it was removed on purpose, retire the gate in the same commit"
    ))
}

impl<'a> Source<'a> {
    /// # Errors
    /// When the source has no such folder, or cannot be read.
    pub(crate) fn read(plan: &'a SourcePlan, tree: &'a SubTree<'a>) -> Result<Self, Obstacle> {
        let root = TreePath::root();
        let found = tree.kind(&root)?;
        if found != Some(NodeKind::Dir) {
            let missing = no_folder(plan, found);
            return Err(missing.at(tree.location(&root)).at(plan.at.clone()));
        }
        let mut items: Vec<_> = walk(tree, &root)?
            .into_iter()
            .filter(|(path, _)| !plan.selection.exclude.is_match(path))
            .map(|(path, kind)| Item::at(path, kind))
            .collect();
        let include = &plan.selection.include;
        let findings = include.unmatched(
            &INCLUDE_UNMATCHED,
            &items.iter().map(|item| &item.path),
            |pattern| format!("the source has nothing that matches `{pattern}`"),
        );
        let unmatched = include.only_unmatched(&items.iter().map(|item| &item.path));
        if !include.is_empty() {
            items.retain(|item| include.is_match(&item.path));
        }
        Ok(Self {
            plan,
            tree,
            items,
            findings,
            unmatched,
        })
    }

    pub(crate) fn side<'s>(&'s self, items: &'s [Item]) -> Side<'s> {
        Side {
            tree: self.tree,
            items,
        }
    }

    /// Whether the gate already says that the source lost this file: an `include` pattern stands
    /// for it, and matches nothing any more.
    pub(crate) fn is_lost(&self, delivered: &TreePath, renames: &Renames) -> bool {
        !self.unmatched.is_empty()
            && renames
                .origins(delivered)
                .iter()
                .any(|path| self.unmatched.is_match(path))
    }

    /// Whether the source's folder has this file, but `include` or `exclude` keep it out.
    pub(crate) fn leaves_out(&self, delivered: &TreePath, renames: &Renames) -> bool {
        renames.origins(delivered).iter().any(|path| {
            !self.plan.selection.has(path) && matches!(self.tree.kind(path), Ok(Some(_)))
        })
    }
}
