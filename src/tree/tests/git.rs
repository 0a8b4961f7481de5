use proptest::prelude::*;

use super::support::{git, leaves, materialise, tree};
use crate::tree::{DirTree, GitTree, NodeKind, Tree, TreeError, TreePath};

fn object_id(hex: &str) -> gix::ObjectId {
    gix::ObjectId::from_hex(hex.as_bytes()).expect("an id")
}

#[test]
fn a_tree_that_is_not_in_the_mirror_is_an_error() {
    let dir = tempfile::tempdir().expect("a folder");
    git(dir.path(), &["init", "--quiet", "--bare"]);
    let id = object_id("0123456789012345678901234567890123456789");
    assert!(matches!(
        GitTree::open(dir.path(), id, "mirror", None),
        Err(TreeError::MissingObject { .. })
    ));
}

/// A bare repository with one file in one tree: its folder, the tree and the blob.
fn repository_of(content: &str) -> (tempfile::TempDir, gix::ObjectId, gix::ObjectId) {
    let dir = tempfile::tempdir().expect("a folder");
    git(dir.path(), &["init", "--quiet"]);
    std::fs::write(dir.path().join("f"), content).expect("a file");
    git(dir.path(), &["add", "f"]);
    let root = object_id(&git(dir.path(), &["write-tree"]));
    let blob = object_id(&git(dir.path(), &["hash-object", "f"]));
    (dir, root, blob)
}

fn loose(dir: &std::path::Path, id: gix::ObjectId) -> std::path::PathBuf {
    let hex = id.to_string();
    dir.join(".git/objects").join(&hex[..2]).join(&hex[2..])
}

#[test]
fn what_git_would_show_in_place_of_an_object_is_not_shown() {
    let (dir, root, blob) = repository_of("right");
    std::fs::write(dir.path().join("g"), "wrong").expect("a file");
    let other = git(dir.path(), &["hash-object", "-w", "g"]);
    git(dir.path(), &["replace", &blob.to_string(), &other]);
    assert_eq!(
        git(dir.path(), &["cat-file", "-p", &blob.to_string()]),
        "wrong"
    );
    let tree = GitTree::open(&dir.path().join(".git"), root, "mirror", None).expect("a tree");
    let path = TreePath::new("f").expect("a path");
    assert_eq!(tree.read(&path, 100).expect("the content"), b"right");
}

#[test]
fn an_object_that_is_not_what_its_id_says_is_an_error() {
    let (dir, root, blob) = repository_of("right");
    std::fs::write(dir.path().join("g"), "wrong").expect("a file");
    let other = object_id(&git(dir.path(), &["hash-object", "-w", "g"]));
    let planted = loose(dir.path(), blob);
    std::fs::remove_file(&planted).expect("it was there");
    std::fs::copy(loose(dir.path(), other), &planted).expect("a copy");
    let tree = GitTree::open(&dir.path().join(".git"), root, "mirror", None).expect("a tree");
    let path = TreePath::new("f").expect("a path");
    let error = tree.read(&path, 100).expect_err("it is not the object");
    assert!(
        error.to_string().contains("not what its id says"),
        "{error}"
    );
}

#[test]
fn a_submodule_has_the_commit_that_was_recorded() {
    let dir = tempfile::tempdir().expect("a folder");
    git(dir.path(), &["init", "--quiet"]);
    let commit = "1111111111111111111111111111111111111111";
    git(
        dir.path(),
        &[
            "update-index",
            "--add",
            "--cacheinfo",
            &format!("160000,{commit},sub"),
        ],
    );
    let root = object_id(&git(dir.path(), &["write-tree"]));
    let tree = GitTree::open(&dir.path().join(".git"), root, "mirror", None).expect("a tree");
    let path = TreePath::new("sub").expect("a path");
    assert_eq!(
        tree.kind(&path).expect("an answer"),
        Some(NodeKind::Submodule)
    );
    assert_eq!(
        tree.submodule(&path).expect("an answer").as_deref(),
        Some(commit)
    );
}

#[test]
fn a_huge_content_has_an_id_and_is_not_taken_into_memory() {
    let dir = tempfile::tempdir().expect("a folder");
    git(dir.path(), &["init", "--quiet"]);
    let file = std::fs::File::create(dir.path().join("huge")).expect("a file");
    file.set_len((64 << 20) + 1).expect("a sparse file");
    git(dir.path(), &["-c", "core.compression=1", "add", "huge"]);
    let root = object_id(&git(dir.path(), &["write-tree"]));
    let tree = GitTree::open(&dir.path().join(".git"), root, "mirror", None).expect("a tree");
    let path = TreePath::new("huge").expect("a path");
    assert!(!tree.facts(&path).expect("facts").is_empty());
    assert!(matches!(
        tree.open(&path).err(),
        Some(TreeError::TooLarge { .. })
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_commit_reads_like_the_folder_it_was_made_of(written in tree()) {
        let dir = tempfile::tempdir().expect("a folder");
        materialise(&written, dir.path());
        git(dir.path(), &["init", "--quiet"]);
        git(dir.path(), &["add", "--all", "--force"]);
        let root = object_id(&git(dir.path(), &["write-tree"]));
        let committed =
            GitTree::open(&dir.path().join(".git"), root, "mirror", None).expect("a tree");
        prop_assert_eq!(leaves(&committed), leaves(&DirTree::new(dir.path(), "")));
    }
}
