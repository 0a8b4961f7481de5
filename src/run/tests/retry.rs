use std::sync::atomic::{AtomicU32, Ordering};

use super::fake::{fake, good, limits, run_all, silent, wrong};
use crate::gate::Inspection;
use crate::run::Limits;

/// Gives these answers one after the other, and the last one for ever.
fn answers(of: &'static [fn() -> Inspection]) -> impl Fn() -> Inspection {
    let asked = AtomicU32::new(0);
    move || {
        let number = asked.fetch_add(1, Ordering::SeqCst) as usize;
        of[number.min(of.len() - 1)]()
    }
}

#[test]
fn a_gate_without_an_answer_is_tried_again_until_one_comes() {
    let flaky = answers(&[|| silent("timeout"), || silent("reset"), good]);
    let told = run_all(vec![fake("flaky", move |_| flaky())], &limits());
    assert_eq!(
        told.events,
        [
            "start 1",
            "running flaky",
            "retrying flaky after 1",
            "retrying flaky after 2",
            "done flaky",
            "gate flaky pass",
            "end 0"
        ]
    );
    assert_eq!(told.finished.outcomes[0].attempts, 3);
}

#[test]
fn retries_end_and_the_last_reason_is_told() {
    let dead = answers(&[
        || silent("first"),
        || silent("second"),
        || silent("third"),
        good,
    ]);
    let told = run_all(vec![fake("dead", move |_| dead())], &limits());
    assert_eq!(told.reason("dead"), "third");
    assert_eq!(told.exit(), 4);
}

#[test]
fn without_retries_one_silence_is_enough() {
    let flaky = answers(&[|| silent("timeout"), good]);
    let told = run_all(
        vec![fake("flaky", move |_| flaky())],
        &Limits {
            retries: 0,
            ..limits()
        },
    );
    assert_eq!(told.exit(), 4);
}

#[test]
fn a_finding_is_never_retried_away() {
    let found = answers(&[
        || {
            let mut inspection = wrong();
            inspection.obstacles = silent("timeout").obstacles;
            inspection
        },
        good,
    ]);
    let told = run_all(vec![fake("found", move |_| found())], &limits());
    assert_eq!(told.finished.outcomes[0].attempts, 1);
    assert_eq!(told.exit(), 1);
}

#[test]
fn a_refusal_is_never_retried() {
    let refused = answers(&[
        || crate::gate::Obstacle::refused(&super::fake::WRONG, "access denied").into(),
        good,
    ]);
    let told = run_all(vec![fake("refused", move |_| refused())], &limits());
    assert_eq!(told.finished.outcomes[0].attempts, 1);
    assert_eq!(told.exit(), 3);
}

#[test]
fn a_panic_is_never_retried() {
    let broken = answers(&[|| panic!("once"), good]);
    let told = run_all(vec![fake("broken", move |_| broken())], &limits());
    assert_eq!(told.exit(), 70);
}
