use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::time::Duration;

use crossbeam_channel::bounded;

use super::fake::{fake, good, limits, run_all, until_cancelled, wrong};
use crate::context::Context;
use crate::run::Limits;

#[test]
fn a_gate_past_its_time_limit_is_told_to_stop_and_is_unreachable() {
    let told = run_all(
        vec![fake("endless", until_cancelled)],
        &Limits {
            timeout: Duration::from_millis(2),
            ..limits()
        },
    );
    assert_eq!(told.verdicts()["endless"], "unreachable");
    assert_eq!(
        told.reason("endless"),
        "no verdict within the time limit of 2ms"
    );
}

#[test]
fn a_gates_own_time_limit_goes_before_that_of_the_run() {
    let mut endless = fake("endless", until_cancelled);
    endless.header.timeout = Some(Duration::from_millis(1));
    let told = run_all(vec![endless], &limits());
    assert_eq!(
        told.reason("endless"),
        "no verdict within the time limit of 1ms"
    );
    assert_eq!(told.exit(), 4);
}

#[test]
fn what_a_gate_found_before_it_was_stopped_still_counts() {
    let mut late = fake("late", |context: &Context| {
        let stopped = until_cancelled(context);
        let mut inspection = wrong();
        inspection.obstacles = stopped.obstacles;
        inspection
    });
    late.header.timeout = Some(Duration::from_millis(1));
    let told = run_all(vec![late], &limits());
    assert_eq!(told.exit(), 1);
}

#[test]
fn a_gate_that_does_not_stop_is_left_behind() {
    let (hold, held) = bounded::<()>(0);
    let mut deaf = fake("deaf", move |_| {
        // Until the test is over: the sender goes away with it.
        let _ = held.recv();
        good()
    });
    deaf.header.timeout = Some(Duration::from_millis(1));
    let told = run_all(
        vec![deaf, fake("other", |_| good())],
        &Limits {
            jobs: NonZeroUsize::MIN,
            grace: Duration::ZERO,
            ..limits()
        },
    );
    assert_eq!(
        told.verdicts(),
        BTreeMap::from([("deaf", "unreachable"), ("other", "pass")])
    );
    drop(hold);
}

#[test]
fn a_slow_gate_is_called_slow() {
    let (go, gone) = bounded::<()>(1);
    let told = super::fake::run_with(
        vec![fake("slow", move |_| {
            gone.recv().unwrap();
            good()
        })],
        &Limits {
            slow_after: Duration::ZERO,
            ..limits()
        },
        &crate::context::Cancel::new(),
        &crossbeam_channel::never(),
        &mut |event| {
            if matches!(event, crate::run::Event::Slow { .. }) {
                let _ = go.try_send(());
            }
        },
    );
    assert!(told.events.contains(&"slow slow".to_owned()));
    assert_eq!(told.exit(), 0);
}

#[test]
fn after_a_failure_fail_fast_starts_no_other_gate_and_says_so() {
    let mut required = fake("c-required", |_| good());
    required.header.required = true;
    let told = run_all(
        vec![
            fake("a-fails", |_| wrong()),
            fake("b-waits", |_| good()),
            required,
        ],
        &Limits {
            jobs: NonZeroUsize::MIN,
            fail_fast: true,
            ..limits()
        },
    );
    assert_eq!(
        told.verdicts(),
        BTreeMap::from([
            ("a-fails", "fail"),
            ("b-waits", "skipped"),
            ("c-required", "refused")
        ])
    );
    assert_eq!(
        told.reason("b-waits"),
        "not run: another gate failed, and --fail-fast is set"
    );
    assert_eq!(told.exit(), 1);
}

#[test]
fn an_advisory_failure_stops_nothing() {
    let mut advisory = fake("a-fails", |_| wrong());
    advisory.header.severity = crate::gate::Severity::Advisory;
    let told = run_all(
        vec![advisory, fake("b-runs", |_| good())],
        &Limits {
            jobs: NonZeroUsize::MIN,
            fail_fast: true,
            ..limits()
        },
    );
    assert_eq!(told.verdicts()["b-runs"], "pass");
}

#[test]
fn what_was_left_behind_is_ended_with_the_run() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use crate::context::Cancel;

    let (whole, ended) = (Cancel::new(), Arc::new(AtomicBool::new(false)));
    let mut deaf = {
        let (whole, ended) = (whole.clone(), Arc::clone(&ended));
        fake("deaf", move |_| {
            // Like a fetch that other gates wait for as well: only the end of the run ends it.
            while !whole.is_cancelled() {
                std::thread::yield_now();
            }
            ended.store(true, Ordering::SeqCst);
            good()
        })
    };
    deaf.header.timeout = Some(Duration::from_millis(1));
    let told = super::fake::run_with(
        vec![deaf],
        &Limits {
            grace: Duration::ZERO,
            ..limits()
        },
        &whole,
        &crossbeam_channel::never(),
        &mut |_| {},
    );
    assert_eq!(told.exit(), 4);
    assert!(!ended.load(Ordering::SeqCst));
    told.finished
        .stragglers
        .stop(&whole, Duration::from_hours(1));
    assert!(ended.load(Ordering::SeqCst));
}
