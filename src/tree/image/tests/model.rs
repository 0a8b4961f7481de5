//! A stack of random layers gives what the plainest possible model of it gives.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::support::{Layer, image_of};
use crate::tree::{BlobId, NodeKind, TreePath};

#[derive(Debug, Clone, PartialEq, Eq)]
enum Thing {
    Folder,
    File(String),
    Link(String),
}

/// Paths and what stands there, with the layer that brought it.
type Tree = BTreeMap<String, (Thing, u16)>;

#[derive(Debug, Clone)]
enum Op {
    File(String, String),
    Folder(String),
    Link(String, String),
    HardLink(String, String),
    Whiteout(String),
    Opaque(String),
}

fn name() -> impl Strategy<Value = String> {
    "[abc](/[abc]){0,2}"
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => (name(), "[xyz]{0,3}").prop_map(|(path, text)| Op::File(path, text)),
        2 => name().prop_map(Op::Folder),
        1 => (name(), name()).prop_map(|(path, to)| Op::Link(path, to)),
        2 => (name(), name()).prop_map(|(path, to)| Op::HardLink(path, to)),
        2 => name().prop_map(Op::Whiteout),
        1 => name().prop_map(Op::Opaque),
    ]
}

fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder)
        .is_some_and(|rest| rest.starts_with('/'))
}

fn parents(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| &path[..at])
}

/// Takes a path away with all that is below it.
fn remove(tree: &mut Tree, path: &str) {
    tree.retain(|other, _| other != path && !is_below(other, path));
}

/// Adds an entry, or says that this model has no opinion on it: it leads through a symlink, or an
/// honest layer would not have it.
fn put(tree: &mut Tree, own: &mut BTreeSet<String>, layer: u16, path: &str, thing: Thing) -> bool {
    for parent in parents(path) {
        match tree.get(parent) {
            Some((Thing::Link(_), _)) => return false,
            Some((Thing::File(_), by)) if *by == layer => return false,
            _ => {}
        }
    }
    let is_folder = thing == Thing::Folder;
    let was_folder = matches!(tree.get(path), Some((Thing::Folder, _)));
    if own.contains(path) && !(is_folder && was_folder) {
        return false;
    }
    for parent in parents(path) {
        if !matches!(tree.get(parent), Some((Thing::Folder, _))) {
            remove(tree, parent);
            tree.insert(parent.to_owned(), (Thing::Folder, layer));
            own.insert(parent.to_owned());
        }
    }
    if !(is_folder && was_folder) {
        remove(tree, path);
    }
    tree.insert(path.to_owned(), (thing, layer));
    own.insert(path.to_owned());
    true
}

/// What programs need not agree on.
#[derive(Default)]
struct Doubts {
    /// Something stands where a later whiteout of the same layer takes it away.
    late: bool,
    /// A whiteout leads through a symlink of its own layer, perhaps to nowhere.
    led: bool,
}

/// Lays a layer over the tree, and writes it.
fn add(tree: &mut Tree, layer: u16, ops: &[Op], doubts: &mut Doubts) -> Vec<u8> {
    // What a whiteout leads through is not for this model either.
    let through_link = |tree: &Tree, path: &str| {
        parents(path).any(|parent| matches!(tree.get(parent), Some((Thing::Link(_), _))))
    };
    let is_folder = |tree: &Tree, path: &str| matches!(tree.get(path), Some((Thing::Folder, _)));
    let below = tree.clone();
    for op in ops {
        match op {
            Op::Whiteout(path) if !through_link(&below, path) => remove(tree, path),
            Op::Opaque(path) if !through_link(&below, path) && is_folder(&below, path) => {
                tree.retain(|other, _| !is_below(other, path));
            }
            _ => {}
        }
    }
    let mut own = BTreeSet::new();
    let mut written = Layer::new();
    for op in ops {
        written = match op {
            Op::Whiteout(path) if !through_link(&below, path) => {
                doubts.late |= tree.contains_key(path);
                doubts.led |= through_link(tree, path);
                let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
                written.file(format!("{folder}/.wh.{name}").trim_start_matches('/'), "")
            }
            Op::Opaque(path) if !through_link(&below, path) && is_folder(&below, path) => {
                written.file(&format!("{path}/.wh..wh..opq"), "")
            }
            Op::Whiteout(_) | Op::Opaque(_) => written,
            Op::File(path, text) => {
                let thing = Thing::File(text.clone());
                match put(tree, &mut own, layer, path, thing) {
                    true => written.file(path, text),
                    false => written,
                }
            }
            Op::Folder(path) => match put(tree, &mut own, layer, path, Thing::Folder) {
                true => written.folder(&format!("./{path}/")),
                false => written,
            },
            Op::Link(path, to) => {
                let thing = Thing::Link(to.clone());
                match put(tree, &mut own, layer, path, thing) {
                    true => written.symlink(path, to),
                    false => written,
                }
            }
            Op::HardLink(path, to) => {
                let target = (!through_link(tree, to))
                    .then(|| tree.get(to).cloned())
                    .flatten();
                match target {
                    Some((thing, _)) if thing != Thing::Folder && !is_below(path, to) => {
                        match put(tree, &mut own, layer, path, thing) {
                            true => written.hard_link(path, to),
                            false => written,
                        }
                    }
                    _ => written,
                }
            }
        };
    }
    written.bytes()
}

proptest! {
    #[test]
    fn random_layers_give_what_the_model_gives(
        stack in prop::collection::vec(prop::collection::vec(op(), 0..12), 1..6),
    ) {
        let (mut tree, mut doubts) = (Tree::new(), Doubts::default());
        let layers: Vec<_> = stack
            .iter()
            .enumerate()
            .map(|(number, ops)| add(&mut tree, u16::try_from(number).expect("few"), ops, &mut doubts))
            .collect();
        let files = match image_of(&layers) {
            Err(_) if doubts.led => return Ok(()),
            found => found.map_err(|error| TestCaseError::fail(error.to_string()))?,
        };
        let found = files.below(&TreePath::root(), true);
        let mut seen = BTreeMap::new();
        for (path, standing) in &found {
            if path.is_root() {
                continue;
            }
            let thing = match standing.kind {
                NodeKind::Dir => Thing::Folder,
                NodeKind::File => {
                    let kept = files.kept(path).expect("kept");
                    let (id, size) = files.content(path).expect("an id");
                    prop_assert_eq!((id, size), (BlobId::of(kept), kept.len() as u64));
                    Thing::File(String::from_utf8_lossy(kept).into_owned())
                }
                _ => Thing::Link(String::from_utf8_lossy(files.link(path).expect("a link")).into_owned()),
            };
            seen.insert(path.to_string(), (thing, standing.layer));
        }
        prop_assert_eq!(seen, tree);
        if !doubts.late && !doubts.led {
            prop_assert_eq!(files.doubtful(&TreePath::root()), None);
        }
    }
}
