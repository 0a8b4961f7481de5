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
