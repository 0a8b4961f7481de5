use proptest::prelude::*;

use super::*;

fn matches(dialect: Dialect, pattern: &str, path: &str) -> bool {
    Pattern::new(pattern, dialect)
        .expect(pattern)
        .is_match(path.as_bytes())
}

#[test]
fn wildcards_of_copy_stop_at_slashes_and_know_no_double_star() {
    for (pattern, path, expected) in [
        ("*.md", "a.md", true),
        ("*.md", "d/a.md", false),
        ("*/a.md", "d/a.md", true),
        ("a?c", "abc", true),
        ("a?c", "a/c", false),
        ("a?c", "aéc", true),
        ("[a-c]x", "bx", true),
        ("[^a-c]x", "bx", false),
        ("[^a-c]x", "dx", true),
        ("[]]", "]", false),
        (r"\*", "*", true),
        (r"\*", "a", false),
        ("**/x", "a/x", true),
        ("**/x", "x", false),
        ("**/x", "a/b/x", false),
        ("a.c", "abc", false),
        ("(a)", "(a)", true),
        ("", "", true),
    ] {
        if pattern == "[]]" {
            assert!(Pattern::new(pattern, Dialect::Wildcard).is_err());
            continue;
        }
        assert_eq!(
            matches(Dialect::Wildcard, pattern, path),
            expected,
            "{pattern} {path}"
        );
    }
}

#[test]
fn ignore_patterns_know_the_double_star() {
    for (pattern, path, expected) in [
        ("**", "a/b", true),
        ("**/b", "b", true),
        ("**/b", "a/b", true),
        ("**/b", "a/xb", false),
        ("**b", "a/xb", true),
        ("**/*.md", "a/b/c.md", true),
        ("**/*.md", "c.md", true),
        ("a/**", "a/b/c", true),
        ("a/**", "a", false),
        ("a/**/c", "a/c", true),
        ("a/**/c", "a/x/y/c", true),
        ("a/**/c", "a/xc", false),
        ("a**c", "ab/c", true),
        ("a**c", "abc", false),
        ("a*c", "a/c", false),
        ("a+b", "a+b", true),
    ] {
        assert_eq!(
            matches(Dialect::Ignore, pattern, path),
            expected,
            "{pattern} {path}"
        );
    }
}

#[test]
fn malformed_patterns_are_refused() {
    for pattern in ["[", "[a", "[]", "[a-]", "a\\", "[-a]"] {
        assert!(
            Pattern::new(pattern, Dialect::Wildcard).is_err(),
            "{pattern}"
        );
        assert!(Pattern::new(pattern, Dialect::Ignore).is_err(), "{pattern}");
    }
}

#[test]
fn a_pattern_is_a_wildcard_unless_its_special_characters_are_escaped() {
    assert!(has_wildcard("a*"));
    assert!(has_wildcard("a[b]"));
    assert!(!has_wildcard(r"a\*b"));
    assert!(!has_wildcard("a"));
}

/// The slow and obvious meaning of `*`, `?`, and (for ignore files) `**/`.
fn reference(pattern: &[char], path: &[char], dialect: Dialect) -> bool {
    match pattern {
        [] => path.is_empty(),
        ['*', '*'] if dialect == Dialect::Ignore => true,
        ['*', '*', '/', rest @ ..] if dialect == Dialect::Ignore => {
            reference(rest, path, dialect)
                || (0..path.len())
                    .any(|at| path[at] == '/' && reference(rest, &path[at + 1..], dialect))
        }
        ['*', rest @ ..] => {
            reference(rest, path, dialect)
                || (path.first().is_some_and(|c| *c != '/')
                    && reference(pattern, &path[1..], dialect))
        }
        ['?', rest @ ..] => {
            path.first().is_some_and(|c| *c != '/') && reference(rest, &path[1..], dialect)
        }
        [c, rest @ ..] => path.first() == Some(c) && reference(rest, &path[1..], dialect),
    }
}

proptest! {
    #[test]
    fn patterns_agree_with_their_plain_meaning(
        parts in prop::collection::vec("(\\*|\\?|a|b|\\.){1,4}", 1..4),
        path in "[ab.]{1,3}(/[ab.]{1,3}){0,3}",
    ) {
        let mut pattern = parts.join("/");
        while pattern.contains("**") {
            pattern = pattern.replace("**", "*");
        }
        let (p, s): (Vec<_>, Vec<_>) = (pattern.chars().collect(), path.chars().collect());
        for dialect in [Dialect::Wildcard, Dialect::Ignore] {
            prop_assert_eq!(
                matches(dialect, &pattern, &path),
                reference(&p, &s, dialect),
                "{} {}", pattern, path
            );
        }
    }

    #[test]
    fn double_stars_agree_with_their_plain_meaning(
        parts in prop::collection::vec("(\\*\\*|\\*|a|ab|\\?)", 1..5),
        path in "[ab]{1,2}(/[ab]{1,2}){0,4}",
    ) {
        let pattern = parts.join("/");
        let (p, s): (Vec<_>, Vec<_>) = (pattern.chars().collect(), path.chars().collect());
        prop_assert_eq!(
            matches(Dialect::Ignore, &pattern, &path),
            reference(&p, &s, Dialect::Ignore),
            "{} {}", pattern, path
        );
    }

    #[test]
    fn no_pattern_panics(pattern in "\\PC{0,20}", path in "\\PC{0,20}") {
        for dialect in [Dialect::Wildcard, Dialect::Ignore] {
            if let Ok(pattern) = Pattern::new(&pattern, dialect) {
                let _ = pattern.is_match(path.as_bytes());
            }
        }
    }
}
