use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use proptest::prelude::*;

use crate::tree::{NodeKind, Tree, TreePath, walk};

/// What stands at a path, with all that makes it equal to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Leaf {
    File { bytes: Vec<u8>, executable: bool },
    Link(Vec<u8>),
}

pub(super) type Leaves = BTreeMap<String, Leaf>;

/// All leaves of a tree, read through its interface alone.
pub(super) fn leaves(tree: &dyn Tree) -> Leaves {
    walk(tree, &TreePath::root())
        .expect("a readable tree")
        .into_iter()
        .map(|(path, kind)| {
            let leaf = match kind {
                NodeKind::Symlink => Leaf::Link(tree.link(&path).expect("a link").into()),
                NodeKind::File => {
                    let bytes = tree.read(&path, 1 << 20).expect("a file");
                    let facts = tree.facts(&path).expect("facts");
                    assert_eq!(facts.id, crate::tree::BlobId::of(&bytes), "{path}");
                    assert_eq!(facts.is_empty(), bytes.is_empty(), "{path}");
                    Leaf::File {
                        bytes,
                        executable: facts.executable,
                    }
                }
                other => panic!("{path} is {}", other.noun()),
            };
            (path.to_string(), leaf)
        })
        .collect()
}

/// Writes leaves into a folder.
pub(super) fn materialise(leaves: &Leaves, dir: &Path) {
    for (path, leaf) in leaves {
        let path = dir.join(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        match leaf {
            Leaf::Link(target) => {
                use std::os::unix::ffi::OsStrExt;
                std::os::unix::fs::symlink(std::ffi::OsStr::from_bytes(target), &path)
                    .expect("a link");
            }
            Leaf::File { bytes, executable } => {
                std::fs::write(&path, bytes).expect("a file");
                let mode = if *executable { 0o755 } else { 0o644 };
                std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode))
                    .expect("a mode");
            }
        }
    }
}

pub(super) fn leaf() -> impl Strategy<Value = Leaf> {
    prop_oneof![
        4 => (prop::collection::vec(any::<u8>(), 0..20), any::<bool>())
            .prop_map(|(bytes, executable)| Leaf::File { bytes, executable }),
        1 => "[a-z./]{1,8}".prop_map(|target| Leaf::Link(target.into_bytes())),
    ]
}

/// Trees over few names, so that files, folders and changes meet each other often.
pub(super) fn tree() -> impl Strategy<Value = Leaves> {
    prop::collection::btree_map(path(), leaf(), 0..8).prop_map(|all| {
        let mut kept = Leaves::new();
        for (path, leaf) in all {
            let clashes = kept.keys().any(|other: &String| {
                path.starts_with(&format!("{other}/")) || other.starts_with(&format!("{path}/"))
            });
            if !clashes {
                kept.insert(path, leaf);
            }
        }
        kept
    })
}

pub(super) fn path() -> impl Strategy<Value = String> {
    prop::collection::vec("[ab]|ab|ä", 1..4).prop_map(|parts| parts.join("/"))
}

pub(super) fn git(dir: &Path, args: &[&str]) -> String {
    let output = Command::new("git")
        .args(args)
        .current_dir(dir)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .env("GIT_AUTHOR_NAME", "A U Thor")
        .env("GIT_AUTHOR_EMAIL", "author@example.org")
        .env("GIT_COMMITTER_NAME", "A U Thor")
        .env("GIT_COMMITTER_EMAIL", "author@example.org")
        .stdin(Stdio::null())
        .output()
        .expect("git starts");
    assert!(
        output.status.success(),
        "git {args:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
