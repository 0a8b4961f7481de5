use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::kinds::workflows::shell::text::variables_in;
use crate::kinds::workflows::shell::{ShellOptions, analyse, expressions_in, simulate};

/// Pieces of scripts, whole and broken.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "if",
            "then",
            "else",
            "elif",
            "fi",
            "for x in a b",
            "do",
            "done",
            "case $A in",
            "esac",
            "*)",
            ";;",
            "&&",
            "||",
            "|",
            "&",
            ";",
            "\n",
            "(",
            ")",
            "{",
            "}",
            "!",
            "[",
            "]",
            "[[",
            "]]",
            "((",
            "))",
            "$(",
            "`",
            "\"",
            "'",
            "\\",
            "<<EOF",
            "EOF",
            "<<<",
            ">",
            "2>&1",
            "${{",
            "}}",
            "${{ needs.a.result }}",
            "$A",
            "${A:-b}",
            "$((A+1))",
            "set +e",
            "set -euo pipefail",
            "exit 0",
            "exit $?",
            "go test ./...",
            "true",
            "trap 'exit 0' EXIT",
            "f() {",
            "export X=$(go vet)",
            "é",
            "\u{0}",
            "\u{daa64}",
            "#",
        ])
        .prop_map(str::to_owned),
        any::<String>(),
    ]
}

fn script() -> impl Strategy<Value = String> {
    prop::collection::vec(piece(), 0..40).prop_map(|pieces| pieces.join(" "))
}

proptest! {
    #[test]
    fn no_script_makes_the_reader_fall(script in script()) {
        for shell in [None, Some("bash"), Some("bash {0}")] {
            let options = ShellOptions::of(shell, false);
            let analysis = analyse(&script, options).expect("short enough");
            for mask in &analysis.masks {
                prop_assert!(script.is_char_boundary(mask.at));
            }
            simulate(&script, options, &BTreeMap::new(), &|_| None);
        }
        variables_in(&script);
        expressions_in(&script);
    }

    #[test]
    fn comments_and_blank_lines_change_nothing(script in "(go test|npm test|echo x)( \\|\\| true| \\| tee y|)") {
        let options = ShellOptions::of(None, false);
        let plain = analyse(&script, options).expect("read");
        let dressed = analyse(&format!("# a || true\n\n{script} # b || true\n"), options).expect("read");
        prop_assert_eq!(plain.masks.len(), dressed.masks.len());
    }
}

#[test]
fn a_script_that_nests_without_end_is_read_as_far_as_it_goes() {
    for (open, close) in [
        ("(", ")"),
        ("$(", ")"),
        ("{ ", "; }"),
        ("if a; then ", "; fi"),
    ] {
        let deep = format!("{}go test{}", open.repeat(3_000), close.repeat(3_000));
        let analysis = analyse(&deep, ShellOptions::of(None, false)).expect("short enough");
        assert!(!analysis.whole, "{open}");
        assert!(analysis.never_fails.is_none());
    }
}
