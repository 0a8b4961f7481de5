//! What the gate says of itself: its facts, its promises, its file, its levels.

use super::support::{GATE, PROTECTION, gitea, github, run, with};
use crate::support::Sandbox;

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
            "levels: { context-removd: advisory }\n",
            "did you mean `context-removed`?",
        ),
        (
            "levels: { context-removed: off }\n",
            "`context-removed` is switched off without a reason",
        ),
        (
            "levels: { context-removed: off }\n",
            "`context-removed: { level: off, reason: …, until: 2027-01-31 }`",
        ),
        (
            "levels: { context-removed: { level: off, reason: ' ' } }\n",
            "without a reason",
        ),
        (
            "levels: { context-removed: { level: off, reason: x, until: soon } }\n",
            "`soon` is not a date",
        ),
        ("levels: { context-removed: quiet }\n", "quiet"),
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
    for (level, code, found) in [
        ("advisory", 0, 1),
        ("{ level: off, reason: it comes from elsewhere }", 0, 0),
        ("{ level: off, reason: a try, until: 2099-01-31 }", 0, 0),
        ("{ level: off, reason: a try, until: 2020-01-31 }", 1, 1),
        ("{ level: advisory, reason: a try }", 0, 1),
        ("block", 1, 1),
    ] {
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
        let ended = findings
            .iter()
            .any(|finding| finding["code"] == "waiver-expired");
        assert_eq!(ended, level.contains("2020"), "{level}");
        if level.contains("elsewhere") {
            let off = &report["gates"][0]["facts"]["off"]["context-without-producer"];
            assert_eq!(off, "it comes from elsewhere");
        }
    }
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
