use std::collections::HashMap;

use bstr::ByteSlice;

use crate::tree::TreePath;
use crate::tree::image::{Member, MemberKind, TarProblem};

/// How many members an archive of an image may have: a few a layer.
const MOST: usize = 20_000;

/// The members of the archive that an image is saved in, by their paths. Layers that are alike are
/// links to one another in older archives.
#[derive(Debug, Clone)]
pub(super) struct Members<T> {
    files: HashMap<TreePath, Place<T>>,
}

#[derive(Debug, Clone)]
enum Place<T> {
    Here(T),
    Link(TreePath),
}

impl<T> Default for Members<T> {
    fn default() -> Self {
        Self {
            files: HashMap::new(),
        }
    }
}

impl<T> Members<T> {
    /// Takes a member; its path where it is a file, whose content is then to be added with `set`.
    pub(super) fn admit(&mut self, member: &Member<'_>) -> Result<Option<TreePath>, TarProblem> {
        if self.files.len() >= MOST {
            return Err(TarProblem::TooManyEntries(20_000));
        }
        let path = TreePath::new(member.path)?;
        // Who unpacks the archive takes one of the two, and who reads it in order the other.
        if member.kind != MemberKind::Folder && self.files.contains_key(&path) {
            return Err(TarProblem::Duplicate);
        }
        let link = match member.kind {
            MemberKind::File => return Ok(Some(path)),
            MemberKind::Symlink => beside(&path, member.link).ok_or(TarProblem::LinkOutside)?,
            MemberKind::HardLink => TreePath::new(member.link)?,
            MemberKind::Folder | MemberKind::Special => return Ok(None),
        };
        self.files.insert(path, Place::Link(link));
        Ok(None)
    }

    pub(super) fn set(&mut self, path: TreePath, value: T) {
        self.files.insert(path, Place::Here(value));
    }

    /// The path of the file that a name stands for, links followed.
    pub(super) fn file(&self, name: &str) -> Option<&TreePath> {
        let mut path = TreePath::new(name).ok()?;
        for _ in 0..8 {
            let (known, place) = self.files.get_key_value(&path)?;
            match place {
                Place::Here(_) => return Some(known),
                Place::Link(to) => path = to.clone(),
            }
        }
        None
    }

    pub(super) fn get(&self, name: &str) -> Option<&T> {
        self.at(self.file(name)?)
    }

    /// The file at exactly this path.
    pub(super) fn at(&self, path: &TreePath) -> Option<&T> {
        match self.files.get(path)? {
            Place::Here(value) => Some(value),
            Place::Link(_) => None,
        }
    }

    /// Takes a file out; a link to it leads nowhere from then on.
    pub(super) fn take(&mut self, path: &TreePath) -> Option<T> {
        match self.files.remove(path)? {
            Place::Here(value) => Some(value),
            Place::Link(_) => None,
        }
    }
}

/// Where a symlink leads inside of the archive.
fn beside(path: &TreePath, target: &[u8]) -> Option<TreePath> {
    if target.starts_with(b"/") {
        return None;
    }
    let mut found = path.parent().unwrap_or_default();
    for part in target.split_str("/") {
        match part {
            b"" | b"." => {}
            b".." => found = found.parent()?,
            part => found = found.join(part),
        }
    }
    Some(found)
}
