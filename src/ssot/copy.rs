use std::collections::BTreeSet;
use std::path::Path;

use gix::ObjectId;
use gix::objs::tree::EntryKind;
use gix::objs::{Kind, Write as _};

use super::mirror::open;

/// Repositories with more objects than this at a commit are left to git, which packs them.
const MOST_OBJECTS: usize = 2_000;
/// The same for the size of all of them together, in bytes; they are held in memory.
const MOST_BYTES: usize = 8 << 20;

/// Copies commits of a repository on this machine, with their files and without their history, into
/// the empty repository at `to`. Starting the processes of a `git fetch` would cost ten times as
/// much as a few dozen files.
///
/// Returns whether everything is there now. Where it is not, whatever the reason, `git fetch` does
/// it all again, and knows how to tell what is wrong. Every object is hashed anew on its way.
pub(super) fn copy_commits(from: &Path, to: &Path, commits: &[&str]) -> bool {
    try_copy(from, to, commits).is_some()
}

fn try_copy(from: &Path, to: &Path, commits: &[&str]) -> Option<()> {
    let (from, into) = (open(from).ok()?, open(to).ok()?);
    let (mut bytes, mut seen) = (0, BTreeSet::new());
    // Nothing is written before everything was found, so that git never meets half a commit.
    let mut found: Vec<(ObjectId, Kind, Vec<u8>)> = Vec::new();
    let mut pending: Vec<(ObjectId, Kind)> = Vec::new();
    for commit in commits {
        pending.push((ObjectId::from_hex(commit.as_bytes()).ok()?, Kind::Commit));
    }
    while let Some((id, kind)) = pending.pop() {
        if !seen.insert(id) {
            continue;
        }
        let object = from.try_find_object(id).ok()??;
        bytes += object.data.len();
        if object.kind != kind || seen.len() > MOST_OBJECTS || bytes > MOST_BYTES {
            return None;
        }
        match kind {
            Kind::Commit => {
                let mut commit = gix::objs::CommitRefIter::from_bytes(&object.data, id.kind());
                pending.push((commit.tree_id().ok()?, Kind::Tree));
            }
            Kind::Tree => {
                for entry in gix::objs::TreeRefIter::from_bytes(&object.data, id.kind()) {
                    let entry = entry.ok()?;
                    match entry.mode.kind() {
                        EntryKind::Commit => {}
                        EntryKind::Tree => pending.push((entry.oid.to_owned(), Kind::Tree)),
                        _ => pending.push((entry.oid.to_owned(), Kind::Blob)),
                    }
                }
            }
            Kind::Blob | Kind::Tag => {}
        }
        found.push((id, kind, object.detach().data));
    }
    for (id, kind, data) in found {
        if into.write_buf(kind, &data).ok()? != id {
            return None;
        }
    }
    // What is missing behind these commits is missing on purpose.
    let shallow: String = commits.iter().map(|commit| format!("{commit}\n")).collect();
    std::fs::write(to.join("shallow"), shallow).ok()
}
