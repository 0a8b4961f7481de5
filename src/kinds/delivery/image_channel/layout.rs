use std::io::Read;

use super::archive::{PIECE, unreadable};
use super::blobs::{Blobs, DESCRIPTION, blob_path};
use super::problems::malformed;
use crate::context::Context;
use crate::gate::Obstacle;
use crate::tree::{NodeKind, Tree, TreePath};

/// An OCI layout folder of the checkout.
pub(super) struct Layout<'a> {
    pub root: &'a dyn Tree,
    pub folder: TreePath,
}

impl Layout<'_> {
    /// Gives the bytes of a layer away, until `each` wants no more.
    pub(super) fn layer(
        &self,
        context: &Context,
        key: &str,
        each: &mut dyn FnMut(&[u8]) -> bool,
    ) -> Result<(), Obstacle> {
        let path = self.folder.join(blob_path(key)?);
        if self.root.kind(&path)?.is_none() {
            return Err(malformed(format!("layer {key} is named, and is not there")));
        }
        give_away(context, self.root, &path, each)
    }
}

impl Blobs for Layout<'_> {
    fn named(&self, name: &str) -> Result<Option<Vec<u8>>, Obstacle> {
        let path = self.folder.join(name);
        // Only the index counts; what else `docker save` leaves is for archives.
        if name == "manifest.json" || self.root.kind(&path)? != Some(NodeKind::File) {
            return Ok(None);
        }
        Ok(Some(self.root.read(&path, DESCRIPTION as u64)?))
    }
}

/// Gives the bytes of a file away, until `each` wants no more.
pub(super) fn give_away(
    context: &Context,
    tree: &dyn Tree,
    path: &TreePath,
    each: &mut dyn FnMut(&[u8]) -> bool,
) -> Result<(), Obstacle> {
    let mut reader = tree.open(path)?;
    let mut buffer = vec![0; PIECE];
    loop {
        context.cancel().check()?;
        match reader.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(read) => {
                if !each(&buffer[..read]) {
                    return Ok(());
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(unreadable(&tree.location(path).path, error)),
        }
    }
}
