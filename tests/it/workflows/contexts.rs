//! Required contexts, and the jobs that make them.

use super::support::{CI, GATE, gitea, github, only, run, with};

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
