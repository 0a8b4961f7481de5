//! Composite actions of the checkout: their steps are those of the jobs that use them.

use super::support::Repo;

const ACTION: &str = ".github/actions/check/action.yml";

fn composite(steps: &str) -> String {
    let steps: String = steps.lines().map(|line| format!("    {line}\n")).collect();
    format!("name: check\ndescription: Checks.\nruns:\n  using: composite\n  steps:\n{steps}")
}

/// A required job whose only step uses an action of the checkout.
fn repo(steps: &str) -> Repo {
    let repo = Repo::github(&["test"]);
    repo.job("", "- uses: ./.github/actions/check\n");
    repo.sandbox.write(ACTION, composite(steps));
    repo
}

#[test]
fn a_mask_in_an_action_is_found_where_it_stands() {
    let repo = repo("- shell: bash\n  run: |\n    go test ./... || true\n    ./after\n");
    assert_eq!(repo.findings(), ["block check-masked action.yml:8"]);
    let report = repo.report();
    let message = &report["gates"][0]["findings"][0]["message"];
    let message = message.as_str().expect("a message");
    assert!(
        message.contains("action `./.github/actions/check` (`test` needs it)"),
        "{message}"
    );
}

#[test]
fn a_step_of_an_action_that_cannot_fail_or_is_forgiven_is_found() {
    let forgiven = repo("- shell: bash\n  continue-on-error: true\n  run: ./check.sh\n");
    assert_eq!(
        forgiven.findings(),
        ["block step-continue-on-error action.yml:7"]
    );
    let never = repo("- shell: bash\n  run: ./check.sh || true\n");
    assert_eq!(never.findings(), ["block step-never-fails action.yml:7"]);
    let zero = repo("- shell: bash\n  run: flake8 --exit-zero .\n");
    assert_eq!(zero.findings(), ["block tool-always-zero action.yml:7"]);
}

#[test]
fn an_action_that_another_action_uses_is_read_and_circles_end() {
    let repo = repo("- uses: ./.github/actions/inner/\n- uses: ./.github/actions/check\n");
    repo.sandbox.write(
        ".github/actions/inner/action.yaml",
        composite("- shell: bash\n  run: ./check.sh || true\n"),
    );
    assert_eq!(repo.findings(), ["block step-never-fails action.yaml:7"]);
}

#[test]
fn an_action_that_nothing_required_uses_advises_and_one_that_is_gone_says_nothing() {
    let repo = Repo::github(&["test"]);
    repo.job("", "- run: ./test.sh\n").file(
        "other.yml",
        "on: workflow_dispatch\npermissions: {}\njobs:\n  other:\n    runs-on: ubuntu-latest\n    timeout-minutes: 5\n    steps:\n    - uses: ./.github/actions/check\n    - uses: ./.github/actions/gone\n",
    );
    repo.sandbox.write(
        ACTION,
        composite("- shell: bash\n  run: ./check.sh || true\n"),
    );
    assert_eq!(repo.findings(), ["advisory step-never-fails action.yml:7"]);
}

#[test]
fn a_directive_in_an_action_allows_what_it_names() {
    let repo = repo(
        "- shell: bash\n  # driftgate: allow(step-never-fails) told by another job until 2999-01-01\n  run: ./check.sh || true\n",
    );
    assert_eq!(repo.findings(), ["advisory step-never-fails action.yml:8"]);
}

#[test]
fn a_mask_in_an_action_is_proved() {
    let repo = repo("- shell: bash\n  run: ./check.sh\n");
    assert!(repo.findings().is_empty());
    let ran = repo
        .sandbox
        .run(&["prove", "--offline", "--output", "json"]);
    ran.exits(0);
    let proof = ran.json();
    let protections = proof["gates"][0]["protections"].as_array();
    let planted: Vec<_> = protections
        .expect("protections")
        .iter()
        .filter(|one| {
            let name = one["name"].as_str().unwrap_or_default();
            name.starts_with("masked check in an action")
        })
        .collect();
    assert!(
        matches!(planted.as_slice(), [one] if one["proved"] == true),
        "{planted:?}"
    );
}
