use tar::{Builder, EntryType, Header};

use crate::tree::TreePath;
use crate::tree::image::Owned;

/// Writes a layer that is planted over an image: a tar archive like any other.
pub(super) struct LayerWriter(Builder<Vec<u8>>);

impl LayerWriter {
    pub(super) fn new() -> Self {
        Self(Builder::new(Vec::new()))
    }

    pub(super) fn file(mut self, path: &TreePath, bytes: &[u8], owned: Owned) -> Self {
        let mut header = header(EntryType::Regular, owned);
        header.set_size(bytes.len() as u64);
        // Writing to memory does not fail; a layer that lacks an entry would not be found out, and
        // leave the protection unproved.
        let _ = self.0.append_data(&mut header, path.as_path(), bytes);
        self
    }

    pub(super) fn symlink(mut self, path: &TreePath, target: &str) -> Self {
        let mut header = header(EntryType::Symlink, OWNED_BY_ROOT);
        header.set_size(0);
        let _ = self.0.append_link(&mut header, path.as_path(), target);
        self
    }

    /// Takes a path of the layers below away.
    pub(super) fn whiteout(self, path: &TreePath) -> Self {
        let name = [b".wh.".as_slice(), path.name()].concat();
        let marker = path.parent().unwrap_or_default().join(name);
        self.file(&marker, b"", OWNED_BY_ROOT)
    }

    /// Takes all that the layers below have in a folder away.
    pub(super) fn opaque(self, folder: &TreePath) -> Self {
        self.file(&folder.join(".wh..wh..opq"), b"", OWNED_BY_ROOT)
    }

    /// An entry whose name is written as it is, where no honest tool would.
    pub(super) fn named(mut self, name: &[u8]) -> Self {
        let mut header = header(EntryType::Regular, OWNED_BY_ROOT);
        header.set_size(0);
        let field = &mut header.as_old_mut().name;
        let length = name.len().min(field.len());
        field[..length].copy_from_slice(&name[..length]);
        header.set_cksum();
        let _ = self.0.append(&header, &[][..]);
        self
    }

    /// The header of a file of so many bytes, without them.
    pub(super) fn announced(mut self, path: &TreePath, size: u64) -> Self {
        let mut header = header(EntryType::Regular, OWNED_BY_ROOT);
        header.set_size(size);
        let _ = self.0.append_data(&mut header, path.as_path(), &[][..]);
        self
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.0.into_inner().unwrap_or_default()
    }
}

/// For what has no owner of its own to keep.
pub(super) const OWNED_BY_ROOT: Owned = Owned {
    uid: 0,
    gid: 0,
    mode: 0o644,
};

fn header(kind: EntryType, owned: Owned) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(u32::from(owned.mode));
    header.set_uid(u64::from(owned.uid));
    header.set_gid(u64::from(owned.gid));
    header.set_mtime(0);
    header
}
