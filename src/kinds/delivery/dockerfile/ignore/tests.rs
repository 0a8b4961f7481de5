use super::*;

fn ignored(file: &str, path: &str) -> bool {
    IgnoreList::parse(file.as_bytes())
        .expect("parses")
        .check_alone(path.as_bytes())
        .is_some()
}

#[test]
fn ignore_files_mean_what_docker_makes_of_them() {
    for (file, path, expected) in [
        ("a", "a", true),
        ("a", "a/b/c", true),
        ("a", "b/a", false),
        ("/a", "a", true),
        ("a/", "a/b", true),
        ("./a/../b", "b", true),
        ("../a", "a", false),
        ("  a  ", "a", true),
        ("# a\nb", "a", false),
        (" # a", "# a", true),
        ("\u{feff}a", "a", true),
        ("a\r\nb\r\n", "a", true),
        (".", "a", false),
        ("/", "a", false),
        ("*", "a/b", true),
        ("*\n!a", "a/b", false),
        ("*\n!a/b", "a/b", false),
        ("*\n!a/b", "a/c", true),
        ("!a\n*", "a", true),
        ("a\n!a/b\na/b/c", "a/b/c", true),
        ("a\n!a/b\na/b/c", "a/b/d", false),
        ("**/node_modules", "x/y/node_modules/z", true),
        ("**/*.md\n!README.md", "README.md", false),
        ("**/*.md\n!README.md", "x/README.md", true),
        ("**", "a", true),
        ("**\n!a/**", "a/b", false),
        ("a*\n! a1", "a1", false),
    ] {
        assert_eq!(ignored(file, path), expected, "{file:?} on {path}");
    }
}

#[test]
fn the_rule_that_decides_is_named_with_its_line() {
    let list = IgnoreList::parse(b"# top\n\na\n!a/b\na/b/*.tmp\n").expect("parses");
    let rule = list.check_alone(b"a/b/x.tmp").expect("is ignored");
    assert_eq!((rule.line, rule.text.as_str()), (5, "a/b/*.tmp"));
}

#[test]
fn lines_that_are_no_patterns_are_refused() {
    for (file, line) in [(&b"a\n["[..], 2), (b"!\n", 1), (b"a\nb\n\xff", 3)] {
        let error = IgnoreList::parse(file).expect_err("refuses");
        assert_eq!(error.at.map(|at| at.line), Some(line));
    }
}

proptest::proptest! {
    #[test]
    fn without_exceptions_a_path_is_ignored_if_it_or_a_folder_of_it_matches(
        rules in proptest::collection::vec("(\\*\\*/)?[ab*]{1,2}(/[ab*]{1,2}){0,2}", 0..6),
        path in "[ab]{1,2}(/[ab]{1,2}){0,3}",
    ) {
        let list = IgnoreList::parse(rules.join("\n").as_bytes()).expect("parses");
        let parts: Vec<&str> = path.split('/').collect();
        let expected = list.rules.iter().any(|rule| {
            (1..=parts.len()).any(|n| rule.pattern.is_match(parts[..n].join("/").as_bytes()))
        });
        proptest::prop_assert_eq!(list.check_alone(path.as_bytes()).is_some(), expected);
    }

    #[test]
    fn no_bytes_make_an_ignore_file_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..80)) {
        if let Ok(list) = IgnoreList::parse(&bytes) {
            let _ = list.check_alone(b"a/b");
        }
    }
}
