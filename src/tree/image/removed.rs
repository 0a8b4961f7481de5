use super::ImageFiles;
use super::node::TOP;
use crate::tree::TreePath;

impl ImageFiles {
    /// The layer that removed what once stood at a path: by a whiteout of it or of a folder above it,
    /// or by putting something else in the place of such a folder. `None` where nothing ever stood there.
    pub fn removed_by(&self, path: &TreePath) -> Option<u16> {
        let parts: Vec<&[u8]> = path.parts().map(AsRef::as_ref).collect();
        self.search(TOP, &parts, None)
    }

    /// `gone`: the layer that removed a folder on the way here.
    fn search(&self, at: u32, parts: &[&[u8]], gone: Option<u16>) -> Option<u16> {
        let Some((part, rest)) = parts.split_first() else {
            return gone;
        };
        let removed = self.removed.get(&at).into_iter().flatten().copied();
        let of_that_name = removed.filter(|node| self.name(*node) == *part);
        let standing = self.child(at, part);
        // The last one to remove it is who is to be named.
        of_that_name
            .chain(standing)
            .filter_map(|node| {
                let by = self.nodes[node as usize].removed_by;
                self.search(node, rest, gone.or(by))
            })
            .max()
    }
}
