//! What went wrong at one organisation, built anew.

use super::support::{Repo, job_file};

const LANE: &str = "name: Local provision\non:\n  pull_request:\njobs:\n  lifecycle:\n    runs-on: ubuntu-latest\n    steps:\n      - name: Run\n        env:\n          A: a\n        run: ./lifecycle\n";

fn repo() -> Repo {
    let repo = Repo::gitea("1.26", &["CI / test", "Local provision / lifecycle"]);
    repo.file(
        "ci.yml",
        &job_file("", "- run: ./test").replace("    timeout-minutes: 5\n", ""),
    );
    repo
}

#[test]
fn a_second_env_key_takes_a_lane_off_the_schedule() {
    let repo = repo();
    repo.file("local.yml", LANE);
    assert_eq!(repo.findings(), Vec::<String>::new());
    repo.file(
        "local.yml",
        &format!("{LANE}        env:\n          B: b\n"),
    );
    let found = repo.findings();
    assert!(
        found.contains(&"block workflow-duplicate-key local.yml:12".to_owned()),
        "{found:?}"
    );
}

#[test]
fn a_path_filter_lets_a_required_lane_stay_still() {
    let repo = repo();
    repo.file(
        "local.yml",
        &LANE.replace(
            "  pull_request:\n",
            "  pull_request:\n    paths: [workspace/**]\n",
        ),
    );
    assert_eq!(repo.findings(), ["block trigger-filtered local.yml:4"]);
}

#[test]
fn an_aggregate_is_skipped_while_the_platform_job_fails() {
    let repo = Repo::gitea("1.26", &["CI / all-required"]);
    let job = |key: &str, rest: &str| format!("  {key}:\n    runs-on: ubuntu-latest\n{rest}");
    let head = "name: CI\non:\n  pull_request:\njobs:\n";
    let platform = job("platform-build", "    steps:\n      - run: go test ./...\n");
    let strict =
        "    steps:\n      - run: '[ \"${{ needs.platform-build.result }}\" = success ]'\n";
    let before = job(
        "all-required",
        &format!("    needs: [platform-build]\n{strict}"),
    );
    repo.file("ci.yml", &format!("{head}{platform}{before}"));
    assert_eq!(repo.findings(), ["block needs-without-always ci.yml:11"]);
    let after = job(
        "all-required",
        &format!("    if: always()\n    needs: [platform-build]\n{strict}"),
    );
    repo.file("ci.yml", &format!("{head}{platform}{after}"));
    assert_eq!(repo.findings(), Vec::<String>::new());
}

#[test]
fn a_removed_lane_leaves_its_context_without_a_producer() {
    let repo = repo();
    assert_eq!(
        repo.findings(),
        ["block context-without-producer required.txt:2"]
    );
}
