use std::cell::Cell;
use std::sync::Arc;

use super::catalogue::{Catalogue, is_same_ref};
use super::codes::DECLARATION;
use super::document::{Node, read_yaml};
use crate::context::Context;
use crate::gate::{Finding, Location, Obstacle};
use crate::tree::{NodeKind, SMALL_FILE, Tree, TreePath};

/// A value of a file that declares plugins, and the file that it stands in: an `!include` leads into another one.
#[derive(Debug, Clone)]
pub(super) struct Sheet<'a> {
    pub node: Node,
    file: Arc<SheetFile<'a>>,
}

#[derive(Debug)]
struct SheetFile<'a> {
    tree: Held<'a>,
    path: TreePath,
    /// The file whose tag led here.
    from: Option<Arc<SheetFile<'a>>>,
}

#[derive(Debug, Clone)]
enum Held<'a> {
    Source(&'a dyn Tree),
    Other(Arc<dyn Tree>),
}

impl SheetFile<'_> {
    fn place(&self) -> Location {
        self.tree.tree().location(&self.path)
    }

    /// How many tags led here.
    fn depth(&self) -> usize {
        std::iter::successors(self.from.as_deref(), |file| file.from.as_deref()).count()
    }
}

impl Held<'_> {
    fn tree(&self) -> &dyn Tree {
        match self {
            Self::Source(tree) => *tree,
            Self::Other(tree) => tree.as_ref(),
        }
    }
}

/// Why a file could not be followed.
#[derive(Debug)]
pub(super) enum Unfollowed {
    /// It is wrong.
    Finding(Box<Finding>),
    /// It is in another repository that is not to be had, or not at this ref.
    External(Box<Finding>),
    Obstacle(Obstacle),
}

/// The platform stops at the same depth.
const MAX_DEPTH: usize = 16;

impl<'a> Sheet<'a> {
    /// Reads a file of a tree.
    pub(super) fn of(tree: &'a dyn Tree, path: &TreePath) -> Result<Self, Unfollowed> {
        read(Held::Source(tree), path.clone(), None)
    }

    /// Reads a file of a source.
    pub(super) fn in_source(tree: Arc<dyn Tree>, path: &TreePath) -> Result<Self, Unfollowed> {
        read(Held::Other(tree), path.clone(), None)
    }

    /// Another value of the same file.
    pub(super) fn with(&self, node: &Node) -> Self {
        Self {
            node: node.clone(),
            file: Arc::clone(&self.file),
        }
    }

    /// The value of a key, with what its tag leads to.
    pub(super) fn get(&self, key: &str, reader: &Reader<'_>) -> Result<Option<Self>, Unfollowed> {
        match self.node.get(key) {
            Some(node) => self.with(node).followed(reader).map(Some),
            None => Ok(None),
        }
    }

    pub(super) fn location(&self) -> Location {
        let place = self.file.place();
        Location::at(place.path, self.node.at.0, self.node.at.1)
    }

    /// The path of the file in the source, if it is the gate's own.
    pub(super) fn own_path(&self) -> Option<&TreePath> {
        matches!(self.file.tree, Held::Source(_)).then_some(&self.file.path)
    }

    pub(super) fn finding(&self, message: impl Into<String>) -> Finding {
        Finding::new(&DECLARATION, message).at(self.location())
    }

    fn wrong(&self, message: impl Into<String>) -> Unfollowed {
        Unfollowed::Finding(Box::new(self.finding(message)))
    }

    /// What the value's tag leads to, or the value itself.
    pub(super) fn followed(self, reader: &Reader<'_>) -> Result<Self, Unfollowed> {
        let Some(tag) = self.node.tag.as_deref() else {
            return Ok(self);
        };
        if self.file.depth() >= MAX_DEPTH {
            return Err(self.wrong(format!("`{tag}` leads through more than {MAX_DEPTH} files")));
        }
        let Some(left) = reader.left.get().checked_sub(1) else {
            return Err(self.wrong(format!("tags lead to more than {MAX_FILES} files")));
        };
        reader.left.set(left);
        match tag {
            "!include" => self.included()?.followed(reader),
            "!external" => self.external(reader)?.followed(reader),
            tag => Err(self.wrong(format!("tag `{tag}` is not known"))),
        }
    }

    fn included(&self) -> Result<Self, Unfollowed> {
        let Some(text) = self.node.text() else {
            let noun = self.node.noun();
            return Err(self.wrong(format!("`!include` is {noun}, expected a path")));
        };
        let folder = self.file.path.parent().unwrap_or_default();
        let path = beside(&folder, text)
            .ok_or_else(|| self.wrong(format!("`!include {text}` leads out of the source")))?;
        let tree = &self.file.tree;
        if tree.tree().kind(&path).map_err(obstacle)? != Some(NodeKind::File) {
            return Err(self.wrong(format!("`!include {text}`: there is no file {path}")));
        }
        self.lead_to(tree.clone(), path)
    }

