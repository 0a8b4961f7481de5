//! The command `fix`.

use super::support::{GATE, change, github, with};
use crate::support::{Ran, Sandbox};

/// A required job that its needs can skip.
fn skippable() -> Sandbox {
    let sandbox = github();
    sandbox.write(
        ".github/workflows/ci.yml",
        with("    if: always()\n", "    # it waits\n"),
    );
    change(&sandbox);
    sandbox
}

fn workflow(sandbox: &Sandbox) -> String {
    std::fs::read_to_string(sandbox.root().join(".github/workflows/ci.yml")).expect("a file")
}

fn fix(sandbox: &Sandbox, args: &[&str]) -> Ran {
    let mut all = vec!["fix", "ci"];
    all.extend(args);
    sandbox.run(&all)
}

#[test]
fn fix_shows_a_patch_and_writes_it_only_when_told() {
    let sandbox = skippable();
    let before = workflow(&sandbox);
    let out = fix(&sandbox, &[]).exits(1).stdout.clone();
    assert!(out.contains("+    if: always()\n"), "{}", out);
    assert!(out.contains("+++ b/.github/workflows/ci.yml"), "{}", out);
    assert_eq!(workflow(&sandbox), before);

    let out = fix(&sandbox, &["--write"]).exits(0).stdout.clone();
    assert!(out.contains("written"), "{}", out);
    let look = "      - name: Every needed job ended in success\n        env:\n          RESULT_TEST: ${{ needs.test.result }}\n        shell: bash\n        run: '[ \"$RESULT_TEST\" = success ]'\n";
    let own = "      - name: Every job ended in success\n";
    let expected = before
        .replace("    # it waits\n", "    # it waits\n    if: always()\n")
        .replace(own, &format!("{look}{own}"));
    assert_eq!(workflow(&sandbox), expected);
    let out = fix(&sandbox, &[]).exits(0).stdout.clone();
    assert!(out.contains("nothing to mend"), "{}", out);
}

#[test]
fn fix_never_writes_over_what_git_does_not_have() {
    let sandbox = skippable();
    let dirty = format!("{}# a note\n", workflow(&sandbox));
    sandbox.write(".github/workflows/ci.yml", &dirty);
    let stderr = fix(&sandbox, &["--write"]).exits(2).stderr.clone();
    assert!(
        stderr.contains("not committed; nothing was written"),
        "{stderr}"
    );
    assert_eq!(workflow(&sandbox), dirty);
    fix(&sandbox, &["--write", "--allow-dirty"]).exits(0);
    assert!(workflow(&sandbox).ends_with("# a note\n"));
    assert!(workflow(&sandbox).contains("    if: always()\n"));
}

#[test]
fn fix_writes_nothing_outside_of_a_checkout_unless_told() {
    let sandbox = github();
    sandbox.write(".github/workflows/ci.yml", with("    if: always()\n", ""));
    let stderr = fix(&sandbox, &["--write"]).exits(2).stderr.clone();
    assert!(stderr.contains("lies in no git checkout"), "{stderr}");
    fix(&sandbox, &["--write", "--allow-dirty"]).exits(0);
}

#[test]
fn fix_does_not_make_what_takes_no_finding_away() {
    let sandbox = skippable();
    sandbox.write(
        "gates/ci.yaml",
        format!("{GATE}levels: {{ needs-without-always: {{ level: off, reason: a try }} }}\n"),
    );
    let out = fix(&sandbox, &[]).exits(1).stdout.clone();
    assert!(
        out.contains("not made: let job `all-required` run"),
        "{out}"
    );
    assert!(out.contains("no finding goes away by it"), "{out}");
    let before = workflow(&sandbox);
    fix(&sandbox, &["--write"]).exits(1);
    assert_eq!(workflow(&sandbox), before);
}

#[test]
fn fix_does_not_make_what_brings_a_finding() {
    // The comment allows what the mend takes away, and then allows nothing.
    let sandbox = github();
    sandbox.write(
        ".github/workflows/ci.yml",
        with(
            "    if: always()\n    needs: [test]\n",
            "    # driftgate: allow(needs-without-always) by intent until 2027-03-01\n    needs: [test]\n",
        ),
    );
    change(&sandbox);
    let out = fix(&sandbox, &["--today", "2026-11-28"])
        .exits(1)
        .stdout
        .clone();
    assert!(
        out.contains("not made: let job `all-required` run"),
        "{out}"
    );
    assert!(out.contains("it brings waiver-unused"), "{out}");
}

#[test]
fn fix_that_cannot_look_says_so_by_its_exit_code() {
    let sandbox = github();
    std::fs::remove_dir_all(sandbox.root().join(".github")).expect("removed");
    let out = fix(&sandbox, &[]).exits(3).stdout.clone();
    assert!(out.contains("not looked at"), "{out}");
}

#[test]
fn fix_refuses_gates_that_it_cannot_mend() {
    let sandbox = github();
    let stderr = sandbox.run(&["fix", "cj"]).exits(2).stderr.clone();
    assert!(stderr.contains("did you mean `ci`?"), "{stderr}");
    sandbox.write(
        "gates/sources.yaml",
        "id: sources\nabout: x.\nkind: manifest\n",
    );
    let stderr = sandbox.run(&["fix", "sources"]).exits(2).stderr.clone();
    assert!(
        stderr.contains("gates of kind `manifest` know no mends"),
        "{stderr}"
    );
}
