//! Which of the recorded statuses a name takes, and which of those counts.

use serde_json::json;

use super::forge::{green, status};
use super::support::{advice, codes, folder, messages, states};

#[test]
fn the_newest_status_counts_wherever_it_stands() {
    let sandbox = folder("CI / test\n");
    let older = status(4, "CI / test (push)", "success", "");
    let newer = status(9, "CI / test (push)", "failure", "");
    sandbox
        .record(&[newer.clone(), older.clone()])
        .judge(&[])
        .exits(1);
    let older = status(9, "CI / test (push)", "success", "");
    let newer = status(4, "CI / test (push)", "failure", "");
    sandbox.record(&[newer, older]).judge(&[]).exits(0);
}

#[test]
fn of_several_events_the_worst_counts_unless_each_is_asked_for() {
    let rows = [
        status(
            1,
            "qa / approved (pull_request_target)",
            "success",
            "Approved",
        ),
        status(
            2,
            "qa / approved (pull_request_review)",
            "skipped",
            "Has been skipped",
        ),
        status(
            3,
            "qa / approved (pull_request)",
            "failure",
            "Failing after 2s",
        ),
    ];
    let sandbox = folder("qa / approved (pull_request_target)\n");
    let worst = sandbox.record(&rows).judge(&[]);
    worst.exits(1);
    assert_eq!(codes(&worst), ["context-red"]);
    assert_eq!(advice(&worst), ["context-duplicated"]);
    assert_eq!(worst.json()["required"][0]["duplicated"], true);
    let exact = sandbox.judge(&["--suffix", "exact"]);
    exact.exits(0);
    assert_eq!(
        exact.json()["required"][0]["statuses"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
    // Taken as it is written, a name without its event is nobody's.
    let sandbox = folder("qa / approved\n");
    let bare = sandbox.record(&rows).judge(&["--suffix", "exact"]);
    bare.exits(1);
    assert_eq!(codes(&bare), ["context-missing"]);
    assert!(messages(&bare).contains("posted under its name: qa / approved (pull_request)"));
}

#[test]
fn a_pattern_takes_all_that_was_posted_and_is_blind_for_the_rest() {
    let sandbox = folder("CI / test\n");
    let mut rows = green(&["CI / test (push)", "Lint / lint (push)"]);
    rows.push(status(
        3,
        "Deploy / deploy (push)",
        "skipped",
        "Has been skipped",
    ));
    sandbox.record(&rows);
    let judge = |more: &[&str]| {
        let mut args = vec![
            "statuses",
            "--statuses",
            "statuses.json",
            "--output",
            "json",
        ];
        args.extend(["--context", "*"]);
        args.extend(more);
        sandbox.run(&args)
    };
    // That its check ran is what is asked; whoever wants it as the forge takes it has to say so, and is told.
    let ran = judge(&[]);
    assert_eq!(codes(ran.exits(1)), ["context-skipped"]);
    let ran = judge(&["--skipped", "forge"]);
    ran.exits(0);
    assert_eq!(advice(&ran), ["context-skipped", "wildcard-blind"]);
    // Named as well, it has to have run.
    let named = judge(&["--context", "Deploy / deploy", "--skipped", "forge"]);
    assert_eq!(codes(named.exits(1)), ["context-skipped"]);
    let judge = |more: &[&str]| {
        let more: Vec<_> = ["--skipped", "forge"].iter().chain(more).copied().collect();
        judge(&more)
    };
    rows.push(status(4, "Other / red (push)", "failure", ""));
    sandbox.record(&rows);
    assert_eq!(codes(judge(&[]).exits(1)), ["context-red"]);
    // Nothing was posted at all: nobody looked.
    sandbox.record(&[]);
    let none = judge(&[]);
    none.exits(3);
    assert_eq!(none.json()["verdict"], "vacuous");
}

#[test]
fn a_pattern_without_a_match_and_the_green_of_another_event_satisfy_nothing() {
    let sandbox = folder("CI / test (pull_request)\n");
    sandbox.record(&green(&["CI / test (push)"]));
    let ran = sandbox.judge(&[]);
    assert_eq!(codes(ran.exits(1)), ["context-missing"]);
    assert!(messages(&ran).contains("posted under its name: CI / test (push)"));
    let sandbox = folder("CI / test\n");
    sandbox.record(&green(&["CI / test (push)"]));
    let ran = sandbox.judge(&["--context", "Docs / *"]);
    assert_eq!(codes(ran.exits(1)), ["context-missing"]);
    assert!(messages(&ran).contains("`Docs / *`"), "{}", messages(&ran));
}

#[test]
fn the_green_of_another_run_hides_no_red_and_a_second_try_does() {
    let sandbox = folder("CI / test\n");
    let of = |id: u64, run: u64, word: &str| {
        let mut row = status(id, "CI / test (push)", word, "");
        row["target_url"] = json!(format!("/o/r/actions/runs/{run}/jobs/0"));
        row
    };
    let hidden = sandbox
        .record(&[of(1, 7, "failure"), of(2, 8, "success")])
        .judge(&[]);
    assert_eq!(codes(hidden.exits(1)), ["context-red"]);
    assert_eq!(advice(&hidden), ["context-duplicated"]);
    assert!(
        messages(&hidden).contains("(by /o/r/actions/runs/7)"),
        "{}",
        messages(&hidden)
    );
    sandbox
        .record(&[of(1, 7, "failure"), of(2, 7, "success")])
        .judge(&[])
        .exits(0);
    // A run that began after the end of the first one takes its place, and that is told.
    let later = [
        of(1, 7, "failure"),
        of(2, 8, "pending"),
        of(3, 8, "success"),
    ];
    let ran = sandbox.record(&later).judge(&[]);
    ran.exits(0);
    assert_eq!(advice(&ran), ["context-duplicated"]);
}

#[test]
fn a_name_that_ends_as_an_event_is_not_taken_for_its_shorter_namesake() {
    let sandbox = folder("CI / build (push)\n");
    let job = "CI / build (push) (pull_request)";
    let red = status(1, job, "failure", "");
    let ran = sandbox.record(std::slice::from_ref(&red)).judge(&[]);
    assert_eq!(codes(ran.exits(1)), ["context-red"]);
    let other = status(2, "CI / build (push)", "success", "");
    let ran = sandbox.record(&[red, other]).judge(&[]);
    assert_eq!(codes(ran.exits(1)), ["context-red"]);
    sandbox
        .record(&[status(3, job, "success", "")])
        .judge(&[])
        .exits(0);
}

#[test]
fn the_run_that_asks_does_not_wait_for_itself_and_counts_once_it_has_ended() {
    let sandbox = folder("CI / test\n");
    let mut rows = green(&["CI / test (push)"]);
    rows.push(status(
        2,
        "gates / driftgate (push)",
        "pending",
        "Has started running",
    ));
    sandbox.record(&rows);
    let judge = |more: &[&str]| {
        let mut args = vec![
            "statuses",
            "--statuses",
            "statuses.json",
            "--output",
            "json",
        ];
        args.extend(["--context", "*"]);
        args.extend(more);
        sandbox.run(&args)
    };
    assert_eq!(codes(judge(&[]).exits(1)), ["context-pending"]);
    let own = ["--own", "gates / driftgate (push)"];
    judge(&own).exits(0);
    rows[1] = status(2, "gates / driftgate (push)", "failure", "Failing after 1s");
    sandbox.record(&rows);
    assert_eq!(codes(judge(&own).exits(1)), ["context-red"]);
}

#[test]
fn a_snapshot_of_a_branch_s_protection_names_patterns() {
    let sandbox = folder("");
    sandbox.record(&green(&["CI / test (push)", "CI / lint (push)"]));
    let judge = |snapshot: serde_json::Value| {
        sandbox.write("protection.json", snapshot.to_string());
        sandbox.run(&[
            "statuses",
            "--protection",
            "protection.json",
            "--statuses",
            "statuses.json",
            "--output",
            "json",
        ])
    };
    let gitea = |contexts: serde_json::Value, enabled: bool| json!({"branch_name": "main", "enable_status_check": enabled, "status_check_contexts": contexts});
    let ran = judge(gitea(json!(["CI / *"]), true));
    ran.exits(0);
    assert_eq!(states(&ran, "required").len(), 2);
    let ran = judge(gitea(
        json!(["CI / test (push)", "Docs / build (push)"]),
        true,
    ));
    assert_eq!(codes(ran.exits(1)), ["context-missing"]);
    let ran = judge(gitea(json!(["CI / *"]), false));
    assert_eq!(codes(ran.exits(3)), ["required-empty"]);
}
