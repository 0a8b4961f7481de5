use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use hashbrown::HashTable;

use super::node::{NOWHERE, Node, TOP};
use super::{Doubt, ImageLimits, LayerSummary, Owned, Standing};
use crate::tree::{BlobId, NodeKind, TreePath};

/// The content of a file: the entry of a layer that brought it, both counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Content {
    pub layer: u16,
    pub entry: u32,
}

/// The files that layers leave when they are laid over each other: no contents, but what there is, whose
/// it is, and which layer brought it.
#[derive(Debug, Clone)]
pub struct ImageFiles {
    pub(super) limits: ImageLimits,
    pub(super) nodes: Vec<Node>,
    pub(super) text: Vec<u8>,
    /// Nodes by their folder and name.
    index: HashTable<u32>,
    hasher: RandomState,
    /// Nodes that a layer removed, by the folder that they were in.
    pub(super) removed: BTreeMap<u32, Vec<u32>>,
    /// Folders out of which a layer took something that not all programs take, that layer, and why.
    pub(super) emptied: HashMap<u32, (u16, Doubt)>,
    /// What hard links give other permissions or another owner than it has, and the layer of the link.
    pub(super) contested: HashMap<Content, u16>,
    ids: HashMap<Content, BlobId>,
    kept: HashMap<Content, Arc<[u8]>>,
    /// The layer that is being laid on top.
    pub(super) layer: u16,
}

impl ImageFiles {
    /// An image without layers: an empty folder.
    pub fn new(limits: ImageLimits) -> Self {
        Self {
            limits,
            nodes: vec![Node::folder(NOWHERE, 0)],
            text: Vec::new(),
            index: HashTable::new(),
            hasher: RandomState::new(),
            removed: BTreeMap::new(),
            emptied: HashMap::new(),
            contested: HashMap::new(),
            ids: HashMap::new(),
            kept: HashMap::new(),
            layer: 0,
        }
    }

    /// Takes in what a look at a layer came to know of contents.
    pub fn learn(&mut self, layer: u16, summary: LayerSummary) {
        let content = |entry| Content { layer, entry };
        let LayerSummary { ids, kept, .. } = summary;
        self.ids
            .extend(ids.into_iter().map(|(entry, id)| (content(entry), id)));
        self.kept
            .extend(kept.into_iter().map(|(entry, kept)| (content(entry), kept)));
    }

    /// What stands at a path, symlinks on the way not followed.
    pub fn at(&self, path: &TreePath) -> Option<Standing> {
        self.find(path).map(|node| self.standing(node))
    }

    /// All that stands below a path, or at it if it is no folder, sorted by path. Folders are among it where
    /// `folders` says so.
    pub fn below(&self, path: &TreePath, folders: bool) -> Vec<(TreePath, Standing)> {
        let mut found = Vec::new();
        let Some(top) = self.find(path) else {
            return found;
        };
        let mut pending = vec![(path.clone(), top)];
        while let Some((path, node)) = pending.pop() {
            let standing = self.standing(node);
            if standing.kind != NodeKind::Dir {
                found.push((path, standing));
                continue;
            }
            for child in self.children_of(node) {
                pending.push((path.join(self.name(child)), child));
            }
            if folders {
                found.push((path, standing));
            }
        }
        found.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        found
    }

    /// Every file and link that any of the layers brought, whether it is still there or not; `true` where it
    /// is. What a later layer takes away or replaces is in the layer that brought it all the same.
    pub fn ever(&self) -> impl Iterator<Item = (TreePath, Standing, bool)> {
        let nodes = 0..u32::try_from(self.nodes.len()).unwrap_or(NOWHERE);
        nodes
            .filter(|node| self.nodes[*node as usize].kind != NodeKind::Dir)
            .map(|node| {
                let path = self.path(node);
                let is_there = self.find(&path) == Some(node);
                (path, self.standing(node), is_there)
            })
    }

    /// Where a node is, or was.
    fn path(&self, node: u32) -> TreePath {
        let mut names = Vec::new();
        let mut at = node;
        while at != TOP {
            names.push(self.name(at));
            at = self.nodes[at as usize].parent;
        }
        names
            .iter()
            .rev()
            .fold(TreePath::root(), |path, name| path.join(name))
    }

