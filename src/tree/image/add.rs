use bstr::BString;

use super::node::{NOWHERE, Node, TOP};
use super::{Content, Doubt, ImageFiles, LayerSummary, Member, MemberKind, TarError, TarProblem};
use crate::tree::{NodeKind, TreePath};

/// The prefix of names that take something away from the layers below.
pub(super) const WHITEOUT: &[u8] = b".wh.";
/// The name that takes away all that the layers below have in its folder.
pub(super) const OPAQUE: &[u8] = b".wh..wh..opq";
/// What the file system AUFS kept for itself begins so.
const META: &[u8] = b".wh..wh.";

/// How many symlinks one path may lead through, as on Linux.
pub(super) const HOPS: u8 = 40;

impl ImageFiles {
    /// Lays a layer over those before. Layers are counted from 0 and must come in order.
    ///
    /// # Errors
    /// What is wrong with an entry of it.
    pub fn add(&mut self, layer: u16, summary: LayerSummary) -> Result<(), TarError> {
        self.layer = layer;
        // A layer takes away from those below it and from nothing of its own, wherever in the archive it says so.
        for member in summary.entries() {
            if is_whiteout(&member) {
                self.whiteout(member.path)
                    .map_err(|problem| problem.of(member.path))?;
            }
        }
        for (number, member) in summary.entries().enumerate() {
            let entry = u32::try_from(number).unwrap_or(u32::MAX);
            let done = if is_whiteout(&member) {
                self.late_whiteout(member.path)
            } else {
                self.put(&member, Content { layer, entry })
            };
            done.map_err(|problem| problem.of(member.path))?;
        }
        self.learn(layer, summary);
        Ok(())
    }

    fn whiteout(&mut self, path: &[u8]) -> Result<(), TarProblem> {
        let (folder, name) = split(path);
        let opaque = name == OPAQUE;
        let target = &name[WHITEOUT.len()..];
        if matches!(target, b"" | b"." | b"..") {
            return Err(TarProblem::EmptyWhiteout);
        }
        if !opaque && is_meta(name) {
            return Ok(());
        }
        let Some((folder, crossed)) = self.descend(TOP, folder, false, 0)? else {
            return Ok(());
        };
        if crossed {
            self.nodes[folder as usize].doubt = Some(Doubt::ThroughLink);
            self.emptied
                .insert(folder, (self.layer, Doubt::ThroughLink));
        }
        if opaque {
            let children: Vec<_> = self.children_of(folder).collect();
            for child in children {
                self.remove(child);
            }
        } else if let Some(child) = self.child(folder, target) {
            self.remove(child);
        }
        Ok(())
    }

    /// Takes a node away, and remembers who did.
    fn remove(&mut self, node: u32) {
        self.detach(node);
        let layer = self.layer;
        let removed = &mut self.nodes[node as usize];
        removed.removed_by = Some(layer);
        let parent = removed.parent;
        self.removed.entry(parent).or_default().push(node);
    }

    fn put(&mut self, member: &Member<'_>, content: Content) -> Result<(), TarProblem> {
        if member.path.is_empty() {
            if member.kind != MemberKind::Folder {
                return Err(TarProblem::Root);
            }
            self.touch(TOP, member);
            return Ok(());
        }
        let (folder, name) = split(member.path);
        let Some((parent, crossed)) = self.descend(TOP, folder, true, 0)? else {
            return Err(TarProblem::NotAFolder);
        };
        // Before something of the same name is taken away: it may be a link to that.
        let mut node = self.node(member, content)?;
        if let Some(old) = self.child(parent, name) {
            let standing = &self.nodes[old as usize];
            if standing.kind == NodeKind::Dir && member.kind == MemberKind::Folder {
                self.touch(old, member);
                if crossed {
                    self.nodes[old as usize].doubt = Some(Doubt::ThroughLink);
                }
                return Ok(());
            }
            if standing.layer == self.layer {
                return Err(TarProblem::Duplicate);
            }
            if standing.kind == NodeKind::Dir {
                self.remove(old);
            } else {
                self.detach(old);
            }
        }
        node.parent = parent;
        node.doubt = crossed.then_some(Doubt::ThroughLink);
        self.insert(node, name)?;
        Ok(())
    }

    /// A folder is there already, and this layer says anew whose it is.
    fn touch(&mut self, folder: u32, member: &Member<'_>) {
        let layer = self.layer;
        let folder = &mut self.nodes[folder as usize];
        folder.mode = member.mode;
        folder.uid = member.uid;
        folder.gid = member.gid;
        folder.layer = layer;
    }

    fn node(&mut self, member: &Member<'_>, content: Content) -> Result<Node, TarProblem> {
        let kind = match member.kind {
            MemberKind::HardLink => return self.linked(member),
            MemberKind::File => NodeKind::File,
            MemberKind::Folder => NodeKind::Dir,
            MemberKind::Symlink => NodeKind::Symlink,
            MemberKind::Special => NodeKind::Special,
        };
        let mut node = Node::folder(NOWHERE, self.layer);
        node.kind = kind;
        node.mode = member.mode;
        node.uid = member.uid;
        node.gid = member.gid;
        node.size = member.size;
        node.content = content;
        if kind == NodeKind::Symlink {
            node.link = self.write(member.link)?;
        }
        Ok(node)
    }

