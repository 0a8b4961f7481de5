use super::add::{HOPS, first};
use super::node::TOP;
use super::{Doubt, Doubtful, ImageFiles, TarProblem};
use crate::tree::{NodeKind, TreePath};

/// Where a path of the image leads once all symlinks are followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    pub path: TreePath,
    /// The symlinks on the way, in order.
    pub through: Vec<TreePath>,
    /// A symlink on the way that some programs that unpack images would have replaced or removed.
    pub unsure: Option<Doubtful>,
}

impl ImageFiles {
    /// Follows a path inside of the image, as a program in a container would; absolute symlinks begin
    /// at the image's root. What does not exist leads where it would if it did.
    ///
    /// # Errors
    /// When symlinks lead out of the image or in a circle.
    pub fn resolve(&self, path: &TreePath) -> Result<Resolved, TarProblem> {
        let mut resolved = Resolved {
            path: TreePath::root(),
            through: Vec::new(),
            unsure: None,
        };
        let mut rest = path.as_bytes().to_vec();
        // The node at `resolved.path`; `None` below what does not exist.
        let mut at = Some(TOP);
        while !rest.is_empty() {
            let (part, after) = first(&rest);
            let (part, after) = (part.to_vec(), after.to_vec());
            rest = after;
            match part.as_slice() {
                b"" | b"." => continue,
                b".." => {
                    resolved.path = resolved.path.parent().ok_or(TarProblem::LinkOutside)?;
                    at = self.find(&resolved.path);
                    continue;
                }
                _ => {}
            }
            let next = at.and_then(|at| self.child(at, &part));
            let here = resolved.path.join(&part);
            let symlink = next.filter(|next| self.nodes[*next as usize].kind == NodeKind::Symlink);
            let Some(symlink) = symlink else {
                resolved.path = here;
                at = next;
                continue;
            };
            if resolved.through.len() >= usize::from(HOPS) {
                return Err(TarProblem::LinkLoop);
            }
            let node = &self.nodes[symlink as usize];
            if let Some(doubt) = node.doubt.filter(|doubt| *doubt != Doubt::HardLink)
                && resolved.unsure.is_none()
            {
                resolved.unsure = Some(Doubtful {
                    path: here.clone(),
                    layer: node.layer,
                    doubt,
                });
            }
            resolved.through.push(here);
            let target = self.slice(node.link);
            if target.starts_with(b"/") {
                resolved.path = TreePath::root();
                at = Some(TOP);
            }
            rest = [target, b"/", &rest].concat();
        }
        Ok(resolved)
    }
}
