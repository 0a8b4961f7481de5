//! Waivers: what they suppress, and what becomes of them.

use crate::support::{Ran, Sandbox};

fn waiver(code: &str, until: &str) -> String {
    format!("waivers:\n  - {{code: \"{code}\", reason: is being moved, until: {until}}}\n")
}

fn run_on(day: &str, sandbox: &Sandbox) -> Ran {
    sandbox.run(&["run", "--today", day, "--output", "json"])
}

#[test]
fn a_waived_finding_is_shown_and_does_not_block_up_to_its_last_day() {
    let sandbox = Sandbox::with_settings();
    sandbox.failing("moved", &waiver("content-differs", "2027-01-31"));
    let ran = run_on("2027-01-31", &sandbox);
    let report = ran.exits(0).json();
    let finding = &report["gates"][0]["findings"][0];
    assert_eq!(finding["level"], "advisory");
    assert!(
        finding["message"]
            .as_str()
            .is_some_and(|message| message.ends_with("(waived until 2027-01-31: is being moved)")),
        "{finding}"
    );
}

#[test]
fn an_expired_waiver_is_a_finding_and_what_it_hid_counts_again() {
    let sandbox = Sandbox::with_settings();
    sandbox.failing("moved", &waiver("content-differs", "2027-01-31"));
    let report = run_on("2027-02-01", &sandbox).exits(1).json();
    let codes: Vec<_> = report["gates"][0]["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .map(|finding| (finding["code"].clone(), finding["level"].clone()))
        .collect();
    assert_eq!(
        codes,
        [
            ("content-differs".into(), "block".into()),
            ("waiver-expired".into(), "block".into())
        ]
    );
}

#[test]
fn a_waiver_that_matches_nothing_is_a_finding_at_its_line() {
    let sandbox = Sandbox::with_settings();
    sandbox.passing("fine", &waiver("content-differs", "2027-01-31"));
    let report = run_on("2027-01-01", &sandbox).exits(1).json();
    let finding = &report["gates"][0]["findings"][0];
    assert_eq!(finding["code"], "waiver-unused");
    assert_eq!(finding["locations"][0]["path"], "gates/fine.yaml");
    assert_eq!(finding["locations"][0]["line"], 5);
}

#[test]
fn a_gate_that_is_waived_as_a_whole_is_skipped_and_leaves_nothing_checked() {
    let sandbox = Sandbox::with_settings();
    sandbox.failing("moved", &waiver("*", "2027-01-31"));
    let report = run_on("2027-01-01", &sandbox).exits(3).json();
    assert_eq!(report["gates"][0]["verdict"], "skipped");
    assert_eq!(
        report["gates"][0]["reason"],
        "waived until 2027-01-31: is being moved"
    );
}

#[test]
fn a_required_gate_cannot_be_waived_as_a_whole() {
    let sandbox = Sandbox::with_settings();
    sandbox.passing("other", "").failing(
        "moved",
        &format!("required: true\n{}", waiver("*", "2027-01-31")),
    );
    let report = run_on("2027-01-01", &sandbox).exits(3).json();
    assert_eq!(report["gates"][0]["verdict"], "refused");
}
