use std::collections::BTreeMap;

use super::fake::{fake, good, limits, run_all, silent, wrong};
use crate::gate::{Inspection, Lane, Obstacle, Severity};

#[test]
fn every_verdict_has_its_exit_code_and_the_gravest_wins() {
    let pass = || fake("pass", |_| good());
    let fail = || fake("fail", |_| wrong());
    let vacuous = || fake("vacuous", |_| Inspection::new());
    let refused = || {
        fake("refused", |_| {
            Obstacle::refused(&super::fake::WRONG, "access denied").into()
        })
    };
    let unreachable = || fake("unreachable", |_| silent("connection reset"));
    let exit = |gates| run_all(gates, &limits()).exit();
    assert_eq!(exit(vec![pass()]), 0);
    assert_eq!(exit(vec![pass(), unreachable()]), 4);
    assert_eq!(exit(vec![pass(), unreachable(), vacuous()]), 3);
    assert_eq!(exit(vec![pass(), unreachable(), refused()]), 3);
    assert_eq!(exit(vec![pass(), unreachable(), refused(), fail()]), 1);
}

#[test]
fn an_advisory_gate_reports_and_changes_no_exit_code() {
    let mut advisory = fake("advice", |_| wrong());
    advisory.header.severity = Severity::Advisory;
    let told = run_all(vec![advisory, fake("pass", |_| good())], &limits());
    assert_eq!(
        told.verdicts(),
        BTreeMap::from([("advice", "fail"), ("pass", "pass")])
    );
    assert_eq!(told.exit(), 0);
}

#[test]
fn a_run_in_which_no_gate_belongs_to_the_lane_has_checked_nothing() {
    let mut nightly = fake("nightly", |_| good());
    nightly.header.lanes = vec![Lane::Nightly];
    let told = run_all(vec![nightly], &limits());
    assert_eq!(told.verdicts(), BTreeMap::from([("nightly", "skipped")]));
    assert_eq!(told.exit(), 3);
    assert_eq!(
        told.finished.end.notes,
        ["nothing was checked: no gate runs in lane local"]
    );
}

#[test]
fn a_check_that_panics_is_a_bug_of_ours_and_costs_no_other_gate_its_verdict() {
    let told = run_all(
        vec![
            fake("broken", |_| panic!("index out of bounds")),
            fake("pass", |_| good()),
            fake("fail", |_| wrong()),
        ],
        &limits(),
    );
    assert_eq!(
        told.verdicts(),
        BTreeMap::from([("broken", "refused"), ("fail", "fail"), ("pass", "pass")])
    );
    assert_eq!(
        told.reason("broken"),
        "the check of gate broken broke down: index out of bounds"
    );
    assert_eq!(told.exit(), 70);
}

#[test]
fn a_pass_carries_the_digest_of_what_was_seen() {
    let told = run_all(vec![fake("pass", |_| good())], &limits());
    let digest = told.finished.outcomes[0].facts["digest"].as_str().unwrap();
    assert_eq!(digest, good().digest());
}
