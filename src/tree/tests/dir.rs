use std::os::unix::fs::PermissionsExt;

use proptest::prelude::*;

use super::support::{leaves, materialise, tree};
use crate::tree::{DirTree, NodeKind, Tree, TreeError, TreePath};

fn path(text: &str) -> TreePath {
    TreePath::new(text).expect("a path")
}

#[test]
fn a_symlinked_folder_is_a_leaf_and_nothing_stands_below_it() {
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(dir.path().join("real")).expect("a folder");
    std::fs::write(dir.path().join("real/file"), "x").expect("a file");
    std::os::unix::fs::symlink("real", dir.path().join("alias")).expect("a link");
    std::os::unix::fs::symlink("/etc", dir.path().join("outside")).expect("a link");
    let tree = DirTree::new(dir.path(), "");
    assert_eq!(
        tree.kind(&path("alias")).expect("an answer"),
        Some(NodeKind::Symlink)
    );
    assert_eq!(tree.kind(&path("alias/file")).expect("an answer"), None);
    assert_eq!(tree.kind(&path("outside/passwd")).expect("an answer"), None);
    assert!(tree.open(&path("alias/file")).is_err());
    assert!(tree.children(&path("alias")).expect("an answer").is_empty());
}

#[test]
fn the_repositorys_own_git_folder_is_left_out_and_a_nested_one_is_a_submodule() {
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::create_dir_all(dir.path().join(".git/objects")).expect("a folder");
    std::fs::create_dir_all(dir.path().join("nested/.git")).expect("a folder");
    let tree = DirTree::new(dir.path(), "");
    let children = tree.children(&TreePath::root()).expect("a listing");
    assert_eq!(children.len(), 1);
    assert_eq!(children[0].kind, NodeKind::Submodule);
}

#[test]
fn a_pipe_is_special_and_opening_it_does_not_hang() {
    let dir = tempfile::tempdir().expect("a folder");
    std::process::Command::new("mkfifo")
        .arg(dir.path().join("pipe"))
        .status()
        .expect("mkfifo runs");
    let tree = DirTree::new(dir.path(), "");
    assert_eq!(
        tree.kind(&path("pipe")).expect("an answer"),
        Some(NodeKind::Special)
    );
    assert!(matches!(
        tree.facts(&path("pipe")),
        Err(TreeError::WrongType { .. })
    ));
}

#[test]
fn a_file_over_the_limit_is_refused_and_not_swallowed() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = std::fs::File::create(dir.path().join("huge")).expect("a file");
    file.set_len(2 << 30).expect("a sparse file");
    let tree = DirTree::new(dir.path(), "");
    assert!(matches!(
        tree.read(&path("huge"), 1 << 20),
        Err(TreeError::TooLarge { limit, .. }) if limit == 1 << 20
    ));
}

#[test]
fn only_the_owners_bit_makes_a_file_executable() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("file");
    std::fs::write(&file, "x").expect("a file");
    for (mode, executable) in [(0o644, false), (0o655, false), (0o744, true)] {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).expect("a mode");
        let tree = DirTree::new(dir.path(), "");
        assert_eq!(
            tree.facts(&path("file")).expect("facts").executable,
            executable,
            "{mode:o}"
        );
    }
}

#[test]
fn a_missing_root_is_absent_and_not_empty() {
    let dir = tempfile::tempdir().expect("a folder");
    let tree = DirTree::new(dir.path().join("gone"), "");
    assert_eq!(tree.kind(&TreePath::root()).expect("an answer"), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_was_written_is_read_back(written in tree()) {
        let dir = tempfile::tempdir().expect("a folder");
        materialise(&written, dir.path());
        prop_assert_eq!(leaves(&DirTree::new(dir.path(), "")), written);
    }
}

#[test]
fn a_file_is_hashed_once_and_stays_as_it_was_first_seen() {
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::write(dir.path().join("a"), "before").expect("written");
    let tree = DirTree::new(dir.path(), "");
    let before = tree.facts(&path("a")).expect("facts");
    std::fs::write(dir.path().join("a"), "after!").expect("written");
    assert_eq!(tree.facts(&path("a")).expect("facts"), before);
    let again = DirTree::new(dir.path(), "");
    assert_ne!(again.facts(&path("a")).expect("facts"), before);
}
