use super::ImageFiles;
use super::TarProblem;
use super::add::{OPAQUE, WHITEOUT, is_meta, split};
use super::node::TOP;
use crate::tree::{NodeKind, TreePath};

/// Why programs that unpack images do not agree on what is at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doubt {
    /// A layer wrote it, or into it, through a symlink of a layer below.
    ThroughLink,
    /// A layer has it, and after it a whiteout of it. By the specification a whiteout is for the layers below;
    /// Docker, containerd and Podman remove what stands there when they come to it.
    Whiteout,
    /// A hard link to it has other permissions or another owner. Docker and containerd give them to
    /// the file, GNU tar does not.
    HardLink,
}

/// A path that is in doubt, and the layer, counted from 0, that made it so.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Doubtful {
    pub path: TreePath,
    pub layer: u16,
    pub doubt: Doubt,
}

impl ImageFiles {
    /// What makes it doubtful what is at a path or below it: something there, or something above it that may be gone.
    pub fn doubtful(&self, path: &TreePath) -> Option<Doubtful> {
        let mut above = Some(path.clone());
        while let Some(folder) = above {
            above = folder.parent();
            let Some(node) = self.find(&folder) else {
                continue;
            };
            // What is at the path may be there only because something else was taken away.
            if let Some((layer, doubt)) = self.emptied.get(&node) {
                return Some(Doubtful {
                    path: folder,
                    layer: *layer,
                    doubt: *doubt,
                });
            }
            let standing = &self.nodes[node as usize];
            if standing.doubt == Some(Doubt::Whiteout) {
                return Some(Doubtful {
                    path: folder,
                    layer: standing.layer,
                    doubt: Doubt::Whiteout,
                });
            }
        }
        let mut pending: Vec<(TreePath, u32)> = self
            .find(path)
            .map(|node| (path.clone(), node))
            .into_iter()
            .collect();
        let mut first: Option<Doubtful> = None;
        while let Some((path, node)) = pending.pop() {
            if let Some((doubt, layer)) = self.doubt_of(node)
                && first.as_ref().is_none_or(|first| path < first.path)
            {
                first = Some(Doubtful {
                    path: path.clone(),
                    layer,
                    doubt,
                });
            }
            for child in self.children_of(node) {
                pending.push((path.join(self.name(child)), child));
            }
        }
        first
    }

    fn doubt_of(&self, node: u32) -> Option<(Doubt, u16)> {
        if let Some((layer, doubt)) = self.emptied.get(&node) {
            return Some((*doubt, *layer));
        }
        let node = &self.nodes[node as usize];
        if let Some(doubt) = node.doubt {
            return Some((doubt, node.layer));
        }
        if node.kind == NodeKind::Dir {
            return None;
        }
        let layer = self.contested.get(&node.content)?;
        Some((Doubt::HardLink, *layer))
    }

    /// Comes to a whiteout in the order of the archive, when all that the layers below have of it is gone
    /// already: what still stands there is what programs differ about.
    pub(super) fn late_whiteout(&mut self, path: &[u8]) -> Result<(), TarProblem> {
        let (folder, name) = split(path);
        if name == OPAQUE || is_meta(name) {
            return Ok(());
        }
        let Some((folder, _)) = self.descend(TOP, folder, false, 0)? else {
            return Ok(());
        };
        let Some(child) = self.child(folder, &name[WHITEOUT.len()..]) else {
            return Ok(());
        };
        let layer = self.layer;
        let standing = &mut self.nodes[child as usize];
        if standing.layer == layer {
            standing.doubt = Some(Doubt::Whiteout);
        } else {
            // It was reached through a symlink that this very layer brought.
            self.emptied.insert(folder, (layer, Doubt::Whiteout));
        }
        Ok(())
    }
}
