use std::collections::HashSet;

use proptest::prelude::*;

use super::*;
use crate::config::ForgeVersion;

fn matches(pattern: &str, name: &str) -> bool {
    Glob::new(pattern).expect("a pattern").is_match(name)
}

#[test]
fn patterns_match_as_the_forges_own_examples_do() {
    // The rows of GitHub's filter pattern cheat sheet: pattern, matches, does not match.
    let rows: &[(&str, &[&str], &[&str])] = &[
        (
            "feature/*",
            &["feature/my-branch", "feature/your-branch"],
            &["feature/a/b"],
        ),
        (
            "feature/**",
            &["feature/beta-a/my-branch", "feature/mona/the/octocat"],
            &["feature"],
        ),
        ("main", &["main"], &["mainx", "Main"]),
        (
            "releases/mona-the-octocat",
            &["releases/mona-the-octocat"],
            &[],
        ),
        ("*", &["main", "releases"], &["all/the/branches"]),
        ("**", &["all/the/branches", "every/tag"], &[]),
        (
            "*feature",
            &["mona-feature", "feature", "ver-10-feature"],
            &["a/feature"],
        ),
        ("v2*", &["v2", "v2.0", "v2.9"], &["v1"]),
        (
            "v[12].[0-9]+.[0-9]+",
            &["v1.10.1", "v2.0.0"],
            &["v3.0.0", "v1.a.1"],
        ),
        (
            "*.jsx?",
            &["page.js", "page.jsx"],
            &["page.jsxx", "a/page.js"],
        ),
        (
            "**.js",
            &["index.js", "js/index.js", "src/js/app.js"],
            &["a.jsx"],
        ),
        (
            "docs/*",
            &["docs/README.md", "docs/file.txt"],
            &["docs/a/b.md"],
        ),
        (
            "docs/**",
            &["docs/README.md", "docs/mona/octocat.txt"],
            &["docs"],
        ),
        (
            "docs/**/*.md",
            &[
                "docs/README.md",
                "docs/mona/hello-world.md",
                "docs/a/markdown/file.md",
            ],
            &["docs/a.txt"],
        ),
        (
            "**/docs/**",
            &[
                "docs/hello.md",
                "dir/docs/my-file.txt",
                "space/docs/plan/space.doc",
            ],
            &["adocs/x"],
        ),
        (
            "**/README.md",
            &["README.md", "js/README.md"],
            &["README.mdx"],
        ),
        (
            "**/*src/**",
            &["a/src/app.js", "my-src/code/js/app.js"],
            &["srcs/a"],
        ),
        (
            "**/*-post.md",
            &["my-post.md", "path/their-post.md"],
            &["post.md"],
        ),
        (
            "**/migrate-*.sql",
            &[
                "migrate-10909.sql",
                "db/migrate-v1.0.sql",
                "db/sept/migrate-v1.sql",
            ],
            &["migrate.sql"],
        ),
        ("\\*\\?", &["*?"], &["ab"]),
        ("?x", &["?x"], &["x"]),
        (".github/**", &[".github/workflows/a.yml"], &["github/a"]),
    ];
    for (pattern, good, bad) in rows {
        for name in *good {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for name in *bad {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }
}

#[test]
fn a_later_pattern_outranks_an_earlier_one() {
    let globs = Glob::all(["sub-project/**", "!sub-project/docs/**"]).expect("patterns");
    assert!(included_by(&globs, ["sub-project/a.js"]));
    assert!(!included_by(&globs, ["sub-project/docs/a.md"]));
    assert!(included_by(
        &globs,
        ["sub-project/docs/a.md", "sub-project/b"]
    ));
    let globs = Glob::all(["!docs/**", "docs/**"]).expect("patterns");
    assert!(included_by(&globs, ["docs/a.md"]));
    let globs = Glob::all(["!docs/**"]).expect("patterns");
    assert!(!included_by(&globs, ["src/a.rs"]));
    assert!(!included_by(&Glob::all(["**"]).expect("patterns"), []));
}

#[test]
fn an_ignore_list_takes_away_only_what_it_covers_whole() {
    let globs = Glob::all(["docs/**", "**.md"]).expect("patterns");
    assert!(excluded_by(&globs, ["docs/a", "README.md"]));
    assert!(!excluded_by(&globs, ["docs/a", "src/a.rs"]));
}

#[test]
fn what_is_no_pattern_is_refused_with_its_reason() {
    for (pattern, problem) in [
        ("a[", "`[` without `]`"),
        ("a[]", "`[]` is empty"),
        ("a\\", "nothing follows the last `\\`"),
        (
            "[z-a]",
            "a range in `[]` goes from a letter or digit up to another",
        ),
    ] {
        assert_eq!(Glob::new(pattern).expect_err("refused").problem, problem);
    }
}

/// Matching by trying everything, on a dialect without `?`, `+`, `[]` and `\`.
fn slowly(pattern: &[char], name: &[char]) -> bool {
    match pattern {
        [] => name.is_empty(),
        ['*', '*', '/', rest @ ..] => {
            slowly(rest, name)
                || (0..name.len()).any(|at| name[at] == '/' && slowly(rest, &name[at + 1..]))
        }
        ['*', '*', rest @ ..] => (0..=name.len()).any(|at| slowly(rest, &name[at..])),
        ['*', rest @ ..] => (0..=name.len())
            .take_while(|at| !name[..*at].contains(&'/'))
            .any(|at| slowly(rest, &name[at..])),
        [c, rest @ ..] => name.first() == Some(c) && slowly(rest, &name[1..]),
    }
}

proptest! {
    #[test]
    fn patterns_match_what_trying_everything_matches(
        pattern in "[ab./*-]{0,8}",
        name in "[ab./-]{0,8}",
    ) {
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        prop_assert_eq!(matches(&pattern, &name), slowly(&chars(&pattern), &chars(&name)));
    }

    #[test]
    fn a_name_without_signs_matches_itself_and_nothing_else(
        name in "[a-z0-9_./-]{1,20}",
        other in "[a-z0-9_./-]{1,20}",
    ) {
        prop_assert!(matches(&name, &name));
        prop_assert_eq!(matches(&name, &other), name == other);
    }

    #[test]
    fn no_text_makes_the_reader_of_patterns_panic(text in ".{0,40}", name in ".{0,20}") {
        if let Ok(glob) = Glob::new(&text) {
            glob.is_match(&name);
        }
    }

    #[test]
    fn everything_that_two_stars_include_is_included(names in proptest::collection::vec("[a-z./]{1,10}", 1..5)) {
        let globs = Glob::all(["**"]).expect("patterns");
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        prop_assert!(included_by(&globs, names.iter().copied()));
        prop_assert!(excluded_by(&globs, names));
    }
}

#[test]
fn the_table_has_each_feature_once_with_prose_and_a_source() {
    let mut names = HashSet::new();
    for row in TABLE {
        assert!(names.insert(row.name), "{}", row.name);
        for text in [row.what, row.otherwise] {
            assert!(text.ends_with('.'), "{}: {text}", row.name);
        }
        assert!(!row.source.is_empty());
        assert!(
            Forge::GitHub
                .row(row.feature)
                .is_some_and(|found| found.name == row.name)
        );
    }
}

#[test]
fn a_version_decides_what_a_forge_does() {
    let gitea = |minor| Forge::Gitea(ForgeVersion::new(1, minor));
    assert!(gitea(26).ignores(Feature::JobTimeout));
    assert!(gitea(27).has(Feature::JobTimeout));
    assert!(gitea(25).ignores(Feature::Concurrency));
    assert!(gitea(26).has(Feature::Concurrency));
    assert!(gitea(30).has(Feature::Concurrency));
    assert_eq!(gitea(26).of_filtered_workflow(), Outcome::Nothing);
    assert_eq!(gitea(27).of_filtered_workflow(), Outcome::Satisfies);
    assert_eq!(Forge::GitHub.of_filtered_workflow(), Outcome::Nothing);
    assert_eq!(gitea(27).of_scheduled_run(), Outcome::Nothing);
    assert_eq!(gitea(27).of_skipped_job(), Outcome::Satisfies);
    assert_eq!(gitea(27).to_string(), "Gitea 1.27");
}