    fn external(&self, reader: &Reader<'_>) -> Result<Self, Unfollowed> {
        let text = |key: &str| {
            let value = self.node.get(key).and_then(Node::text);
            value.ok_or_else(|| self.wrong(format!("`!external` has no text `{key}`")))
        };
        let (repo, reference, path) = (text("repo")?, text("ref")?, text("path")?);
        let catalogue = reader.catalogue;
        let unpinned = |message: String| Unfollowed::External(Box::new(self.finding(message)));
        let Some(entry) = catalogue.repository(repo, None) else {
            let manifest = catalogue.path();
            return Err(unpinned(format!(
                "`!external` names {repo}, which is not in {manifest}"
            )));
        };
        let source = entry.source();
        let held = reader
            .context
            .source(&source)
            .map_err(Unfollowed::Obstacle)?;
        if !is_same_ref(reference, entry, held.commit.as_deref()) {
            return Err(unpinned(format!(
                "`!external` names {repo} at `{reference}`, and the manifest has it at `{}`",
                entry.reference.value
            )));
        }
        let path = TreePath::new(path).map_err(|error| self.wrong(error.to_string()))?;
        if held.tree.kind(&path).map_err(obstacle)? != Some(NodeKind::File) {
            return Err(self.wrong(format!("`!external`: {source} has no file {path}")));
        }
        self.lead_to(Held::Other(held.tree), path)
    }

    fn lead_to(&self, tree: Held<'a>, path: TreePath) -> Result<Self, Unfollowed> {
        let there = tree.tree().location(&path);
        let mut way = std::iter::successors(Some(&self.file), |file| file.from.as_ref());
        if way.any(|file| file.place() == there) {
            return Err(self.wrong(format!("it leads back to {path}, which led here")));
        }
        read(tree, path, Some(Arc::clone(&self.file)))
    }
}

/// What tags are followed with.
#[derive(Debug)]
pub(crate) struct Reader<'r> {
    pub context: &'r Context,
    pub catalogue: &'r Catalogue,
    /// How many more files may be followed: files that include each other twice over would never end.
    left: Cell<usize>,
}

/// Enough for a workspace in each of them.
const MAX_FILES: usize = 10_000;

impl<'r> Reader<'r> {
    pub(crate) fn new(context: &'r Context, catalogue: &'r Catalogue) -> Self {
        Self {
            context,
            catalogue,
            left: Cell::new(MAX_FILES),
        }
    }
}

fn obstacle(error: impl Into<Obstacle>) -> Unfollowed {
    Unfollowed::Obstacle(error.into())
}

fn read<'a>(
    tree: Held<'a>,
    path: TreePath,
    from: Option<Arc<SheetFile<'a>>>,
) -> Result<Sheet<'a>, Unfollowed> {
    let place = tree.tree().location(&path);
    let bytes = tree.tree().read(&path, SMALL_FILE).map_err(obstacle)?;
    let wrong = |message: String, at: Option<(u32, u32)>| {
        let at = match at {
            Some((line, column)) => Location::at(&place.path, line, column),
            None => place.clone(),
        };
        Unfollowed::Finding(Box::new(Finding::new(&DECLARATION, message).at(at)))
    };
    let text =
        std::str::from_utf8(&bytes).map_err(|_| wrong(format!("{path} is not UTF-8"), None))?;
    let node = read_yaml(text.strip_prefix('\u{feff}').unwrap_or(text))
        .map_err(|problem| wrong(format!("{path} cannot be read: {problem}"), problem.at))?;
    let file = Arc::new(SheetFile { tree, path, from });
    Ok(Sheet { node, file })
}

/// A path relative to a folder, where `..` may lead up, but not out.
fn beside(folder: &TreePath, text: &str) -> Option<TreePath> {
    if text.starts_with('/') || text.is_empty() {
        return None;
    }
    let mut path = folder.clone();
    for part in text.split('/') {
        path = match part {
            "" | "." => path,
            ".." => path.parent()?,
            part => path.join(TreePath::new(part).ok()?),
        };
    }
    Some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_beside_leads_up_and_never_out() {
        let folder = TreePath::new("teams/deep").expect("a path");
        let found = |text: &str| beside(&folder, text).map(|path| path.to_string());
        assert_eq!(found("a.yaml").as_deref(), Some("teams/deep/a.yaml"));
        assert_eq!(found("./../../pm/w.yaml").as_deref(), Some("pm/w.yaml"));
        assert_eq!(found("../../../a.yaml"), None);
        assert_eq!(found("/etc/passwd"), None);
        assert_eq!(found(""), None);
    }
}
