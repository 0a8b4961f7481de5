use std::collections::BTreeMap;

use crate::kinds::workflows::shell::{Outcome, ShellOptions, simulate};

/// How a script ends when `needs.a.result` and `$A` have a value.
fn with(result: &str, script: &str) -> Outcome {
    let environment = BTreeMap::from([("A".to_owned(), Some(result.to_owned()))]);
    simulate(
        script,
        ShellOptions::of(None, false),
        &environment,
        &|expression| (expression == "needs.a.result").then(|| result.to_owned()),
    )
}

fn ends(script: &str) -> [Outcome; 4] {
    ["success", "failure", "skipped", "cancelled"].map(|result| with(result, script))
}

const STRICT: [Outcome; 4] = [
    Outcome::Passes,
    Outcome::Fails,
    Outcome::Fails,
    Outcome::Fails,
];

#[test]
fn a_strict_comparison_is_followed_in_many_spellings() {
    for script in [
        "[ \"$A\" = success ]",
        "[[ \"${{ needs.a.result }}\" == \"success\" ]]",
        "test \"$A\" = success",
        "if [ \"$A\" != success ]; then echo bad; exit 1; fi",
        "[ \"$A\" = success ] || exit 1",
        "[ \"$A\" = success ] || { echo bad; exit 1; }\necho fine",
        "for r in \"$A\" \"${{ needs.a.result }}\"; do\n  if [ \"$r\" != success ]; then exit 1; fi\ndone",
        "for r in ${{ needs.a.result }}; do [ \"$r\" = success ] || exit 1; done",
        "case \"$A\" in\n  success) ;;\n  *) exit 1 ;;\nesac",
        "failed=0\nif [ \"$A\" != success ]; then failed=1; fi\nexit $failed",
        "failed=0\n[ \"$A\" = success ] || failed=$((failed + 1))\nif [ \"$failed\" -gt 0 ]; then exit 1; fi",
        "check() {\n  if [ \"$2\" != success ]; then\n    echo \"$1\"\n    exit 1\n  fi\n}\ncheck a \"$A\"",
        "[[ $A =~ ^success$ ]] || exit 1",
    ] {
        assert_eq!(ends(script), STRICT, "{script}");
    }
}

#[test]
fn an_aggregate_that_takes_skipped_for_good_is_seen_through() {
    for script in [
        "if [ \"$A\" = failure ] || [ \"$A\" = cancelled ]; then exit 1; fi",
        "case \"$A\" in\n  success|skipped) echo ok ;;\n  *) exit 1 ;;\nesac",
        "if [[ \"$A\" != success && \"$A\" != skipped ]]; then exit 1; fi",
    ] {
        assert_eq!(
            ends(script),
            [
                Outcome::Passes,
                Outcome::Fails,
                Outcome::Passes,
                Outcome::Fails
            ],
            "{script}"
        );
    }
    assert_eq!(
        ends("if [ \"$A\" = failure ]; then exit 1; fi"),
        [
            Outcome::Passes,
            Outcome::Fails,
            Outcome::Passes,
            Outcome::Passes
        ]
    );
}

#[test]
fn what_another_program_decides_stays_open() {
    for script in [
        "bash scripts/all-required.sh \"$A\"",
        "echo \"$A\" | grep -qx success",
        "if [ \"$OTHER\" = x ]; then exit 1; fi",
        "if ./decide; then exit 1; fi",
    ] {
        assert_ne!(with("success", script), Outcome::Fails, "{script}");
        assert_eq!(with("skipped", script), Outcome::Unknown, "{script}");
    }
}

#[test]
fn a_loop_without_end_is_left() {
    assert_eq!(with("success", "f() { f; }\nf"), Outcome::Unknown);
}
