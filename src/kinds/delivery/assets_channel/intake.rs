use std::collections::{BTreeMap, BTreeSet};

use super::asset_tree::{Asset, AssetTree};
use super::codes::{ASSETS_LIMIT, ASSETS_UNSAFE};
use super::plan::AssetLimits;
use crate::gate::Obstacle;
use crate::tree::{PathError, TreePath};

/// Takes in what is delivered, as long as each name is safe and none of the limits is passed.
#[derive(Debug)]
pub struct Intake {
    limits: AssetLimits,
    entries: u32,
    /// Names of files that were told, received or not.
    names: BTreeSet<TreePath>,
    /// Folders that were told, or that files stand in.
    folders: BTreeSet<TreePath>,
    /// Bytes that were told, of files that were not received.
    announced: u64,
    received: u64,
    files: BTreeMap<TreePath, Asset>,
}

/// How much of a name messages show, in characters.
const SHOWN: usize = 200;

impl Intake {
    pub fn new(limits: AssetLimits) -> Self {
        Self {
            limits,
            entries: 0,
            names: BTreeSet::new(),
            folders: BTreeSet::new(),
            announced: 0,
            received: 0,
            files: BTreeMap::new(),
        }
    }

    /// A folder of this name is there.
    ///
    /// # Errors
    /// When the name is not safe, or it is one too many.
    pub fn folder(&mut self, raw: &[u8]) -> Result<(), Obstacle> {
        let path = self.entry(raw)?;
        self.stands_in(raw, Some(path))
    }

    /// A file of this name is there, of so many bytes as far as that is told.
    ///
    /// # Errors
    /// When the name is not safe or was there before, and when it is too much.
    pub fn file(&mut self, raw: &[u8], size: Option<u64>) -> Result<TreePath, Obstacle> {
        let path = self.entry(raw)?;
        if path.is_root() {
            return Err(not_safe(raw, "is the folder itself, and no folder"));
        }
        if self.folders.contains(&path) {
            return Err(not_safe(raw, "is a file here, and a folder elsewhere"));
        }
        self.stands_in(raw, path.parent())?;
        if !self.names.insert(path.clone()) {
            return Err(not_safe(raw, "is there twice"));
        }
        if let Some(size) = size {
            self.announced = self.announced.saturating_add(size);
            self.check(&path, size)?;
        }
        Ok(path)
    }

    /// The content of a file that was told before.
    ///
    /// # Errors
    /// When it is too much.
    pub fn put(
        &mut self,
        path: TreePath,
        bytes: Vec<u8>,
        executable: bool,
    ) -> Result<(), Obstacle> {
        let size = bytes.len() as u64;
        self.received = self.received.saturating_add(size);
        self.check(&path, size)?;
        self.files.insert(path, Asset::new(bytes, executable));
        Ok(())
    }

    /// All files that were received. `label` is what messages call them.
    pub fn finish(self, label: &str) -> AssetTree {
        AssetTree::new(label, self.files)
    }

    fn entry(&mut self, raw: &[u8]) -> Result<TreePath, Obstacle> {
        self.entries = self.entries.saturating_add(1);
        if self.entries > self.limits.entries {
            let most = self.limits.entries;
            return Err(too_much(format!(
                "entry `{}` is one more than the {most} that the gate allows",
                shown(raw)
            )));
        }
        if raw.contains(&b'\\') {
            return Err(not_safe(
                raw,
                "has a backslash, which some systems read as a folder's end",
            ));
        }
        TreePath::new(raw).map_err(|error| {
            not_safe(
                raw,
                match error {
                    PathError::Absolute(_) => "is an absolute path",
                    PathError::Parent(_) => "leads out of the delivery with `..`",
                    PathError::Nul(_) => "has a NUL byte",
                },
            )
        })
    }

    /// All folders above something, the nearest given.
    fn stands_in(&mut self, raw: &[u8], folder: Option<TreePath>) -> Result<(), Obstacle> {
        let mut next = folder;
        while let Some(folder) = next.filter(|folder| !folder.is_root()) {
            if self.names.contains(&folder) {
                return Err(not_safe(raw, "stands in something that is no folder"));
            }
            next = folder.parent();
            if !self.folders.insert(folder) {
                break;
            }
        }
        Ok(())
    }

    fn check(&self, path: &TreePath, size: u64) -> Result<(), Obstacle> {
        let AssetLimits { file, total, .. } = self.limits;
        if size > file {
            return Err(too_much(format!(
                "{path} has {size} bytes, and the gate allows {file} a file"
            )));
        }
        let all = self.announced.max(self.received);
        if all > total {
            return Err(too_much(format!(
                "{path} makes {all} bytes of all files, and the gate allows {total}"
            )));
        }
        Ok(())
    }
}

pub(super) fn not_safe(raw: &[u8], why: &str) -> Obstacle {
    Obstacle::refused(&ASSETS_UNSAFE, format!("entry `{}` {why}", shown(raw)))
}

pub(super) fn too_much(message: String) -> Obstacle {
    Obstacle::refused(&ASSETS_LIMIT, message)
}

/// A name that a server made up, fit for a terminal.
pub(super) fn shown(raw: &[u8]) -> String {
    let text = String::from_utf8_lossy(raw);
    let mut shown: String = text
        .chars()
        .take(SHOWN)
        .flat_map(char::escape_debug)
        .collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn intake() -> Intake {
        Intake::new(AssetLimits {
            file: 4,
            total: 6,
            entries: 5,
        })
    }

    fn code(result: Result<TreePath, Obstacle>) -> Result<String, &'static str> {
        result
            .map(|path| path.to_string())
            .map_err(|obstacle| obstacle.code.name)
    }

    #[test]
    fn names_that_lead_elsewhere_are_not_taken_in() {
        for raw in [
            "/a", "../a", "a/../b", "a/..", "a\\b", "a\0b", "", ".", "./",
        ] {
            let taken = intake().file(raw.as_bytes(), None);
            assert_eq!(code(taken), Err("assets-unsafe-entry"), "{raw:?}");
        }
        assert_eq!(code(intake().file(b"./a/b", None)), Ok("a/b".to_owned()));
    }

    #[test]
    fn a_name_is_there_once_and_is_one_thing() {
        for (first, second) in [("a", "a"), ("a", "./a"), ("a", "a/b"), ("a/b", "a")] {
            let mut intake = intake();
            intake.file(first.as_bytes(), None).expect("the first");
            let taken = intake.file(second.as_bytes(), None);
            assert_eq!(code(taken), Err("assets-unsafe-entry"), "{first} {second}");
        }
        let mut intake = intake();
        intake.folder(b"a/").expect("a folder");
        intake.folder(b"a").expect("the same folder");
        assert!(intake.file(b"a", None).is_err());
    }

    #[test]
    fn each_limit_holds_for_what_is_told_and_for_what_comes() {
        assert_eq!(code(intake().file(b"a", Some(5))), Err("assets-limit"));
        let mut told = intake();
        told.file(b"a", Some(4)).expect("as much as there may be");
        assert_eq!(code(told.file(b"b", Some(3))), Err("assets-limit"));
        let mut come = intake();
        let a = come.file(b"a", Some(1)).expect("a name");
        assert!(come.put(a, vec![0; 5], false).is_err());
        let mut many = intake();
        for name in ["a", "b", "c", "d", "e"] {
            many.file(name.as_bytes(), None)
                .expect("as many as there may be");
        }
        assert_eq!(code(many.file(b"f", None)), Err("assets-limit"));
    }
}
