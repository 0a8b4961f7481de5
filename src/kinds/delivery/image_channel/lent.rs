use std::collections::HashMap;
use std::io::Read;

use bstr::BString;

use crate::gate::Location;
use crate::tree::image::ImageTree;
use crate::tree::{BlobId, Child, FileFacts, NodeKind, Tree, TreeError, TreePath};

/// The files of an image, with the contents that the source has too taken from there: they were not kept.
#[derive(Debug)]
pub(super) struct Lent<'a> {
    pub image: &'a ImageTree,
    pub source: &'a dyn Tree,
    /// A file of the source with each content that it has.
    pub known: &'a HashMap<BlobId, TreePath>,
}

impl Tree for Lent<'_> {
    fn label(&self) -> &str {
        self.image.label()
    }

    fn kind(&self, path: &TreePath) -> Result<Option<NodeKind>, TreeError> {
        self.image.kind(path)
    }

    fn children(&self, dir: &TreePath) -> Result<Vec<Child>, TreeError> {
        self.image.children(dir)
    }

    fn facts(&self, path: &TreePath) -> Result<FileFacts, TreeError> {
        self.image.facts(path)
    }

    fn open(&self, path: &TreePath) -> Result<Box<dyn Read + Send + '_>, TreeError> {
        let files = self.image.files();
        let same = files
            .content(path)
            .filter(|_| files.kept(path).is_none())
            .and_then(|(id, _)| self.known.get(&id));
        match same {
            Some(same) => self.source.open(same),
            None => self.image.open(path),
        }
    }

    fn link(&self, path: &TreePath) -> Result<BString, TreeError> {
        self.image.link(path)
    }

    fn submodule(&self, path: &TreePath) -> Result<Option<String>, TreeError> {
        self.image.submodule(path)
    }

    fn location(&self, path: &TreePath) -> Location {
        self.image.location(path)
    }
}
