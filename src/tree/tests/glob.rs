use proptest::prelude::*;

use crate::tree::{Globs, TreePath};

fn matches(pattern: &str, path: &str) -> bool {
    Globs::new(&[pattern])
        .expect("a pattern")
        .is_match(&TreePath::new(path).expect("a path"))
}

#[test]
fn a_star_stops_at_a_slash_and_two_do_not() {
    assert!(matches("prompts/*", "prompts/a.md"));
    assert!(!matches("prompts/*", "prompts/sub/a.md"));
    assert!(matches("prompts/**", "prompts/sub/a.md"));
    assert!(matches("**/*.md", "a.md"));
    assert!(matches("**/*.md", "x/y/a.md"));
    assert!(!matches("*.md", "x/a.md"));
    assert!(!matches("a?b", "a/b"));
    assert!(!matches("a[!x]b", "a/b"));
}

#[test]
fn classes_match_their_members_and_never_a_slash() {
    assert!(matches("a[!x]b", "ayb"));
    assert!(!matches("a[!x]b", "axb"));
    assert!(!matches("a[^x]b", "a/b"));
    assert!(matches("a[!]x]b", "ayb"));
    assert!(!matches("a[!]x]b", "a]b"));
    assert!(!matches("a[!]x]b", "a/b"));
    assert!(matches("[a-c]", "b"));
    assert!(!matches("a[!-]b", "a-b"));
    assert!(matches("a\\[!x]b", "a[!x]b"));
    for pattern in ["a[/]b", "a[.-0]b", "a[!-x]b"] {
        assert!(Globs::new(&[pattern]).is_err(), "{pattern}");
    }
}

#[test]
fn a_trailing_slash_means_all_below() {
    assert!(matches("prompts/", "prompts/a/b.md"));
    assert!(!matches("prompts/", "prompts"));
    assert!(!matches("prompts/", "other/prompts/a"));
}

#[test]
fn case_counts_and_hidden_files_match() {
    assert!(!matches("*.MD", "a.md"));
    assert!(matches("*", ".hidden"));
}

#[test]
fn patterns_that_leave_the_tree_or_say_nothing_are_refused() {
    for pattern in ["", "/a", "../a", "a/../b", "a[", "{a"] {
        assert!(Globs::new(&[pattern]).is_err(), "{pattern}");
    }
}

#[test]
fn patterns_that_match_nothing_are_named() {
    let globs = Globs::new(&["a/*", "b/*"]).expect("patterns");
    let path = TreePath::new("a/x").expect("a path");
    assert_eq!(globs.unmatched(&[&path]), ["b/*"]);
}

/// The plain meaning of `*` and literal characters, written once more and differently.
fn reference(pattern: &[u8], path: &[u8]) -> bool {
    match pattern {
        [] => path.is_empty(),
        [b'*', rest @ ..] => {
            reference(rest, path)
                || matches!(path, [first, tail @ ..] if *first != b'/' && reference(pattern, tail))
        }
        [literal, rest @ ..] => {
            matches!(path, [first, tail @ ..] if first == literal && reference(rest, tail))
        }
    }
}

proptest! {
    #[test]
    fn single_stars_mean_what_the_reference_says(
        pattern in "([ab]|\\*[ab])([ab/]|[ab]\\*[ab]){0,4}[ab]",
        path in "[ab](/?[ab]){0,6}",
    ) {
        prop_assume!(!pattern.contains("//") && !pattern.contains("**"));
        prop_assert_eq!(
            matches(&pattern, &path),
            reference(pattern.as_bytes(), path.as_bytes()),
            "{} on {}", pattern, path
        );
    }

    #[test]
    fn any_text_is_a_pattern_or_an_error(text in ".{0,20}") {
        let _ = Globs::new(&[text.as_str()]).map(|globs| globs.is_match(&TreePath::root()));
    }
}
