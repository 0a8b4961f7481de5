use super::support::{Repo, job_file};

const NONE: Vec<String> = Vec::new();

fn on(repo: &Repo, triggers: &str) -> Vec<String> {
    let text = job_file("", "- run: ./test").replace("on:\n  pull_request:\n", triggers);
    repo.file("ci.yml", &text);
    repo.findings()
}

#[test]
fn a_path_filter_on_a_required_context_is_found_and_says_what_the_forge_makes_of_it() {
    let filter = "on:\n  pull_request:\n    paths-ignore: [docs/**]\n";
    let github = Repo::github(&["test"]);
    assert_eq!(on(&github, filter), ["block trigger-filtered ci.yml:4"]);
    assert!(
        github
            .message("trigger-filtered")
            .contains("waits for ever")
    );
    let gitea = Repo::gitea("1.27", &["CI / test"]);
    assert_eq!(on(&gitea, filter), ["block trigger-filtered ci.yml:4"]);
    assert!(
        gitea
            .message("trigger-filtered")
            .contains("posted as skipped")
    );
    let unknown = Repo::github(&[]);
    assert_eq!(on(&unknown, filter), ["advisory trigger-filtered ci.yml:4"]);
    assert!(
        unknown
            .message("trigger-filtered")
            .contains("where it is required, `test` then")
    );
}

#[test]
fn filters_that_let_the_branch_pass_are_fine() {
    let repo = Repo::github(&["test"]);
    assert_eq!(
        on(&repo, "on:\n  pull_request:\n    branches: [main]\n"),
        NONE
    );
    assert_eq!(
        on(&repo, "on:\n  push:\n    paths: [a/**]\n  pull_request:\n"),
        NONE
    );
}

#[test]
fn types_that_leave_out_the_first_look_are_found() {
    let repo = Repo::github(&["test"]);
    assert_eq!(
        on(&repo, "on:\n  pull_request:\n    types: [synchronize]\n"),
        ["block trigger-types ci.yml:4"]
    );
    assert_eq!(
        on(
            &repo,
            "on:\n  pull_request:\n    types: [opened, synchronize, reopened, labeled]\n"
        ),
        NONE
    );
}

#[test]
fn a_queue_waits_for_what_does_not_run_on_merge_group() {
    let rules = r#"[{"type": "merge_queue"}, {"type": "required_status_checks", "parameters": {"required_status_checks": [{"context": "test"}]}}]"#;
    let queued = |rules: &str, triggers: &str| {
        let repo = Repo::github(&["test"]);
        repo.sandbox.write("rules.json", rules);
        repo.gate("protection: { snapshot: rules.json }\n");
        on(&repo, triggers)
    };
    let without = "on:\n  pull_request:\n";
    assert_eq!(
        queued(rules, without),
        ["block merge-group-missing ci.yml:2"]
    );
    assert_eq!(
        queued(rules, "on:\n  pull_request:\n  merge_group:\n"),
        NONE
    );
    assert_eq!(
        queued(&rules.replace("merge_queue", "creation"), without),
        NONE
    );
}

#[test]
fn a_scheduled_run_is_unseen_where_the_forge_posts_no_status() {
    let nightly = "name: Nightly\non:\n  schedule:\n    - cron: '7 3 * * *'\njobs:\n  all:\n    runs-on: ubuntu-latest\n    timeout-minutes: 5\n    steps:\n      - run: ./all\n";
    let gitea = Repo::gitea("1.27", &["CI / test"]);
    gitea.file("nightly.yml", nightly);
    assert_eq!(
        on(&gitea, "on:\n  pull_request:\n"),
        ["advisory schedule-unseen nightly.yml:3"]
    );
    let tells = Repo::gitea("1.27", &["CI / test"]);
    tells.file(
        "nightly.yml",
        &nightly.replace("run: ./all", "run: driftgate statuses --post"),
    );
    assert_eq!(on(&tells, "on:\n  pull_request:\n"), NONE);
    let github = Repo::github(&["test"]);
    github.file("nightly.yml", nightly);
    assert_eq!(on(&github, "on:\n  pull_request:\n"), NONE);
}

#[test]
fn a_key_that_this_version_ignores_is_told_once_with_all_its_places() {
    let repo = Repo::gitea("1.26", &["CI / test"]);
    repo.file("a.yml", "name: A\non: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    timeout-minutes: 5\n    steps:\n      - run: ./a\n");
    assert_eq!(
        on(&repo, "on:\n  pull_request:\n"),
        ["advisory key-ignored a.yml:6"]
    );
    let message = repo.message("key-ignored");
    assert!(
        message.starts_with("Gitea 1.26 does nothing about `timeout-minutes` (2 times in 2 files)"),
        "{message}"
    );
    let newer = Repo::gitea("1.27", &["CI / test"]);
    assert_eq!(on(&newer, "on:\n  pull_request:\n"), NONE);
}

#[test]
fn secrets_beside_proposed_code_are_found() {
    let target = |steps: &str, permissions: &str| {
        let repo = Repo::github(&["test"]);
        repo.job("", "- run: ./test");
        let steps: String = steps
            .lines()
            .map(|line| format!("      {line}\n"))
            .collect();
        repo.file("target.yml", &format!("name: T\non: pull_request_target\npermissions: {permissions}\njobs:\n  t:\n    runs-on: ubuntu-latest\n    timeout-minutes: 5\n    steps:\n{steps}"));
        repo.findings()
    };
    let checkout = "- uses: actions/checkout@0123456789012345678901234567890123456789\n  with:\n    ref: ${{ github.event.pull_request.head.sha }}\n";
    let secret = "- run: make\n  env:\n    KEY: ${{ secrets.KEY }}";
    assert_eq!(
        target(&format!("{checkout}{secret}"), "{}"),
        ["block secrets-meet-proposed-code target.yml:11"]
    );
    assert_eq!(
        target(&format!("{checkout}- run: make"), "write-all"),
        ["block secrets-meet-proposed-code target.yml:11"]
    );
    assert_eq!(
        target(&format!("{checkout}- run: make"), "{ contents: read }"),
        NONE
    );
    assert_eq!(
        target(&format!("{checkout}- run: cat README.md\n"), "write-all"),
        NONE
    );
    // The target's own code, and proposed files that nothing runs.
    assert_eq!(
        target(
            &format!("- uses: actions/checkout@0123456789012345678901234567890123456789\n{secret}"),
            "{}"
        ),
        NONE
    );
    assert_eq!(
        target(&format!("{checkout}    path: proposed\n{secret}"), "{}"),
        NONE
    );
}