    /// The contents below a path whose id is not known yet, by layer.
    pub fn unread(&self, path: &TreePath) -> BTreeMap<u16, HashSet<u32>> {
        let mut unread: BTreeMap<u16, HashSet<u32>> = BTreeMap::new();
        let mut pending: Vec<u32> = self.find(path).into_iter().collect();
        while let Some(node) = pending.pop() {
            pending.extend(self.children_of(node));
            let node = &self.nodes[node as usize];
            if node.kind == NodeKind::File && !self.ids.contains_key(&node.content) {
                let Content { layer, entry } = node.content;
                unread.entry(layer).or_default().insert(entry);
            }
        }
        unread
    }

    /// How many entries it has, folders among them.
    pub fn len(&self) -> usize {
        self.nodes.len() - 1
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The id of the content of the file at a path, and its size.
    pub fn content(&self, path: &TreePath) -> Option<(BlobId, u64)> {
        let node = &self.nodes[self.find(path)? as usize];
        Some((*self.ids.get(&node.content)?, node.size))
    }

    /// The content of the file at a path, where it was kept.
    pub fn kept(&self, path: &TreePath) -> Option<&Arc<[u8]>> {
        let node = &self.nodes[self.find(path)? as usize];
        self.kept.get(&node.content)
    }

    /// The target of the symlink at a path.
    pub fn link(&self, path: &TreePath) -> Option<&[u8]> {
        let node = &self.nodes[self.find(path)? as usize];
        (node.kind == NodeKind::Symlink).then(|| self.slice(node.link))
    }

    pub(super) fn find(&self, path: &TreePath) -> Option<u32> {
        path.parts()
            .try_fold(TOP, |at, part| self.child(at, part.as_ref()))
    }

    pub(super) fn standing(&self, node: u32) -> Standing {
        let node = &self.nodes[node as usize];
        Standing {
            kind: node.kind,
            owned: Owned {
                uid: node.uid,
                gid: node.gid,
                mode: node.mode,
            },
            layer: node.layer,
        }
    }

    pub(super) fn slice(&self, (from, length): (u32, u32)) -> &[u8] {
        let from = from as usize;
        self.text
            .get(from..from + length as usize)
            .unwrap_or_default()
    }

    pub(super) fn name(&self, node: u32) -> &[u8] {
        self.slice(self.nodes[node as usize].name)
    }

    pub(super) fn children_of(&self, node: u32) -> impl Iterator<Item = u32> {
        let start = self.nodes[node as usize].first;
        std::iter::successors(Some(start), move |at| {
            Some(self.nodes.get(*at as usize)?.next)
        })
        .take_while(|at| *at != NOWHERE)
    }

    fn hash(&self, parent: u32, name: &[u8]) -> u64 {
        self.hasher.hash_one((parent, name))
    }

    pub(super) fn child(&self, parent: u32, name: &[u8]) -> Option<u32> {
        let is_it =
            |node: &u32| self.nodes[*node as usize].parent == parent && self.name(*node) == name;
        self.index.find(self.hash(parent, name), is_it).copied()
    }

    /// Puts a new node, already in the list of all, into its folder.
    pub(super) fn attach(&mut self, node: u32) {
        let parent = self.nodes[node as usize].parent;
        let hash = self.hash(parent, self.name(node));
        let (nodes, text, hasher) = (&self.nodes, &self.text, &self.hasher);
        self.index.insert_unique(hash, node, |other| {
            let other = &nodes[*other as usize];
            let from = other.name.0 as usize;
            let name = text.get(from..from + other.name.1 as usize);
            hasher.hash_one((other.parent, name.unwrap_or_default()))
        });
        let first = self.nodes[parent as usize].first;
        self.nodes[node as usize].next = first;
        if first != NOWHERE {
            self.nodes[first as usize].before = node;
        }
        self.nodes[parent as usize].first = node;
    }

    /// Takes a node out of its folder; what is below it stays with it.
    pub(super) fn detach(&mut self, node: u32) {
        let Node {
            parent,
            next,
            before,
            ..
        } = self.nodes[node as usize];
        let hash = self.hash(parent, self.name(node));
        if let Ok(entry) = self.index.find_entry(hash, |other| *other == node) {
            entry.remove();
        }
        if before == NOWHERE {
            self.nodes[parent as usize].first = next;
        } else {
            self.nodes[before as usize].next = next;
        }
        if next != NOWHERE {
            self.nodes[next as usize].before = before;
        }
    }
}
