use std::collections::BTreeMap;

use super::*;

struct Map(BTreeMap<&'static str, Value>);

impl Variables for Map {
    fn get(&self, name: &str) -> Option<Value> {
        self.0.get(name).cloned()
    }
}

fn variables() -> Map {
    let known = |text: &str| Value::Known(text.to_owned());
    Map(BTreeMap::from([
        ("a", known("A")),
        ("dir", known("x/y/z.tar.gz")),
        ("empty", known("")),
        ("bare", Value::Valueless("no default".to_owned())),
        ("base", Value::Unknown("base image".to_owned())),
    ]))
}

fn run(word: &str) -> Result<String, ExpandError> {
    expand(word, '\\', Quotes::Remove, &variables(), &mut Vec::new())
}

#[test]
fn words_expand_as_buildkit_expands_them() {
    for (word, expected) in [
        ("plain", "plain"),
        ("$a", "A"),
        ("${a}b", "Ab"),
        ("$ab", ""),
        ("$a-b", "A-b"),
        (r"\$a", "$a"),
        ("'$a'", "$a"),
        ("\"$a\"", "A"),
        (r#""\$a \x""#, r"$a \x"),
        ("a\"b c\"d", "ab cd"),
        ("$", "$"),
        ("$/", "$/"),
        ("${none}", ""),
        ("${none:-d}", "d"),
        ("${none-d}", "d"),
        ("${empty:-d}", "d"),
        ("${empty-d}", ""),
        ("${a:-d}", "A"),
        ("${a:+d}", "d"),
        ("${empty:+d}", ""),
        ("${empty+d}", "d"),
        ("${none+d}", ""),
        ("${none:-${a}/x}", "A/x"),
        ("${bare:-d}", "d"),
        ("${a:-$base}", "A"),
        ("${none:+$base}", ""),
        ("${a?no}", "A"),
        ("${dir#*/}", "y/z.tar.gz"),
        ("${dir##*/}", "z.tar.gz"),
        ("${dir%.*}", "x/y/z.tar"),
        ("${dir%%.*}", "x/y/z"),
        ("${dir%/*}", "x/y"),
        ("${dir#q}", "x/y/z.tar.gz"),
        ("${dir#x\\/}", "y/z.tar.gz"),
    ] {
        assert_eq!(run(word).as_deref(), Ok(expected), "{word}");
    }
}

#[test]
fn unknown_values_are_refused_with_the_name() {
    for word in [
        "$base",
        "$bare",
        "${bare}/x",
        "${base:-d}",
        "${none:-$base}",
    ] {
        assert!(
            matches!(run(word), Err(ExpandError::Unknown { .. })),
            "{word}"
        );
    }
    assert_eq!(
        run("${none:?give one}"),
        Err(ExpandError::Unknown {
            name: "none".to_owned(),
            why: "give one".to_owned()
        })
    );
}

#[test]
fn broken_and_unsupported_substitutions_are_refused() {
    for word in [
        "${", "${}", "${a", "${a:", "${a:-", "${a/b/c}", "${a:#b}", "${a^}", "'a", "\"a", "${:-a}",
    ] {
        assert!(matches!(run(word), Err(ExpandError::Syntax(_))), "{word}");
    }
}

#[test]
fn heredocs_keep_their_quotes() {
    assert_eq!(
        expand(
            "\"$a\" '$a' \\$a",
            '\\',
            Quotes::Keep,
            &variables(),
            &mut Vec::new()
        )
        .as_deref(),
        Ok("\"A\" 'A' $a")
    );
}

#[test]
fn the_escape_directive_changes_the_escape() {
    assert_eq!(
        expand(
            r"`$a\$a",
            '`',
            Quotes::Remove,
            &variables(),
            &mut Vec::new()
        )
        .as_deref(),
        Ok(r"$a\A")
    );
}

#[test]
fn nesting_and_growth_have_limits() {
    let deep = "${none:-".repeat(1000) + &"}".repeat(1000);
    assert!(run(&deep).is_err());
    struct Big;
    impl Variables for Big {
        fn get(&self, _: &str) -> Option<Value> {
            Some(Value::Known("x".repeat(60_000)))
        }
    }
    assert_eq!(
        expand("$a$a$a", '\\', Quotes::Remove, &Big, &mut Vec::new()),
        Err(ExpandError::TooLarge)
    );
}

proptest::proptest! {
    #[test]
    fn no_word_makes_expansion_panic(word in "[a${}:#%/*?'\"\\\\x -]{0,40}") {
        let _ = run(&word);
    }
}
