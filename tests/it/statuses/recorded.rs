//! Statuses that were recorded.

use serde_json::json;

use super::forge::{HEAD, green, status};
use super::support::{advice, codes, folder, messages, states};

/// The shape of a head on which three reviews were red, staging was cancelled, and others beside it.
fn real_shape() -> Vec<serde_json::Value> {
    vec![
        status(
            1,
            "CI / all-required (pull_request)",
            "success",
            "Successful in 3s",
        ),
        status(
            2,
            "qa-review / approved (pull_request_target)",
            "failure",
            "Failing after 16s",
        ),
        status(
            3,
            "security-review / approved (pull_request_target)",
            "failure",
            "Failing after 17s",
        ),
        status(
            4,
            "reserved-path-review / reserved-path-review (pull_request_target)",
            "failure",
            "Failing after 15s",
        ),
        status(
            5,
            "E2E Staging SaaS (full lifecycle) / E2E Staging Platform Boot (pull_request)",
            "failure",
            "Has been cancelled",
        ),
        status(
            6,
            "E2E Staging SaaS (full lifecycle) / pr-validate (pull_request)",
            "failure",
            "Has been cancelled",
        ),
        status(
            7,
            "gate-check-v3 / gate-check (pull_request_target)",
            "failure",
            "Failing after 28s",
        ),
        status(
            8,
            "template-delivery-e2e / Template-asset delivery (fresh seo-agent — config) (pull_request)",
            "success",
            "Successful in 3s",
        ),
        status(
            9,
            "sop-checklist / review-refire (pull_request_target)",
            "skipped",
            "Has been skipped",
        ),
    ]
}

const REAL_LIST: &str = "\
# what has to be green
CI / all-required
template-delivery-e2e / Template-asset delivery (fresh seo-agent — config)
E2E Staging SaaS (full lifecycle) / E2E Staging Platform Boot   # since March
qa-review / approved
security-review / approved
reserved-path-review / reserved-path-review
# pending-#3159 (not yet enforced)
gate-check-v3 / gate-check
";

#[test]
fn the_red_that_is_required_is_told_from_the_red_that_is_not() {
    let sandbox = folder(REAL_LIST);
    let ran = sandbox.record(&real_shape()).judge(&[]);
    ran.exits(1);
    assert_eq!(codes(&ran), ["context-cancelled", "context-red"]);
    let state = |context: &str, state: &str| (context.to_owned(), state.to_owned());
    assert_eq!(
        states(&ran, "required"),
        [
            state("qa-review / approved", "red"),
            state("reserved-path-review / reserved-path-review", "red"),
            state("security-review / approved", "red"),
            state(
                "E2E Staging SaaS (full lifecycle) / E2E Staging Platform Boot",
                "cancelled"
            ),
            state("CI / all-required", "green"),
            state(
                "template-delivery-e2e / Template-asset delivery (fresh seo-agent — config)",
                "green"
            ),
        ]
    );
    assert_eq!(
        states(&ran, "others"),
        [
            state("gate-check-v3 / gate-check", "red"),
            state(
                "E2E Staging SaaS (full lifecycle) / pr-validate",
                "cancelled"
            ),
            state("sop-checklist / review-refire", "skipped"),
        ]
    );
    let report = ran.json();
    assert_eq!(report["mergeable"], false);
    assert_eq!(report["commit"], HEAD);
    assert_eq!(
        report["required"][0]["locations"][0],
        json!({"path": "required.txt", "line": 5, "column": 1})
    );
}

