use std::sync::Arc;

use proptest::prelude::*;

use super::support::{Leaf, Leaves, leaf, leaves, materialise, path, tree};
use crate::gate::Change;
use crate::tree::{DirTree, OverlayTree, Tree, TreePath};

fn over(base: &Leaves, changes: &[Change]) -> (tempfile::TempDir, Result<OverlayTree, String>) {
    let dir = tempfile::tempdir().expect("a folder");
    materialise(base, dir.path());
    let tree = Arc::new(DirTree::new(dir.path(), ""));
    (dir, OverlayTree::plant(tree, changes))
}

fn file(text: &str) -> Leaf {
    Leaf::File {
        bytes: text.into(),
        executable: false,
    }
}

#[test]
fn a_change_that_changes_nothing_is_refused() {
    let base = Leaves::from([("a/b".to_owned(), file("x"))]);
    for change in [
        Change::write("a/b", "x"),
        Change::remove("a/c"),
        Change::Chmod {
            path: b"a/b".to_vec(),
            executable: false,
        },
        Change::write("../out", "x"),
    ] {
        let (_dir, planted) = over(&base, std::slice::from_ref(&change));
        assert!(planted.is_err(), "{change:?}");
    }
}

#[test]
fn a_plant_is_noticed_only_by_who_looks_at_it() {
    let base = Leaves::from([("a/b".to_owned(), file("x")), ("c/d".to_owned(), file("y"))]);
    let (_dir, planted) = over(&base, &[Change::write("a/b", "z")]);
    let planted = planted.expect("a plant");
    let path = |text| TreePath::new(text).expect("a path");
    planted.facts(&path("c/d")).expect("facts");
    assert!(!planted.noticed());
    planted.facts(&path("a/b")).expect("facts");
    assert!(planted.noticed());
}

#[test]
fn a_listing_notices_a_name_that_comes_or_goes_and_no_content() {
    let base = Leaves::from([("a/b".to_owned(), file("x")), ("c/d".to_owned(), file("y"))]);
    let noticed = |change: Change, dir: &str| {
        let (_dir, planted) = over(&base, &[change]);
        let planted = planted.expect("a plant");
        planted
            .children(&TreePath::new(dir).expect("a path"))
            .expect("a listing");
        planted.noticed()
    };
    assert!(!noticed(Change::write("a/b", "z"), "a"));
    assert!(!noticed(Change::write("a/new", "z"), ""));
    assert!(!noticed(Change::remove("a/b"), "c"));
    assert!(noticed(Change::write("a/new", "z"), "a"));
    assert!(noticed(Change::write("e/new", "z"), ""));
    assert!(noticed(Change::remove("a/b"), "a"));
}

#[test]
fn a_file_whose_place_a_folder_took_does_not_come_back_with_the_folder_gone() {
    let base = Leaves::from([("a".to_owned(), file("x")), ("c".to_owned(), file("y"))]);
    let (_dir, planted) = over(&base, &[Change::write("a/b", "z"), Change::remove("a/b")]);
    let expected = Leaves::from([("c".to_owned(), file("y"))]);
    assert_eq!(leaves(&planted.expect("a plant")), expected);
}

#[test]
fn a_planted_file_gives_way_to_a_folder() {
    let base = Leaves::from([("c".to_owned(), file("y"))]);
    let (_dir, planted) = over(&base, &[Change::write("a", "x"), Change::write("a/b", "z")]);
    let expected = Leaves::from([("a/b".to_owned(), file("z")), ("c".to_owned(), file("y"))]);
    assert_eq!(leaves(&planted.expect("a plant")), expected);
}

#[test]
fn a_vanished_tree_answers_nothing() {
    let base = Leaves::from([("a".to_owned(), file("x"))]);
    let (_dir, planted) = over(&base, &[Change::Vanish]);
    let planted = planted.expect("a plant");
    assert!(planted.kind(&TreePath::root()).is_err());
    assert!(planted.children(&TreePath::root()).is_err());
    assert!(planted.noticed());
}

/// What a change does to plain leaves.
fn apply(leaves: &mut Leaves, path: &str, leaf: Option<Leaf>) {
    leaves.retain(|other, _| other != path && !other.starts_with(&format!("{path}/")));
    if let Some(leaf) = leaf {
        // A new file takes the place of files that stand where its folders must be.
        leaves.retain(|other, _| !path.starts_with(&format!("{other}/")));
        leaves.insert(path.to_owned(), leaf);
    }
}

fn change(path: &str, leaf: Option<&Leaf>) -> Change {
    match leaf {
        None => Change::remove(path),
        Some(Leaf::Link(target)) => Change::Symlink {
            path: path.into(),
            target: target.clone(),
        },
        Some(Leaf::File { bytes, executable }) => Change::Write {
            path: path.into(),
            bytes: bytes.clone(),
            executable: *executable,
        },
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn an_overlay_reads_like_the_folder_with_the_changes_made(
        base in tree(),
        wanted in prop::collection::vec((path(), prop::option::of(leaf())), 1..4),
    ) {
        let mut expected = base.clone();
        let mut changes = Vec::new();
        for (path, leaf) in &wanted {
            let before = expected.clone();
            let is_folder = expected.keys().any(|other| other.starts_with(&format!("{path}/")));
            apply(&mut expected, path, leaf.clone());
            // Removing what is not there, or writing what is, is refused by design.
            if expected == before || (leaf.is_none() && !before.contains_key(path) && !is_folder) {
                expected = before;
                continue;
            }
            changes.push(change(path, leaf.as_ref()));
        }
        let (_dir, planted) = over(&base, &changes);
        let planted = planted.expect("a plant");
        prop_assert_eq!(leaves(&planted), expected);
    }
}