    /// Another name of what is there: it keeps what it is when the other name is replaced.
    fn linked(&mut self, member: &Member<'_>) -> Result<Node, TarProblem> {
        let target = member.link;
        let nowhere = || TarProblem::HardLinkNowhere(BString::from(target));
        // A leading slash is the image's own root, as for whoever unpacks it.
        let start = target.iter().position(|byte| *byte != b'/');
        let path = TreePath::new(&target[start.unwrap_or(target.len())..])?;
        let (folder, name) = split(path.as_bytes());
        let (parent, _) = self.descend(TOP, folder, false, 0)?.ok_or_else(nowhere)?;
        let found = self.child(parent, name).ok_or_else(nowhere)?;
        let mut node = self.nodes[found as usize].clone();
        if node.kind == NodeKind::Dir {
            return Err(TarProblem::HardLinkToFolder(target.into()));
        }
        if (member.mode, member.uid, member.gid) != (node.mode, node.uid, node.gid) {
            self.contested.insert(node.content, self.layer);
        }
        node.layer = self.layer;
        node.first = NOWHERE;
        node.next = NOWHERE;
        node.before = NOWHERE;
        Ok(node)
    }

    fn insert(&mut self, mut node: Node, name: &[u8]) -> Result<u32, TarProblem> {
        // The root is one of them.
        let number = u32::try_from(self.nodes.len()).unwrap_or(NOWHERE);
        if number > self.limits.entries {
            return Err(TarProblem::TooManyEntries(self.limits.entries));
        }
        node.name = self.write(name)?;
        self.nodes.push(node);
        self.attach(number);
        Ok(number)
    }

    fn write(&mut self, text: &[u8]) -> Result<(u32, u32), TarProblem> {
        let from = self.text.len();
        if from + text.len() > self.limits.names() {
            return Err(TarProblem::NamesTooLong(self.limits.names()));
        }
        self.text.extend_from_slice(text);
        let short = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        Ok((short(from), short(text.len())))
    }

    /// The folder at a path below `start`, symlinks followed inside of the image, and whether one
    /// of a layer below was among them. With `make` it comes into being with all above it.
    pub(super) fn descend(
        &mut self,
        start: u32,
        path: &[u8],
        make: bool,
        hops: u8,
    ) -> Result<Option<(u32, bool)>, TarProblem> {
        let mut at = start;
        let mut rest = path;
        while !rest.is_empty() {
            let (part, after) = first(rest);
            rest = after;
            match part {
                b"" | b"." => continue,
                b".." if at == TOP => return Err(TarProblem::LinkOutside),
                b".." => {
                    at = self.nodes[at as usize].parent;
                    continue;
                }
                _ => {}
            }
            let next = match self.child(at, part) {
                Some(next) => next,
                None if make => self.insert(Node::folder(at, self.layer), part)?,
                None => return Ok(None),
            };
            let Node {
                kind, layer, link, ..
            } = self.nodes[next as usize];
            match kind {
                NodeKind::Dir => at = next,
                NodeKind::Symlink => {
                    if hops >= HOPS {
                        return Err(TarProblem::LinkLoop);
                    }
                    let crosses = layer != self.layer;
                    if crosses {
                        self.nodes[next as usize].doubt = Some(Doubt::ThroughLink);
                    }
                    let whole = [self.slice(link), b"/", rest].concat();
                    let from = if whole.starts_with(b"/") { TOP } else { at };
                    let found = self.descend(from, &whole, make, hops + 1)?;
                    return Ok(found.map(|(node, crossed)| (node, crossed || crosses)));
                }
                _ if !make => return Ok(None),
                _ if layer == self.layer => return Err(TarProblem::NotAFolder),
                // A folder takes the place of a file of a layer below.
                _ => {
                    self.detach(next);
                    at = self.insert(Node::folder(at, self.layer), part)?;
                }
            }
        }
        Ok(Some((at, false)))
    }
}

fn is_whiteout(member: &Member<'_>) -> bool {
    split(member.path).1.starts_with(WHITEOUT)
}

/// Whether a name is one that AUFS kept for itself.
pub(super) fn is_meta(name: &[u8]) -> bool {
    name.starts_with(META)
}

/// The folder and the name of a clean path.
pub(super) fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|byte| *byte == b'/') {
        Some(slash) => (&path[..slash], &path[slash + 1..]),
        None => (b"", path),
    }
}

/// The first part of a path, and the rest.
pub(super) fn first(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().position(|byte| *byte == b'/') {
        Some(slash) => (&path[..slash], &path[slash + 1..]),
        None => (path, b""),
    }
}
