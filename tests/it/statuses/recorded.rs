//! Statuses that were recorded.

use serde_json::json;

use super::forge::{HEAD, green, status};
use super::support::{codes, folder, states};

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
