//! What the workflows of a head have to have posted.

use super::forge::{green, status};
use super::support::{advice, codes, folder, messages, states};
use crate::support::Sandbox;

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

#[test]
fn a_lane_that_was_posted_is_no_news_and_one_that_vanished_outranks_all_green() {
    let sandbox = checkout();
    let ran = sandbox.record(&green(&ALL)).judge(&["--expect"]);
    ran.exits(0);
    assert_eq!(ran.json()["required"][0]["derived"], true);
    let ran = sandbox.record(&green(&ALL[..1])).judge(&["--expect"]);
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
    let ran = sandbox.record(&green(&ALL)).judge(&["--expect"]);
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
    let ran = sandbox.record(&green(&ALL)).judge(&["--expect"]);
    assert_eq!(codes(ran.exits(1)), ["lane-vanished"]);
    assert!(
        messages(&ran).contains("no lane of .gitea/workflows/broken.yml is known"),
        "{}",
        messages(&ran)
    );
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
    let ran = sandbox.record(&rows).judge(&["--expect"]);
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
    let ran = sandbox.record(&rows).judge(&["--expect"]);
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
    sandbox.record(&green(&ALL)).judge(&["--expect"]).exits(0);
    let posted = [
        ALL[0],
        ALL[1],
        "Audit / audit (pull_request)",
        "Audit / audit (pull_request_review)",
    ];
    let ran = sandbox.record(&green(&posted)).judge(&["--expect"]);
    ran.exits(0);
    assert_eq!(advice(&ran), [""; 0]);
}

#[test]
fn nothing_to_expect_is_vacuous() {
    let sandbox = folder("CI / test\n");
    let ran = sandbox.record(&green(&ALL)).judge(&["--expect"]);
    ran.exits(3);
    assert_eq!(ran.json()["verdict"], "vacuous");
}
