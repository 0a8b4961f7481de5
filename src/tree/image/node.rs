use super::doubts::Doubt;
use super::files::Content;
use crate::tree::NodeKind;

/// What stands at a path of the image: 72 bytes, whatever its name.
#[derive(Debug, Clone)]
pub(super) struct Node {
    /// The folder that it is in, and its neighbours there: numbers of nodes, [`NOWHERE`] for none.
    pub parent: u32,
    pub first: u32,
    pub next: u32,
    pub before: u32,
    /// Where its name is in the text of all, and how long it is; the same for a link's target.
    pub name: (u32, u32),
    pub link: (u32, u32),
    pub kind: NodeKind,
    pub mode: u16,
    pub uid: u32,
    pub gid: u32,
    pub size: u64,
    pub content: Content,
    /// The layer that has it as it is.
    pub layer: u16,
    /// The layer that removed it.
    pub removed_by: Option<u16>,
    /// Why programs that unpack images do not agree on what is here.
    pub doubt: Option<Doubt>,
}

pub(super) const NOWHERE: u32 = u32::MAX;
pub(super) const TOP: u32 = 0;

impl Node {
    /// A folder that no layer speaks of, as programs that unpack images make it.
    pub(super) fn folder(parent: u32, layer: u16) -> Self {
        Self {
            parent,
            first: NOWHERE,
            next: NOWHERE,
            before: NOWHERE,
            name: (0, 0),
            link: (0, 0),
            kind: NodeKind::Dir,
            mode: 0o755,
            uid: 0,
            gid: 0,
            size: 0,
            content: Content::default(),
            layer,
            removed_by: None,
            doubt: None,
        }
    }
}

/// Whom a path belongs to, and its permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owned {
    pub uid: u32,
    pub gid: u32,
    /// The lowest 12 bits of the mode.
    pub mode: u16,
}

/// What stands at a path, and which layer put it there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    pub kind: NodeKind,
    pub owned: Owned,
    /// Counted from 0.
    pub layer: u16,
}
