use std::collections::{BTreeMap, BTreeSet};

use gix::ObjectId;
use gix::bstr::{BString, ByteSlice};
use gix::objs::tree::EntryMode;

/// The paths that a change touches, relative to the root, sorted. A file that was moved has two. What is not
/// committed is not among them: no forge has seen it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChangedPaths {
    /// Between the commit where the change begins and the head.
    pub of_change: Vec<String>,
    /// Between the tip of what the change is proposed to and the head: what came there since counts as well.
    pub from_tip: Vec<String>,
}

type Entries = BTreeMap<BString, (EntryMode, ObjectId)>;

/// The paths that differ between two trees.
///
/// # Errors
/// When a tree cannot be read.
pub(super) fn between(
    repository: &gix::Repository,
    from: ObjectId,
    to: ObjectId,
) -> Result<Vec<String>, String> {
    let mut changed = BTreeSet::new();
    let mut open = vec![(BString::default(), Some(from), Some(to))];
    while let Some((folder, from, to)) = open.pop() {
        if from == to {
            continue;
        }
        let (before, after) = (entries(repository, from)?, entries(repository, to)?);
        let names: BTreeSet<&BString> = before.keys().chain(after.keys()).collect();
        for name in names {
            let (old, new) = (before.get(name), after.get(name));
            if old == new {
                continue;
            }
            let mut path = folder.clone();
            if !path.is_empty() {
                path.push(b'/');
            }
            path.extend_from_slice(name);
            let tree = |entry: Option<&(EntryMode, ObjectId)>| {
                entry.filter(|(mode, _)| mode.is_tree()).map(|(_, id)| *id)
            };
            let is_file = |entry: Option<&(EntryMode, ObjectId)>| {
                entry.is_some_and(|(mode, _)| !mode.is_tree())
            };
            if is_file(old) || is_file(new) {
                changed.insert(path.to_str_lossy().into_owned());
            }
            if tree(old).is_some() || tree(new).is_some() {
                open.push((path, tree(old), tree(new)));
            }
        }
    }
    Ok(changed.into_iter().collect())
}

fn entries(repository: &gix::Repository, id: Option<ObjectId>) -> Result<Entries, String> {
    let Some(id) = id else {
        return Ok(Entries::new());
    };
    let failed = |error: &dyn std::fmt::Display| format!("failed to read the tree {id}: {error}");
    let tree = repository.find_tree(id).map_err(|error| failed(&error))?;
    let decoded = tree.decode().map_err(|error| failed(&error))?;
    Ok(decoded
        .entries
        .iter()
        .map(|entry| {
            (
                entry.filename.to_owned(),
                (entry.mode, entry.oid.to_owned()),
            )
        })
        .collect())
}
