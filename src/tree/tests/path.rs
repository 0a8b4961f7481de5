use proptest::prelude::*;

use crate::tree::{PathError, TreePath};

fn path(text: &str) -> TreePath {
    TreePath::new(text).expect("a path")
}

#[test]
fn dots_and_doubled_slashes_are_dropped() {
    assert_eq!(path("./a//b/./c/"), path("a/b/c"));
    assert!(path(".").is_root());
    assert!(path("").is_root());
}

#[test]
fn paths_that_leave_the_tree_are_refused() {
    assert!(matches!(
        TreePath::new("/etc/passwd"),
        Err(PathError::Absolute(_))
    ));
    assert!(matches!(
        TreePath::new("a/../../b"),
        Err(PathError::Parent(_))
    ));
    assert!(matches!(TreePath::new(b"a\0b"), Err(PathError::Nul(_))));
}

#[test]
fn a_name_that_begins_like_a_folder_is_not_within_it() {
    assert!(path("a/b").is_within(&path("a")));
    assert!(path("a").is_within(&path("a")));
    assert!(!path("ab").is_within(&path("a")));
    assert_eq!(path("a/b").strip_prefix(&path("a")), Some(path("b")));
    assert_eq!(path("ab").strip_prefix(&path("a")), None);
}

#[test]
fn names_that_are_not_utf_8_are_shown_without_loss() {
    let odd = TreePath::new(b"a/\xff\nb").expect("a path");
    assert_eq!(odd.to_string(), "a/\\xff\\x0ab");
    assert!(!odd.is_utf8());
}

proptest! {
    #[test]
    fn joining_parent_and_name_gives_the_path_back(bytes in prop::collection::vec(any::<u8>(), 0..20)) {
        if let Ok(path) = TreePath::new(&bytes) {
            match path.parent() {
                Some(parent) => prop_assert_eq!(parent.join(path.name()), path),
                None => prop_assert!(path.is_root()),
            }
        }
    }
}