#[test]
fn people_are_told_in_one_look() {
    let sandbox = folder(REAL_LIST);
    sandbox.record(&real_shape());
    let ran = sandbox.run(&[
        "statuses",
        "--required",
        "required.txt",
        "--statuses",
        "statuses.json",
    ]);
    ran.exits(1);
    insta::assert_snapshot!(ran.stdout, @r"
    red        qa-review / approved  Failing after 16s (pull_request_target)
    red        reserved-path-review / reserved-path-review  Failing after 15s (pull_request_target)
    red        security-review / approved  Failing after 17s (pull_request_target)
    cancelled  E2E Staging SaaS (full lifecycle) / E2E Staging Platform Boot  Has been cancelled (pull_request)
    green      CI / all-required  Successful in 3s (pull_request)
    green      template-delivery-e2e / Template-asset delivery (fresh seo-agent — config)  Successful in 3s (pull_request)
    not required:
    red        gate-check-v3 / gate-check  Failing after 28s (pull_request_target)
    cancelled  E2E Staging SaaS (full lifecycle) / pr-validate  Has been cancelled (pull_request)
    8b33b67e09 is not mergeable: 3 red, 1 cancelled of 6 required contexts
    ");
}

#[test]
fn a_head_on_which_all_that_is_required_is_green_is_mergeable() {
    let sandbox = folder("CI / test\nLint / lint (pull_request)\n");
    sandbox.record(&green(&[
        "CI / test (pull_request)",
        "Lint / lint (pull_request)",
    ]));
    let ran = sandbox.judge(&[]);
    ran.exits(0);
    let report = ran.json();
    assert_eq!(
        (&report["mergeable"], &report["verdict"]),
        (&json!(true), &json!("pass"))
    );
    assert_eq!(report["findings"], json!([]));
    let told = sandbox.run(&[
        "statuses",
        "--required",
        "required.txt",
        "--statuses",
        "statuses.json",
        "-q",
    ]);
    assert_eq!(
        told.exits(0).stdout,
        "8b33b67e09 is mergeable: 2 green of 2 required contexts\n"
    );
}

#[test]
fn each_way_of_not_being_green_has_its_own_code() {
    let row = |word: &str, description: &str| status(1, "CI / test (push)", word, description);
    let mut elsewhere = row("success", "");
    elsewhere["url"] = json!(format!("https://x/statuses/{}", "0".repeat(40)));
    for (row, code) in [
        (row("failure", "Failing after 1s"), "context-red"),
        (row("error", ""), "context-red"),
        (row("warning", ""), "context-red"),
        (row("Success", ""), "context-red"),
        (row("pending", "Waiting to run"), "context-pending"),
        (row("failure", "Has been cancelled"), "context-cancelled"),
        (row("skipped", ""), "context-skipped"),
        (row("success", "Has been skipped"), "context-skipped"),
        (elsewhere, "context-stale"),
        (
            status(1, "CI / test2 (push)", "success", ""),
            "context-missing",
        ),
    ] {
        let sandbox = folder("CI / test\n");
        let ran = sandbox.record(std::slice::from_ref(&row)).judge(&[]);
        ran.exits(1);
        assert_eq!(codes(&ran), [code], "{row}");
    }
}

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
fn a_key_that_stands_twice_is_no_answer() {
    let sandbox = folder("CI / test\n");
    let twice =
        r#"{"id": 1, "context": "CI / test (push)", "status": "failure", "status": "success"}"#;
    for text in [
        format!(r#"{{"statuses": [{twice}]}}"#),
        format!("[{twice}]"),
        r#"{"statuses": [], "statuses": [{"id": 1, "context": "CI / test (push)", "status": "success"}]}"#
            .to_owned(),
    ] {
        sandbox.write("statuses.json", &text);
        let ran = sandbox.judge(&[]);
        assert_eq!(codes(ran.exits(3)), ["statuses-malformed"], "{text}");
        assert!(messages(&ran).contains("stands twice"), "{}", messages(&ran));
    }
    sandbox.record(&green(&["CI / test (push)"]));
    let twice = format!(
        r#"[{{"id": 1, "user": {{"login": "bob"}}, "state": "APPROVED", "commit_id": "{}", "commit_id": "{HEAD}"}}]"#,
        "0".repeat(40)
    );
    sandbox.write("reviews.json", twice);
    let ran = sandbox.judge(&[
        "--approvals",
        "1",
        "--roster",
        "bob",
        "--reviews",
        "reviews.json",
        "--author",
        "ann",
        "--sha",
        HEAD,
    ]);
    assert_eq!(codes(ran.exits(3)), ["statuses-malformed"]);
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
fn the_first_page_of_several_is_no_record() {
    let sandbox = folder("CI / test\n");
    let statuses = green(&["CI / test (push)"]);
    let record = json!({"sha": HEAD, "total_count": 53, "statuses": statuses});
    sandbox.write("statuses.json", record.to_string());
    let ran = sandbox.judge(&[]);
    assert_eq!(codes(ran.exits(3)), ["statuses-incomplete"]);
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
fn nothing_required_and_nothing_readable_is_never_green() {
    let sandbox = folder("# nothing\n# pending-#12\nCI / test\n");
    sandbox.record(&green(&["CI / test (push)"]));
    let parked = sandbox.judge(&[]);
    parked.exits(3);
    assert_eq!(codes(&parked), ["required-empty"]);
    assert!(
        messages(&parked).contains("all 1 entries stand below the pending marker"),
        "{}",
        messages(&parked)
    );
    let sandbox = folder("CI / test\n");
    for text in [
        "",
        "{",
        "<html>Bad gateway</html>",
        "{}",
        "null",
        r#"{"message": "not found"}"#,
        r#"{"statuses": 7}"#,
        r#"{"statuses": [{"context": "CI / test", "status": "success"}]}"#,
        r#"{"statuses": [{"id": 1, "context": "CI / test"}]}"#,
        r#"{"sha": "0000000000000000000000000000000000000000", "statuses": []}"#,
    ] {
        sandbox.write("statuses.json", text);
        let ran = sandbox.judge(&["--sha", HEAD]);
        ran.exits(3);
        assert_eq!(ran.json()["verdict"], "refused", "{text}");
        assert_eq!(ran.json()["mergeable"], false, "{text}");
    }
    std::fs::remove_file(sandbox.root().join("statuses.json")).expect("it is there");
    let gone = sandbox.judge(&[]);
    gone.exits(3);
    assert!(
        gone.stderr.contains("failed to read statuses.json"),
        "{}",
        gone.stderr
    );
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

#[test]
fn what_cannot_be_meant_is_a_wrong_command_line() {
    let sandbox = folder("CI / test\n");
    for args in [
        &["statuses"][..],
        &["statuses", "--required", "required.txt"],
        &[
            "statuses",
            "--required",
            "required.txt",
            "--forge",
            "gitea",
            "--sha",
            HEAD,
        ],
        &[
            "statuses",
            "--required",
            "required.txt",
            "--forge",
            "gitea",
            "--sha",
            HEAD,
            "--repo",
            "o/r",
        ],
        &[
            "statuses",
            "--required",
            "required.txt",
            "--forge",
            "gitlab",
            "--sha",
            HEAD,
        ],
        &[
            "statuses",
            "--required",
            "required.txt",
            "--forge",
            "github",
            "--repo",
            "o",
            "--sha",
            HEAD,
        ],
        &[
            "statuses",
            "--required",
            "required.txt",
            "--forge",
            "github",
            "--repo",
            "o/r",
            "--sha",
            "main",
        ],
        &[
            "statuses",
            "--required",
            "required.txt",
            "--forge",
            "github",
            "--repo",
            "o/r",
        ],
        &[
            "statuses",
            "--context",
            "a",
            "--statuses",
            "x.json",
            "--approvals",
            "1",
        ],
        &[
            "statuses",
            "--post",
            "report.json",
            "--forge",
            "github",
            "--repo",
            "o/r",
        ],
    ] {
        sandbox.run(args).exits(2);
    }
}

#[test]
fn reviews_of_another_commit_and_of_the_author_do_not_count() {
    let sandbox = folder("CI / test\n");
    sandbox.record(&green(&["CI / test (push)"]));
    let review = |id: u64, login: &str, state: &str, commit: &str| json!({"id": id, "user": {"login": login}, "state": state, "commit_id": commit});
    let judge = |reviews: serde_json::Value| {
        sandbox.write("reviews.json", reviews.to_string());
        sandbox.judge(&[
            "--approvals",
            "1",
            "--roster",
            "bob,cid",
            "--reviews",
            "reviews.json",
            "--author",
            "ann",
            "--sha",
            HEAD,
        ])
    };
    judge(json!([review(1, "bob", "APPROVED", HEAD)])).exits(0);
    let other = "0".repeat(40);
    for reviews in [
        json!([]),
        json!([review(1, "bob", "APPROVED", &other)]),
        json!([review(1, "bob", "approved", HEAD)]),
        json!([review(1, "ann", "APPROVED", HEAD)]),
        json!([review(1, "dan", "APPROVED", HEAD)]),
    ] {
        let ran = judge(reviews);
        assert_eq!(codes(ran.exits(1)), ["approvals-missing"]);
    }
    let ran = judge(json!([
        review(1, "bob", "APPROVED", HEAD),
        review(2, "dan", "REQUEST_CHANGES", &other)
    ]));
    assert_eq!(codes(ran.exits(1)), ["changes-requested"]);
    let ran = judge(json!({"message": "no"}));
    assert_eq!(codes(ran.exits(3)), ["statuses-malformed"]);
}

#[test]
fn the_report_is_as_its_schema_says() {
    let sandbox = folder(REAL_LIST);
    let report = sandbox.record(&real_shape()).judge(&[]).json();
    let schema = sandbox.run(&["schema", "statuses-report"]).exits(0).json();
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let problems: Vec<_> = validator
        .iter_errors(&report)
        .map(|error| error.to_string())
        .collect();
    assert_eq!(problems, [""; 0]);
    assert_eq!(report["schema"], "driftgate.statuses.v1");
}
