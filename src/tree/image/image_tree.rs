use std::io::{self, Cursor, Read};
use std::sync::Arc;

use bstr::BString;

use super::ImageFiles;
use crate::tree::{Child, FileFacts, NodeKind, Tree, TreeError, TreePath};

/// The files of an image as a tree. Ids are known of the files that were hashed, and contents of those
/// that were kept.
#[derive(Debug)]
pub struct ImageTree {
    files: Arc<ImageFiles>,
    label: String,
}

impl ImageTree {
    pub fn new(files: Arc<ImageFiles>, label: impl Into<String>) -> Self {
        Self {
            files,
            label: label.into(),
        }
    }

    pub fn files(&self) -> &ImageFiles {
        &self.files
    }

    fn check(&self, path: &TreePath, expected: NodeKind) -> Result<(), TreeError> {
        let found = self.files.at(path).map(|standing| standing.kind);
        if found == Some(expected) {
            return Ok(());
        }
        let found = found.map_or("absent", NodeKind::noun);
        Err(TreeError::wrong_type(
            &self.label,
            path,
            found,
            expected.noun(),
        ))
    }

    fn unknown(&self, path: &TreePath, why: &str) -> TreeError {
        TreeError::io(&self.label, path, io::Error::other(why.to_owned()))
    }
}

impl Tree for ImageTree {
    fn label(&self) -> &str {
        &self.label
    }

    fn kind(&self, path: &TreePath) -> Result<Option<NodeKind>, TreeError> {
        Ok(self.files.at(path).map(|standing| standing.kind))
    }

    fn children(&self, dir: &TreePath) -> Result<Vec<Child>, TreeError> {
        let Some(node) = self.files.find(dir) else {
            return Ok(Vec::new());
        };
        let mut children: Vec<_> = self
            .files
            .children_of(node)
            .map(|child| Child {
                name: BString::from(self.files.name(child)),
                kind: self.files.standing(child).kind,
            })
            .collect();
        children.sort_unstable();
        Ok(children)
    }

    fn facts(&self, path: &TreePath) -> Result<FileFacts, TreeError> {
        self.check(path, NodeKind::File)?;
        let standing = self.files.at(path);
        let Some((id, size)) = self.files.content(path) else {
            return Err(self.unknown(path, "the file was not hashed"));
        };
        Ok(FileFacts {
            // git looks at the owner's bit alone.
            executable: standing.is_some_and(|standing| standing.owned.mode & 0o100 != 0),
            id,
            size: Some(size),
        })
    }

    fn open(&self, path: &TreePath) -> Result<Box<dyn Read + Send + '_>, TreeError> {
        self.check(path, NodeKind::File)?;
        match self.files.kept(path) {
            Some(kept) => Ok(Box::new(Cursor::new(Arc::clone(kept)))),
            None => Err(self.unknown(
                path,
                "files of more than 2 MiB, and more than 8 MiB of a layer or 16 MiB of an image, are hashed and not kept",
            )),
        }
    }

    fn link(&self, path: &TreePath) -> Result<BString, TreeError> {
        self.check(path, NodeKind::Symlink)?;
        Ok(BString::from(self.files.link(path).unwrap_or_default()))
    }

    fn submodule(&self, path: &TreePath) -> Result<Option<String>, TreeError> {
        self.check(path, NodeKind::Submodule)?;
        Ok(None)
    }
}
