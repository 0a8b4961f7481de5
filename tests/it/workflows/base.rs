//! What a change takes away, measured against its base.

use super::support::{CI, change, commit, gitea, only_with, run, with};
use crate::support::git;

#[test]
fn a_context_that_a_change_removes_or_renames_is_told_and_one_that_main_removed_is_not() {
    let sandbox = gitea();
    sandbox.write(
        ".gitea/workflows/old.yml",
        CI.replace("name: CI", "name: Old"),
    );
    change(&sandbox);
    assert_eq!(
        run(&sandbox, &["--base", "main"], 0),
        ("pass".to_owned(), vec![])
    );

    // A lane that main retires after the change began is not the change's doing.
    let root = sandbox.root();
    git(&root, &["checkout", "--quiet", "main"]);
    std::fs::remove_file(root.join(".gitea/workflows/old.yml")).expect("removed");
    commit(&sandbox, "retire");
    git(&root, &["checkout", "--quiet", "change"]);
    assert_eq!(
        run(&sandbox, &["--base", "main"], 0),
        ("pass".to_owned(), vec![])
    );

    std::fs::remove_file(root.join(".gitea/workflows/old.yml")).expect("removed");
    let (_, findings) = run(&sandbox, &["--base", "main"], 1);
    let gone = "context-removed .gitea/workflows/old.yml".to_owned();
    assert_eq!(findings, [gone.clone(), gone]);

    git(&root, &["checkout", "--quiet", "."]);
    sandbox.write(
        ".gitea/workflows/ci.yml",
        with("name: Test\n    runs-on", "name: Checks\n    runs-on"),
    );
    let out = sandbox
        .run(&["run", "--base", "main"])
        .exits(1)
        .stdout
        .clone();
    assert!(
        out.contains("the change renames it to `CI / Checks (pull_request)`"),
        "{}",
        out
    );
    sandbox.run(&["prove", "--base", "main"]).exits(1);

    git(&root, &["checkout", "--quiet", "."]);
    let report = sandbox
        .run(&["prove", "--base", "main", "--output", "json"])
        .exits(0)
        .json();
    assert!(
        report.to_string().contains("renamed context: "),
        "{report:#}"
    );
}

#[test]
fn a_base_that_is_none_is_a_wrong_command_line() {
    let sandbox = gitea();
    let stderr = sandbox
        .run(&["run", "--base", "main"])
        .exits(2)
        .stderr
        .clone();
    assert!(stderr.contains("lies in no git checkout"), "{stderr}");
    change(&sandbox);
    let stderr = sandbox
        .run(&["run", "--base", "no-such"])
        .exits(2)
        .stderr
        .clone();
    assert!(
        stderr.contains("`no-such` names no commit here"),
        "{stderr}"
    );
}

#[test]
fn a_root_below_the_top_of_the_checkout_is_compared_with_itself() {
    let sandbox = gitea();
    let top = sandbox.path();
    git(top, &["init", "--quiet", "--initial-branch=main"]);
    std::fs::write(top.join(".gitignore"), "home\ncache\n").expect("written");
    git(top, &["add", "--all"]);
    git(top, &["commit", "--quiet", "-m", "first"]);
    assert_eq!(
        run(&sandbox, &["--base", "main"], 0),
        ("pass".to_owned(), vec![])
    );
    sandbox.write(
        ".gitea/workflows/ci.yml",
        with("name: Test\n    runs-on", "name: Checks\n    runs-on"),
    );
    only_with(
        &sandbox,
        &["--base", "main"],
        "context-removed .gitea/workflows/ci.yml:9",
    );
}
