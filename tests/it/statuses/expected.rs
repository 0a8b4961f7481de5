//! What the workflows of a head have to have posted.

use serde_json::Value;

use super::forge::{HEAD, green, status};
use super::support::{advice, codes, folder, messages, states};
use crate::support::{Ran, Sandbox, git};

const CI: &str = "\
name: CI
on:
  pull_request:
jobs:
  test:
    runs-on: ubuntu-latest
    steps: [{ run: make test }]
  lint:
    name: Lint (all)
    runs-on: ubuntu-latest
    steps: [{ run: make lint }]
";

const DOCS: &str = "\
name: Docs
on:
  pull_request:
    paths: ['docs/**']
jobs:
  build:
    runs-on: ubuntu-latest
    steps: [{ run: make docs }]
";

const CLOSED: &str = "\
name: Audit
on:
  pull_request: { types: [closed] }
  pull_request_review: {}
jobs:
  audit:
    runs-on: ubuntu-latest
    steps: [{ run: make audit }]
";

const ALL: [&str; 2] = ["CI / test (pull_request)", "CI / Lint (all) (pull_request)"];

fn checkout() -> Sandbox {
    let sandbox = folder("CI / test\n");
    sandbox
        .write(".gitea/workflows/ci.yml", CI)
        .write(".gitea/workflows/docs.yaml", DOCS);
    sandbox
}

/// Judges these statuses of what is committed now, with what its workflows have to have posted.
fn expecting(sandbox: &Sandbox, rows: &[Value]) -> Ran {
    sandbox.record_of_commit(rows);
    sandbox.judge(&["--expect"])
}

#[test]
fn a_lane_that_was_posted_is_no_news_and_one_that_vanished_outranks_all_green() {
    let sandbox = checkout();
    let ran = expecting(&sandbox, &green(&ALL));
    ran.exits(0);
    assert_eq!(ran.json()["required"][0]["derived"], true);
    let ran = expecting(&sandbox, &green(&ALL[..1]));
    ran.exits(1);
    assert_eq!(codes(&ran), ["lane-vanished"]);
    let report = ran.json();
    assert_eq!(report["vanished"][0]["context"], ALL[1]);
    assert_eq!(
        report["vanished"][0]["location"]["path"],
        ".gitea/workflows/ci.yml"
    );
    assert_eq!(report["vanished"][0]["location"]["line"], 8);
    // Nobody asked: nobody misses it.
    sandbox.judge(&[]).exits(0);
}

#[test]
fn a_lane_of_a_file_that_the_forge_refuses_has_vanished() {
    let sandbox = checkout();
    let twice = CI.replace("name: CI\n", "name: CI\nenv: { A: a }\nenv: { B: b }\n");
    sandbox.write(
        ".gitea/workflows/more.yml",
        twice.replace("name: CI", "name: More"),
    );
    let ran = expecting(&sandbox, &green(&ALL));
    ran.exits(1);
    assert_eq!(codes(&ran), ["lane-vanished"]);
    assert!(
        messages(&ran).contains("`More / test (pull_request)` was not posted"),
        "{}",
        messages(&ran)
    );
}

#[test]
fn a_file_that_nobody_can_read_is_told() {
    let sandbox = checkout();
    sandbox.write(".gitea/workflows/broken.yml", "name: [\n");
    let ran = expecting(&sandbox, &green(&ALL));
    assert_eq!(codes(ran.exits(1)), ["lane-vanished"]);
    assert!(
        messages(&ran).contains("no lane of .gitea/workflows/broken.yml is known"),
        "{}",
        messages(&ran)
    );
}

#[test]
fn a_filter_on_branches_is_decided_where_the_branch_is_named() {
    let sandbox = checkout();
    sandbox.write(
        ".gitea/workflows/main.yml",
        CI.replace("name: CI", "name: Main").replace(
            "  pull_request:\n",
            "  pull_request: { branches: [main] }\n",
        ),
    );
    // Without the branch it is not known whether these have to be there.
    expecting(&sandbox, &green(&ALL)).exits(0);
    let to = |branch: &str| sandbox.judge(&["--expect", "--expect-branch", branch]);
    assert_eq!(codes(to("main").exits(1)), ["lane-vanished"]);
    to("next").exits(0);
    sandbox.judge(&["--expect-branch", "main"]).exits(2);
}

#[test]
fn what_is_still_coming_is_unsettled_and_no_accusation() {
    let sandbox = checkout();
    let mut rows = green(&ALL[..1]);
    rows.push(status(
        8,
        "Other / slow (pull_request)",
        "pending",
        "Has started running",
    ));
    let ran = expecting(&sandbox, &rows);
    ran.exits(4);
    assert_eq!(codes(&ran), ["statuses-unsettled"]);
    assert_eq!(ran.json()["settled"], false);
    assert!(messages(&ran).contains("unsettled"), "{}", messages(&ran));
}

#[test]
fn what_no_workflow_posts_is_told_from_what_did_not_run() {
    let sandbox = checkout();
    sandbox.write("required.txt", "CI / test\nCI / gone\nElse / where\n");
    let mut rows = green(&ALL);
    rows.push(status(8, "Else / where", "success", ""));
    rows.push(status(9, "Bot / hello (pull_request)", "success", ""));
    let ran = expecting(&sandbox, &rows);
    ran.exits(1);
    assert_eq!(codes(&ran), ["context-never-derived"]);
    assert!(
        messages(&ran).contains("`CI / gone` is required, was not posted, and no workflow"),
        "{}",
        messages(&ran)
    );
    assert_eq!(advice(&ran), ["context-never-derived", "context-unknown"]);
    let derived: Vec<_> = states(&ran, "others")
        .into_iter()
        .map(|(context, _)| context)
        .collect();
    assert_eq!(derived, ["Bot / hello", "CI / Lint (all)"]);
}

