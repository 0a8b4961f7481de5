use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use driftgate::tree::{BlobId, Child, FileFacts, NodeKind, Tree, TreeError, TreePath};

/// A few files in memory.
#[derive(Debug, Default)]
pub struct MemoryTree(BTreeMap<TreePath, Vec<u8>>);

impl MemoryTree {
    pub fn with(mut self, path: &str, bytes: &[u8]) -> Self {
        let path = TreePath::new(path).expect("a path of the fuzz target's own");
        self.0.insert(path, bytes.to_vec());
        self
    }

    fn file(&self, path: &TreePath) -> Result<&Vec<u8>, TreeError> {
        self.0
            .get(path)
            .ok_or_else(|| TreeError::io("", path, std::io::ErrorKind::NotFound.into()))
    }
}

impl Tree for MemoryTree {
    fn label(&self) -> &str {
        ""
    }

    fn kind(&self, path: &TreePath) -> Result<Option<NodeKind>, TreeError> {
        Ok(if self.0.contains_key(path) {
            Some(NodeKind::File)
        } else if self.0.keys().any(|file| file.is_within(path)) {
            Some(NodeKind::Dir)
        } else {
            None
        })
    }

    fn children(&self, dir: &TreePath) -> Result<Vec<Child>, TreeError> {
        let mut children = Vec::new();
        for file in self.0.keys() {
            let Some(rest) = file.strip_prefix(dir) else {
                continue;
            };
            let mut parts = rest.parts();
            if let Some(name) = parts.next() {
                let kind = match parts.next() {
                    None => NodeKind::File,
                    Some(_) => NodeKind::Dir,
                };
                let name = name.to_owned();
                children.push(Child { name, kind });
            }
        }
        children.sort();
        children.dedup();
        Ok(children)
    }

    fn facts(&self, path: &TreePath) -> Result<FileFacts, TreeError> {
        let bytes = self.file(path)?;
        Ok(FileFacts {
            executable: false,
            id: BlobId::of(bytes),
            size: Some(bytes.len() as u64),
        })
    }

    fn open(&self, path: &TreePath) -> Result<Box<dyn Read + Send + '_>, TreeError> {
        Ok(Box::new(Cursor::new(self.file(path)?)))
    }

    fn link(&self, path: &TreePath) -> Result<bstr::BString, TreeError> {
        self.file(path)?;
        Err(TreeError::wrong_type("", path, "a file", "a symlink"))
    }

    fn submodule(&self, path: &TreePath) -> Result<Option<String>, TreeError> {
        self.file(path)?;
        Err(TreeError::wrong_type("", path, "a file", "a submodule"))
    }
}
