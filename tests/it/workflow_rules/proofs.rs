use super::support::Repo;

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
    name: test
    runs-on: ubuntu-latest
    timeout-minutes: 10
    steps:
      - uses: actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2
      - run: cargo test
  lint:
    runs-on: ubuntu-latest
    timeout-minutes: 10
    steps:
      - run: cargo clippy
  docs:
    runs-on: ubuntu-latest
    timeout-minutes: 10
    steps:
      - run: cargo doc
  all-green:
    if: always()
    needs: [test, lint, docs]
    runs-on: ubuntu-latest
    timeout-minutes: 5
    steps:
      - env:
          RESULTS: ${{ join(needs.*.result, ' ') }}
        run: |
          for result in $RESULTS; do
            if [ \"$result\" != success ]; then
              echo \"one is $result\"
              exit 1
            fi
          done
";

const TARGET: &str = "\
name: Label
on:
  pull_request_target:
permissions: {}
jobs:
  label:
    runs-on: ubuntu-latest
    timeout-minutes: 5
    steps:
      - run: ./label
";

/// Proves all, and returns the codes that were promised.
fn proved(repo: &Repo) -> Vec<String> {
    let report = repo.sandbox.run(&["prove", "--output", "json"]).json();
    assert_eq!(report["proved"], report["of"], "{report:#}");
    let mut codes: Vec<String> = report["gates"][0]["protections"]
        .as_array()
        .expect("protections")
        .iter()
        .map(|protection| {
            protection["expected"]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        })
        .collect();
    codes.sort();
    codes.dedup();
    codes
}

#[test]
fn every_rule_that_can_be_broken_is_proved_to_see_it() {
    let repo = Repo::github(&["test", "all-green"]);
    repo.file("ci.yml", CI).file("target.yml", TARGET);
    let codes = proved(&repo);
    for code in [
        "action-mutable",
        "aggregate-accepts",
        "aggregate-blind",
        "aggregate-roster",
        "check-masked",
        "condition-constant",
        "directive-malformed",
        "gated-on-changes",
        "job-continue-on-error",
        "job-skippable",
        "matrix-may-be-empty",
        "needs-without-always",
        "secrets-meet-proposed-code",
        "skips-without-secret",
        "step-continue-on-error",
        "step-never-fails",
        "tool-always-zero",
        "trigger-filtered",
        "trigger-types",
        "waiver-expired",
        "waiver-unused",
        "work-skipped",
    ] {
        assert!(codes.iter().any(|known| known == code), "{code}: {codes:?}");
    }
}

#[test]
fn triggers_in_one_line_can_be_broken_as_well() {
    for triggers in [
        "on: [push, pull_request]\n",
        "on: pull_request\n",
        "on: { pull_request: {} }\n",
    ] {
        let repo = Repo::github(&["test", "all-green"]);
        let on = &CI[CI.find("on:").expect("on")..CI.find("permissions:").expect("permissions")];
        repo.file("ci.yml", &CI.replace(on, triggers));
        assert!(proved(&repo).iter().any(|code| code == "trigger-filtered"));
    }
}

#[test]
fn what_only_advises_is_promised_where_the_gate_lets_it_block() {
    let repo = Repo::gitea("1.27", &["CI / test", "CI / all-green"]);
    repo.file("ci.yml", CI);
    let quiet = proved(&repo);
    assert!(!quiet.iter().any(|code| code == "key-ignored"), "{quiet:?}");
    repo.gate("levels: { key-ignored: block, schedule-unseen: block }\n");
    let loud = proved(&repo);
    for code in ["key-ignored", "schedule-unseen"] {
        assert!(loud.iter().any(|known| known == code), "{loud:?}");
    }
}

#[test]
fn a_queue_and_time_limits_are_proved_where_they_are() {
    let repo = Repo::github(&["test", "all-green"]);
    repo.file(
        "ci.yml",
        &CI.replace("  pull_request:\n", "  pull_request:\n  merge_group:\n"),
    );
    repo.sandbox.write(
        "rules.json",
        r#"[{"type": "merge_queue"}, {"type": "required_status_checks", "parameters": {"required_status_checks": [{"context": "test"}, {"context": "all-green"}]}}]"#,
    );
    repo.gate("protection: { snapshot: rules.json }\nlevels: { timeout-missing: block }\n");
    let codes = proved(&repo);
    for code in ["merge-group-missing", "timeout-missing"] {
        assert!(codes.iter().any(|known| known == code), "{codes:?}");
    }
}