#[test]
fn what_other_events_post_is_known_and_need_not_be_there() {
    let sandbox = checkout();
    sandbox.write(".gitea/workflows/audit.yml", CLOSED);
    expecting(&sandbox, &green(&ALL)).exits(0);
    let posted = [
        ALL[0],
        ALL[1],
        "Audit / audit (pull_request)",
        "Audit / audit (pull_request_review)",
    ];
    let ran = expecting(&sandbox, &green(&posted));
    ran.exits(0);
    assert_eq!(advice(&ran), [""; 0]);
}

#[test]
fn nothing_to_expect_is_vacuous() {
    let sandbox = folder("CI / test\n");
    let ran = expecting(&sandbox, &green(&ALL));
    ran.exits(3);
    assert_eq!(ran.json()["verdict"], "vacuous");
}

#[test]
fn the_workflows_are_those_of_the_head_and_not_of_what_is_checked_out() {
    let sandbox = checkout();
    let head = sandbox.record_of_commit(&green(&ALL[..1]));
    let missing = |more: &[&str]| {
        let mut args = vec!["--expect"];
        args.extend(more);
        let ran = sandbox.judge(&args);
        assert_eq!(codes(ran.exits(1)), ["lane-vanished"]);
        assert_eq!(ran.json()["vanished"][0]["context"], ALL[1]);
    };
    missing(&[]);
    // The job goes, on disk and then in a later commit: the head had it.
    let shorter = CI.split("  lint:").next().expect("a job before");
    sandbox.write(".gitea/workflows/ci.yml", shorter);
    missing(&[]);
    let later = sandbox.record_of_commit(&green(&ALL[..1]));
    sandbox.judge(&["--expect"]).exits(0);
    sandbox.record_about(&head, &green(&ALL[..1]));
    missing(&["--sha", &head[..10]]);
    assert_ne!(head, later);
    // Below the top of the checkout the head had no workflows.
    std::fs::create_dir(sandbox.root().join("below")).expect("a folder");
    let ran = sandbox.judge(&["--expect", "--root", "below"]);
    assert_eq!(ran.exits(3).json()["verdict"], "vacuous");
}

#[test]
fn a_head_that_the_repository_has_not_is_refused_with_what_to_do() {
    let sandbox = checkout();
    sandbox.record(&green(&ALL));
    let ran = sandbox.judge(&["--expect"]);
    assert_eq!(codes(ran.exits(3)), ["head-not-here"]);
    assert!(
        messages(&ran).contains("lies in no git checkout"),
        "{}",
        messages(&ran)
    );
    git(
        &sandbox.root(),
        &["init", "--quiet", "--initial-branch=main"],
    );
    let ran = sandbox.judge(&["--expect"]);
    assert_eq!(codes(ran.exits(3)), ["head-not-here"]);
    let help = ran.json()["findings"][0]["help"].to_string();
    assert!(help.contains(&format!("git fetch origin {HEAD}")), "{help}");
    // Nothing names the head.
    let rows = Value::from(green(&ALL));
    sandbox.write("statuses.json", rows.to_string());
    let ran = sandbox.judge(&["--expect"]);
    assert_eq!(codes(ran.exits(3)), ["head-not-here"]);
    assert!(
        messages(&ran).contains("no commit is named"),
        "{}",
        messages(&ran)
    );
}

#[test]
fn two_workflow_files_of_one_name_are_told_unless_both_are_seen() {
    let sandbox = checkout();
    sandbox.write(".gitea/workflows/again.yml", CI);
    let ran = expecting(&sandbox, &green(&ALL));
    assert_eq!(codes(ran.exits(1)), ["context-duplicated"]);
    assert_eq!(ran.json()["required"][0]["state"], "green");
    assert_eq!(ran.json()["required"][0]["blocks"], true);
    assert!(
        messages(&ran).contains("posted by 2 jobs that cannot be told apart"),
        "{}",
        messages(&ran)
    );
    let head = ran.json()["commit"].as_str().expect("a commit").to_owned();
    let people = sandbox.run(&[
        "statuses",
        "--required",
        "required.txt",
        "--statuses",
        "statuses.json",
        "--expect",
        "--sha",
        &head,
    ]);
    people.exits(1);
    assert!(
        people.stdout.contains("error[context-duplicated]"),
        "{}",
        people.stdout
    );
    assert!(
        people
            .stdout
            .contains("is not mergeable: context-duplicated"),
        "{}",
        people.stdout
    );
    // Each run told by its link: both are green, and then one is not.
    let both = |first: &str| {
        let mut rows = green(&ALL);
        rows.push(status(8, ALL[0], first, ""));
        rows.push(status(9, ALL[0], "success", ""));
        rows.remove(0);
        for (run, row) in rows.iter_mut().skip(1).enumerate() {
            row["target_url"] = Value::from(format!("/o/r/actions/runs/{run}/jobs/0"));
        }
        rows
    };
    expecting(&sandbox, &both("success")).exits(0);
    let ran = expecting(&sandbox, &both("failure"));
    assert_eq!(codes(ran.exits(1)), ["context-red"]);
    assert_eq!(advice(&ran), ["context-duplicated"]);
}
