//! A repository with one workflow and a gate over it.

use crate::support::{Sandbox, git};

pub const CI: &str = "\
name: CI
on:
  push:
    branches: [main]
  pull_request:
permissions:
  contents: read
jobs:
  test:
    name: Test
    runs-on: ubuntu-24.04
    timeout-minutes: 10
    steps:
      - name: Test
        run: make test
  all-required:
    name: All required # the one to require
    if: always()
    needs: [test]
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    steps:
      - name: Every job ended in success
        env:
          TEST: ${{ needs.test.result }}
        run: '[ \"$TEST\" = success ]'
";

pub const GATE: &str = "\
id: ci
about: Required contexts come of checks that ran.
kind: workflows
required_contexts: required.txt
branch: main
";

pub const PROTECTION: &str =
    "{\"required_status_checks\": {\"strict\": true, \"contexts\": [\"All required\"]}}\n";

pub fn github() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox
        .write("driftgate.yaml", "forge: { name: github }\n")
        .write("gates/ci.yaml", GATE)
        .write("required.txt", "# what must be green\nAll required\n")
        .write(".github/workflows/ci.yml", CI);
    sandbox
}

pub fn gitea() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox
        .write(
            "driftgate.yaml",
            "forge: { name: gitea, version: 1.26.4 }\n",
        )
        .write("gates/ci.yaml", GATE)
        .write(
            "required.txt",
            "CI / All required\n# pending-#7\nCI / Soon\n",
        )
        .write(".gitea/workflows/ci.yml", CI);
    sandbox
}

/// The verdict of the only gate, and its blocking findings as `code place`.
pub fn run(sandbox: &Sandbox, args: &[&str], code: i32) -> (String, Vec<String>) {
    let mut all = vec!["run", "--output", "json"];
    all.extend(args);
    let report = sandbox.run(&all).exits(code).json();
    let gate = &report["gates"][0];
    let findings = gate["findings"].as_array().expect("findings");
    let blocking = findings
        .iter()
        .filter(|finding| finding["level"] == "block")
        .map(|finding| {
            let place = &finding["locations"][0];
            let line = match place["line"].as_u64() {
                Some(line) => format!(":{line}"),
                None => String::new(),
            };
            format!(
                "{} {}{line}",
                finding["code"].as_str().unwrap_or_default(),
                place["path"].as_str().unwrap_or_default()
            )
        })
        .collect();
    (
        gate["verdict"].as_str().unwrap_or_default().to_owned(),
        blocking,
    )
}

pub fn only(sandbox: &Sandbox, finding: &str) {
    let expected = ("fail".to_owned(), vec![finding.to_owned()]);
    assert_eq!(run(sandbox, &[], 1), expected);
}

pub fn only_with(sandbox: &Sandbox, args: &[&str], finding: &str) {
    let expected = ("fail".to_owned(), vec![finding.to_owned()]);
    assert_eq!(run(sandbox, args, 1), expected);
}

/// The file of the workflow with a text replaced, which must be there.
pub fn with(from: &str, to: &str) -> String {
    assert!(CI.contains(from), "{from:?}");
    CI.replacen(from, to, 1)
}

/// A repository whose branch `change` begins at the first commit of `main`, which went on.
pub fn change(sandbox: &Sandbox) {
    let root = sandbox.root();
    git(&root, &["init", "--quiet", "--initial-branch=main"]);
    commit(sandbox, "first");
    git(&root, &["checkout", "--quiet", "-b", "change"]);
}

pub fn commit(sandbox: &Sandbox, message: &str) {
    let root = sandbox.root();
    git(&root, &["add", "--all"]);
    git(
        &root,
        &["commit", "--quiet", "--allow-empty", "-m", message],
    );
}
