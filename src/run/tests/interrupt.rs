use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use crossbeam_channel::bounded;

use super::fake::{fake, good, limits, run_with, until_cancelled};
use crate::context::Cancel;
use crate::run::{Event, Limits};

#[test]
fn an_interrupt_stops_gates_at_work_and_starts_no_others() {
    let (interrupt, interrupts) = bounded(1);
    let told = run_with(
        vec![
            fake("a-works", until_cancelled),
            fake("b-waits", |_| good()),
        ],
        &Limits {
            jobs: NonZeroUsize::MIN,
            ..limits()
        },
        &Cancel::new(),
        &interrupts,
        &mut |event| {
            if matches!(event, Event::Running { .. }) {
                interrupt.send(()).unwrap();
            }
        },
    );
    assert_eq!(
        told.verdicts(),
        BTreeMap::from([("a-works", "unreachable"), ("b-waits", "skipped")])
    );
    assert_eq!(told.reason("a-works"), "interrupted before a verdict");
    assert_eq!(told.reason("b-waits"), "not run: interrupted");
    assert_eq!(told.exit(), 130);
}

#[test]
fn a_run_that_was_cancelled_before_it_began_runs_nothing() {
    let cancel = Cancel::new();
    cancel.cancel();
    let told = run_with(
        vec![fake("pass", |_| good())],
        &limits(),
        &cancel,
        &crossbeam_channel::never(),
        &mut |_| {},
    );
    assert_eq!(told.verdicts(), BTreeMap::from([("pass", "skipped")]));
    assert_eq!(told.exit(), 130);
}

#[test]
fn an_interrupt_ends_the_wait_before_another_attempt() {
    let (interrupt, interrupts) = bounded(1);
    let told = run_with(
        vec![fake("silent", |_| super::fake::silent("no route"))],
        &Limits {
            backoff: crate::run::Backoff {
                first: std::time::Duration::from_mins(1),
                longest: std::time::Duration::from_mins(1),
            },
            ..limits()
        },
        &Cancel::new(),
        &interrupts,
        &mut |event| {
            if matches!(event, Event::Retrying { .. }) {
                interrupt.send(()).unwrap();
            }
        },
    );
    assert_eq!(told.reason("silent"), "no route");
    assert_eq!(told.exit(), 130);
}
