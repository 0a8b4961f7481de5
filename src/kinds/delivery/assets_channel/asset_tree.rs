use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::sync::Arc;

use bstr::BString;
use sha2::{Digest as _, Sha256};

use crate::tree::{BlobId, Child, FileFacts, NodeKind, Tree, TreeError, TreePath};

/// What a delivery was found to hold, in memory: its limits are small. It has files and nothing else, for nothing
/// else is let in.
#[derive(Debug)]
pub struct AssetTree {
    label: String,
    files: BTreeMap<TreePath, Asset>,
}

/// A file as it was received.
#[derive(Debug, Clone)]
pub(super) struct Asset {
    bytes: Arc<[u8]>,
    id: BlobId,
    executable: bool,
}

impl Asset {
    pub(super) fn new(bytes: Vec<u8>, executable: bool) -> Self {
        Self {
            id: BlobId::of(&bytes),
            bytes: bytes.into(),
            executable,
        }
    }

    pub(super) fn size(&self) -> u64 {
        self.bytes.len() as u64
    }
}

impl AssetTree {
    pub(super) fn new(label: &str, files: BTreeMap<TreePath, Asset>) -> Self {
        Self {
            label: label.to_owned(),
            files,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.files.len()
    }

    /// The length of all files together, in bytes.
    pub(super) fn size(&self) -> u64 {
        self.files.values().map(Asset::size).sum()
    }

    /// The length of one file, in bytes.
    pub(super) fn size_of(&self, path: &TreePath) -> Option<u64> {
        self.files.get(path).map(Asset::size)
    }

    /// One digest of all names, contents and modes: two looks that have the same saw the same.
    pub(super) fn digest(&self) -> [u8; 32] {
        let mut digest = Sha256::new();
        for (path, asset) in &self.files {
            digest.update((path.as_bytes().len() as u64).to_le_bytes());
            digest.update(path.as_bytes());
            digest.update(asset.size().to_le_bytes());
            digest.update(&asset.bytes);
            digest.update([u8::from(asset.executable)]);
        }
        digest.finalize().into()
    }

    /// The same with something else in its first file.
    pub(super) fn restless(mut self, look: u32) -> Self {
        if let Some(asset) = self.files.values_mut().next() {
            let mut bytes = asset.bytes.to_vec();
            bytes.extend_from_slice(format!("planted {look}\n").as_bytes());
            *asset = Asset::new(bytes, asset.executable);
        }
        self
    }

    fn file(&self, path: &TreePath, expected: NodeKind) -> Result<&Asset, TreeError> {
        let found = self.standing(path);
        match self.files.get(path) {
            Some(asset) if expected == NodeKind::File => Ok(asset),
            _ => Err(TreeError::wrong_type(
                &self.label,
                path,
                found.map_or("absent", NodeKind::noun),
                expected.noun(),
            )),
        }
    }

    /// What stands below a folder, in order.
    fn below<'s>(&'s self, dir: &'s TreePath) -> impl Iterator<Item = &'s TreePath> {
        self.files
            .range(dir.clone()..)
            .map(|(path, _)| path)
            .take_while(|path| path.as_bytes().starts_with(dir.as_bytes()))
            .filter(move |path| path.is_within(dir) && *path != dir)
    }

    fn standing(&self, path: &TreePath) -> Option<NodeKind> {
        if self.files.contains_key(path) {
            return Some(NodeKind::File);
        }
        let is_folder = path.is_root() || self.below(path).next().is_some();
        is_folder.then_some(NodeKind::Dir)
    }
}

impl Tree for AssetTree {
    fn label(&self) -> &str {
        &self.label
    }

    fn kind(&self, path: &TreePath) -> Result<Option<NodeKind>, TreeError> {
        Ok(self.standing(path))
    }

    fn children(&self, dir: &TreePath) -> Result<Vec<Child>, TreeError> {
        let mut children: BTreeMap<BString, NodeKind> = BTreeMap::new();
        for path in self.below(dir) {
            let Some(rest) = path.strip_prefix(dir) else {
                continue;
            };
            let mut parts = rest.parts();
            if let Some(name) = parts.next() {
                let kind = match parts.next() {
                    Some(_) => NodeKind::Dir,
                    None => NodeKind::File,
                };
                children.insert(name.to_owned(), kind);
            }
        }
        let child = |(name, kind)| Child { name, kind };
        Ok(children.into_iter().map(child).collect())
    }

    fn facts(&self, path: &TreePath) -> Result<FileFacts, TreeError> {
        let asset = self.file(path, NodeKind::File)?;
        Ok(FileFacts {
            executable: asset.executable,
            id: asset.id,
            size: Some(asset.size()),
        })
    }

    fn open(&self, path: &TreePath) -> Result<Box<dyn Read + Send + '_>, TreeError> {
        let asset = self.file(path, NodeKind::File)?;
        Ok(Box::new(Cursor::new(&asset.bytes[..])))
    }

    fn link(&self, path: &TreePath) -> Result<BString, TreeError> {
        self.file(path, NodeKind::Symlink)
            .map(|_| BString::default())
    }

    fn submodule(&self, path: &TreePath) -> Result<Option<String>, TreeError> {
        self.file(path, NodeKind::Submodule).map(|_| None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::walk;

    fn path(text: &str) -> TreePath {
        TreePath::new(text).expect("a path")
    }

    fn tree(names: &[&str]) -> AssetTree {
        let asset = |name: &&str| (path(name), Asset::new(name.as_bytes().to_vec(), false));
        AssetTree::new("t", names.iter().map(asset).collect())
    }

    #[test]
    fn a_walk_finds_every_file_and_no_name_that_only_begins_alike() {
        let names = ["a-b", "a.c", "a/b/c", "a/d", "ab"];
        let tree = tree(&names);
        let found = walk(&tree, &TreePath::root()).expect("a walk");
        let found: Vec<_> = found.iter().map(|(path, _)| path.to_string()).collect();
        assert_eq!(found, names);
        assert_eq!(walk(&tree, &path("a")).expect("a walk").len(), 2);
        assert_eq!(tree.kind(&path("a")).expect("a kind"), Some(NodeKind::Dir));
        assert_eq!(tree.kind(&path("a/b/x")).expect("a kind"), None);
        let error = tree.facts(&path("a")).expect_err("a folder");
        assert_eq!(error.to_string(), "t:a is a folder, expected a file");
    }

    #[test]
    fn names_contents_and_modes_make_the_digest() {
        let one = |name: &str, bytes: &str, executable| {
            let asset = Asset::new(bytes.as_bytes().to_vec(), executable);
            AssetTree::new("", [(path(name), asset)].into()).digest()
        };
        let digests = [
            one("a", "b", false),
            one("ab", "", false),
            one("a", "b", true),
            one("a", "c", false),
            AssetTree::new("", BTreeMap::new()).digest(),
        ];
        for (index, digest) in digests.iter().enumerate() {
            assert!(!digests[..index].contains(digest), "{index}");
        }
        assert_eq!(one("a", "b", false), digests[0]);
    }
}
