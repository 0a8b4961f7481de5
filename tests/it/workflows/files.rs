//! Files that cannot be read, or that a forge takes nothing of.

use super::support::{CI, GATE, gitea, github, only, run, with};

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
        "levels: { workflow-duplicate-key: { level: off, reason: is being moved } }\n",
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
