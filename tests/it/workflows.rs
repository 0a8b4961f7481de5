//! Gates of kind `workflows`, and `driftgate fix`, on real files and real git.

use crate::support::{Ran, Sandbox, git};

const CI: &str = "\
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

const GATE: &str = "\
id: ci
about: Required contexts come of checks that ran.
kind: workflows
required_contexts: required.txt
branch: main
";

const PROTECTION: &str =
    "{\"required_status_checks\": {\"strict\": true, \"contexts\": [\"All required\"]}}\n";

fn github() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox
        .write("driftgate.yaml", "forge: { name: github }\n")
        .write("gates/ci.yaml", GATE)
        .write("required.txt", "# what must be green\nAll required\n")
        .write(".github/workflows/ci.yml", CI);
    sandbox
}

fn gitea() -> Sandbox {
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
fn run(sandbox: &Sandbox, args: &[&str], code: i32) -> (String, Vec<String>) {
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

fn only(sandbox: &Sandbox, finding: &str) {
    let expected = ("fail".to_owned(), vec![finding.to_owned()]);
    assert_eq!(run(sandbox, &[], 1), expected);
}

/// The file of the workflow with a text replaced, which must be there.
fn with(from: &str, to: &str) -> String {
    assert!(CI.contains(from), "{from:?}");
    CI.replacen(from, to, 1)
}

#[test]
fn sound_workflows_pass_and_the_report_tells_the_forge_and_why_it_is_this_one() {
    let report = gitea().run(&["run", "--output", "json"]).exits(0).json();
    let gate = &report["gates"][0];
    assert_eq!(gate["verdict"], "pass");
    assert_eq!(gate["facts"]["forge"]["name"], "Gitea 1.26");
    assert_eq!(gate["facts"]["forge"]["because"], "named by driftgate.yaml");
    assert_eq!(gate["facts"]["workflows"], 1);
    assert_eq!(gate["facts"]["contexts"], 2);
    // A file, two contexts, one that is required.
    assert_eq!(gate["inspected"], 4);
    let sandbox = github();
    sandbox.write("driftgate.yaml", "");
    let report = sandbox.run(&["run", "--output", "json"]).exits(0).json();
    let forge = &report["gates"][0]["facts"]["forge"];
    assert_eq!(forge["name"], "GitHub");
    assert_eq!(forge["because"], "told by the folder .github/workflows");
}

#[test]
fn every_protection_is_proved_on_both_forges() {
    for sandbox in [github(), gitea()] {
        let ran = sandbox.run(&["prove", "--output", "json"]);
        let report = ran.json();
        assert_eq!(report["proved"], report["of"], "{report:#}");
        assert!(report["of"].as_u64() >= Some(12), "{}", report["of"]);
        ran.exits(0);
    }
}

#[test]
fn every_protection_of_lists_that_are_compared_is_proved() {
    let sandbox = github();
    sandbox
        .write(
            "gates/ci.yaml",
            format!("{GATE}protection: {{ snapshot: p.json }}\n"),
        )
        .write("p.json", PROTECTION);
    let report = sandbox.run(&["prove", "--output", "json"]).exits(0).json();
    assert_eq!(report["proved"], report["of"], "{report:#}");
    assert!(
        report
            .to_string()
            .contains("context parked in required.txt")
    );
}

#[test]
fn a_duplicate_key_that_unschedules_a_file_is_one_finding_with_its_place() {
    let sandbox = gitea();
    let twice = with(
        "        env:\n          TEST:",
        "        env:\n          OTHER: x\n        env:\n          TEST:",
    );
    sandbox.write(".gitea/workflows/ci.yml", twice);
    only(
        &sandbox,
        "workflow-duplicate-key .gitea/workflows/ci.yml:26",
    );
}

#[test]
fn no_workflows_and_no_contexts_are_vacuous() {
    let sandbox = github();
    std::fs::remove_dir_all(sandbox.root().join(".github")).expect("removed");
    assert_eq!(run(&sandbox, &[], 3).0, "vacuous");
    sandbox.write(".github/workflows/README.md", "nothing\n");
    assert_eq!(run(&sandbox, &[], 3).0, "vacuous");
    sandbox
        .write(
            ".github/workflows/nightly.yml",
            with(
                "  push:\n    branches: [main]\n  pull_request:\n",
                "  workflow_dispatch:\n",
            ),
        )
        .write("gates/ci.yaml", "id: ci\nabout: x.\nkind: workflows\n");
    assert_eq!(run(&sandbox, &[], 3).0, "vacuous");
}

#[test]
fn what_cannot_be_read_or_is_refused_is_a_finding_and_never_skipped() {
    let odd = ".github/workflows/odd.yaml";
    for (content, finding) in [
        (b"on: [push\n".to_vec(), "workflow-unreadable .github/workflows/odd.yaml:1"),
        (b"on: push\njobs:\n\ta: {}\n".to_vec(), "workflow-unreadable .github/workflows/odd.yaml:3"),
        (b"name: x\xff\n".to_vec(), "workflow-unreadable .github/workflows/odd.yaml:1"),
        (Vec::new(), "workflow-unreadable .github/workflows/odd.yaml"),
        (b"on: push\n".to_vec(), "workflow-refused .github/workflows/odd.yaml:1"),
        (
            b"on: push\nx: &x {A: b}\njobs: {a: {runs-on: x, timeout-minutes: 1, env: {<<: *x}, steps: [{run: y}]}}\n".to_vec(),
            "workflow-refused .github/workflows/odd.yaml:2",
        ),
        (
            b"on: push\njobs: {a: {runs-on: x, timeout-minutes: 1, continue-on-error: no, steps: [{run: y}]}}\n".to_vec(),
            "workflow-dialect .github/workflows/odd.yaml:2",
        ),
    ] {
        let sandbox = github();
        sandbox.write(odd, &content);
        let (verdict, findings) = run(&sandbox, &[], 1);
        assert_eq!(verdict, "fail");
        assert!(findings.contains(&finding.to_owned()), "{findings:?} lack {finding}");
    }
    let sandbox = github();
    std::os::unix::fs::symlink("ci.yml", sandbox.root().join(odd)).expect("a link");
    only(&sandbox, "workflow-unreadable .github/workflows/odd.yaml");
}

#[test]
fn a_merge_key_is_read_by_gitea_and_refused_by_github() {
    let text = with("jobs:\n", "x: &x {A: b}\njobs:\n").replacen(
        "        env:\n          TEST:",
        "        env:\n          <<: *x\n          TEST:",
        1,
    );
    let sandbox = github();
    sandbox.write(".github/workflows/ci.yml", &text);
    let (_, findings) = run(&sandbox, &[], 1);
    assert!(
        findings.iter().all(|f| f.starts_with("workflow-refused")),
        "{findings:?}"
    );
    assert_eq!(
        findings.len(),
        2,
        "the merge key, and the key `x`: {findings:?}"
    );
    let sandbox = gitea();
    sandbox.write(".gitea/workflows/ci.yml", &text);
    let (_, findings) = run(&sandbox, &[], 1);
    assert_eq!(findings, ["workflow-dialect .gitea/workflows/ci.yml:8"]);
}

#[test]
fn other_encodings_are_findings_and_line_ends_are_not() {
    let sandbox = github();
    let mut utf16 = vec![0xff, 0xfe];
    utf16.extend(CI.encode_utf16().flat_map(u16::to_le_bytes));
    sandbox.write(".github/workflows/ci.yml", utf16);
    only(&sandbox, "workflow-encoding .github/workflows/ci.yml:1");
    sandbox.write(".github/workflows/ci.yml", format!("\u{feff}{CI}"));
    assert_eq!(run(&sandbox, &[], 0), ("pass".to_owned(), vec![]));
    sandbox.write(".github/workflows/ci.yml", CI.replace('\n', "\r\n"));
    assert_eq!(run(&sandbox, &[], 0), ("pass".to_owned(), vec![]));
}

#[test]
fn a_required_context_needs_exactly_one_job_that_makes_it() {
    let sandbox = gitea();
    sandbox.write("required.txt", "CI / All required\nCI / Tests\n");
    only(&sandbox, "context-without-producer required.txt:2");
    let help = sandbox.run(&["run"]).exits(1).stdout.clone();
    assert!(help.contains("did you mean `CI / Test`?"), "{help}");

    let sandbox = gitea();
    sandbox.write(".gitea/workflows/copy.yml", CI);
    only(
        &sandbox,
        "context-produced-twice .gitea/workflows/ci.yml:16",
    );

    let sandbox = gitea();
    sandbox.write(
        ".gitea/workflows/ci.yml",
        with("name: All required", "name: All ${{ vars.X }}"),
    );
    only(&sandbox, "context-not-derivable required.txt:1");
}

#[test]
fn combinations_of_a_matrix_that_share_a_context_are_two_producers() {
    let sandbox = github();
    let matrix =
        "name: Test ${{ matrix.os }}\n    strategy: {matrix: {os: [a], py: [1, 2]}}\n    runs-on";
    sandbox
        .write(
            ".github/workflows/ci.yml",
            with("name: Test\n    runs-on", matrix),
        )
        .write("required.txt", "All required\nTest a\n");
    only(
        &sandbox,
        "context-produced-twice .github/workflows/ci.yml:9",
    );
}

#[test]
fn a_name_of_github_has_one_producer_whatever_the_events() {
    let sandbox = github();
    let target = CI.replace("  pull_request:\n", "  pull_request_target:\n");
    sandbox.write(".github/workflows/target.yml", &target);
    only(
        &sandbox,
        "context-produced-twice .github/workflows/ci.yml:16",
    );
}

#[test]
fn a_refused_file_hides_no_other_context_that_is_missing() {
    let sandbox = gitea();
    let broken = CI.replace("name: CI", "name: Other\nname: Twice");
    sandbox.write(".gitea/workflows/other.yml", broken).write(
        "required.txt",
        "CI / All required\nCI / Gone\nOther / Test\n",
    );
    let (_, findings) = run(&sandbox, &[], 1);
    assert_eq!(
        findings,
        [
            "workflow-duplicate-key .gitea/workflows/other.yml:2",
            "context-without-producer required.txt:2"
        ]
    );
}

#[test]
fn a_file_that_is_not_scheduled_cannot_be_allowed_by_itself_and_hides_nothing_once_waived() {
    let duplicate = "        env:\n          OTHER: x\n        # driftgate: allow(workflow-duplicate-key) moving until 9999-12-31\n        env:\n          TEST:";
    let sandbox = gitea();
    sandbox.write(
        ".gitea/workflows/ci.yml",
        with("        env:\n          TEST:", duplicate),
    );
    let (verdict, findings) = run(&sandbox, &[], 1);
    assert_eq!(verdict, "fail");
    assert_eq!(
        findings,
        [
            "workflow-duplicate-key .gitea/workflows/ci.yml:27",
            "directive-malformed .gitea/workflows/ci.yml:26"
        ]
    );

    for lines in [
        "levels: { workflow-duplicate-key: off }\n",
        "waivers:\n  - { code: workflow-duplicate-key, reason: is being moved, until: 9999-12-31 }\n",
    ] {
        let sandbox = gitea();
        sandbox
            .write(
                ".gitea/workflows/ci.yml",
                with(
                    "        env:\n          TEST:",
                    "        env:\n          OTHER: x\n        env:\n          TEST:",
                ),
            )
            .write("gates/ci.yaml", format!("{GATE}{lines}"));
        let (_, findings) = run(&sandbox, &[], 1);
        assert_eq!(
            findings,
            ["context-without-producer required.txt:1"],
            "{lines}"
        );
    }
}

#[test]
fn keys_that_differ_in_case_alone_are_one_key_to_github() {
    let text = with("          TEST: $", "          test: x\n          TEST: $");
    let sandbox = github();
    sandbox.write(".github/workflows/ci.yml", &text);
    only(
        &sandbox,
        "workflow-duplicate-key .github/workflows/ci.yml:26",
    );
    let sandbox = gitea();
    sandbox.write(".gitea/workflows/ci.yml", &text);
    assert_eq!(run(&sandbox, &[], 0), ("pass".to_owned(), vec![]));
}

#[test]
fn the_wildcard_of_gitea_is_met_by_whatever_comes() {
    let sandbox = gitea();
    sandbox
        .write("gates/ci.yaml", "id: ci\nabout: x.\nkind: workflows\nprotection: { snapshot: p.json, branch: main }\n")
        .write("p.json", "[{\"rule_name\": \"main\", \"enable_status_check\": true, \"status_check_contexts\": [\"*\"]}]");
    assert_eq!(run(&sandbox, &[], 0), ("pass".to_owned(), vec![]));
    sandbox.write("p.json", "[{\"rule_name\": \"main\", \"enable_status_check\": true, \"status_check_contexts\": [\"Deploy / *\"]}]");
    only(&sandbox, "context-without-producer p.json:1");
}

#[test]
fn lists_that_disagree_are_told_from_both_sides() {
    let sandbox = github();
    sandbox
        .write(
            "gates/ci.yaml",
            format!("{GATE}protection: {{ snapshot: p.json }}\n"),
        )
        .write("required.txt", "All required\n# pending-#1\nTest\n")
        .write(
            "p.json",
            "{\"required_status_checks\": {\"contexts\": [\"All required\",\n\"Test\"]}}",
        );
    only(&sandbox, "required-contexts-disagree p.json:2");
    sandbox.write(
        "p.json",
        "{\"required_status_checks\": null, \"enforce_admins\": {\"enabled\": true}}",
    );
    only(&sandbox, "required-contexts-disagree p.json");
}

#[test]
fn what_the_gate_names_must_be_there_and_be_readable() {
    let sandbox = github();
    sandbox.write("gates/ci.yaml", GATE.replace("required.txt", "gone.txt"));
    let (_, findings) = run(&sandbox, &[], 1);
    assert_eq!(findings, ["subject-missing gone.txt"]);
    let sandbox = github();
    sandbox.write("required.txt", b"\xff\xfe\x00");
    assert_eq!(run(&sandbox, &[], 3).0, "refused");
}

#[test]
fn a_gate_file_that_asks_for_nothing_sensible_is_refused_with_its_place() {
    for (line, message) in [
        ("events: []\n", "`events` is empty"),
        (
            "levels: { context-removd: off }\n",
            "did you mean `context-removed`?",
        ),
        ("required_context: x\n", "did you mean `required_contexts`?"),
    ] {
        let sandbox = github();
        sandbox.write("gates/ci.yaml", format!("{GATE}{line}"));
        let stderr = sandbox.run(&["run"]).exits(2).stderr.clone();
        assert!(stderr.contains(message), "{stderr}");
    }
    let sandbox = github();
    sandbox.write(
        "driftgate.yaml",
        "forge: { name: gitea, version: latest }\n",
    );
    let stderr = sandbox.run(&["run"]).exits(2).stderr.clone();
    assert!(stderr.contains("is not a version"), "{stderr}");
}

#[test]
fn levels_say_how_a_code_counts() {
    let sandbox = gitea();
    sandbox.write("required.txt", "CI / All required\nCI / Tests\n");
    for (level, code, found) in [("advisory", 0, 1), ("off", 0, 0), ("block", 1, 1)] {
        sandbox.write(
            "gates/ci.yaml",
            format!("{GATE}levels: {{ context-without-producer: {level} }}\n"),
        );
        let report = sandbox.run(&["run", "--output", "json"]).exits(code).json();
        let findings = report["gates"][0]["findings"].as_array().expect("findings");
        let of_code = findings
            .iter()
            .filter(|finding| finding["code"] == "context-without-producer");
        assert_eq!(of_code.count(), found, "{level}");
    }
}

/// A repository whose branch `change` begins at the first commit of `main`, which went on.
fn change(sandbox: &Sandbox) {
    let root = sandbox.root();
    git(&root, &["init", "--quiet", "--initial-branch=main"]);
    commit(sandbox, "first");
    git(&root, &["checkout", "--quiet", "-b", "change"]);
}

fn commit(sandbox: &Sandbox, message: &str) {
    let root = sandbox.root();
    git(&root, &["add", "--all"]);
    git(
        &root,
        &["commit", "--quiet", "--allow-empty", "-m", message],
    );
}

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

fn only_with(sandbox: &Sandbox, args: &[&str], finding: &str) {
    let expected = ("fail".to_owned(), vec![finding.to_owned()]);
    assert_eq!(run(sandbox, args, 1), expected);
}

#[test]
fn explain_shows_the_row_of_a_forges_capability() {
    let out = Sandbox::new()
        .run(&["explain", "job-timeout"])
        .exits(0)
        .stdout
        .clone();
    for line in ["GitHub: yes", "Gitea: from 1.27", "source: docs.gitea.com"] {
        assert!(out.contains(line), "{}", out);
    }
}

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
        format!("{GATE}levels: {{ needs-without-always: off }}\n"),
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
fn what_github_takes_nothing_of_brings_no_context_once_that_is_waived() {
    let broken = with(
        "permissions:\n  contents: read\n",
        "permissons:\n  contents: read\n",
    );
    let sandbox = github();
    sandbox.write(".github/workflows/ci.yml", &broken);
    only(&sandbox, "workflow-refused .github/workflows/ci.yml:6");
    sandbox.write(
        "gates/ci.yaml",
        format!("{GATE}levels: {{ workflow-refused: advisory }}\n"),
    );
    only(&sandbox, "context-without-producer required.txt:2");
    let out = sandbox.run(&["run"]).stdout.clone();
    assert!(
        out.contains("GitHub takes nothing of .github/workflows/ci.yml, which would"),
        "{out}"
    );
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
