use std::num::NonZeroUsize;

use crossbeam_channel::bounded;

use super::fake::{fake, good, limits, run_all, wrong};
use crate::run::Limits;

#[test]
fn gates_are_reported_by_name_in_whatever_order_they_finish() {
    // The first gate ends only once the last one has.
    let (last_done, first_may) = bounded::<()>(1);
    let told = run_all(
        vec![
            fake("a", move |_| {
                first_may.recv().unwrap();
                good()
            }),
            fake("b", |_| wrong()),
            fake("c", move |_| {
                last_done.send(()).unwrap();
                good()
            }),
        ],
        &limits(),
    );
    let gates: Vec<_> = told
        .events
        .iter()
        .filter(|event| event.starts_with("gate"))
        .collect();
    assert_eq!(gates, ["gate a pass", "gate b fail", "gate c pass"]);
}

#[test]
fn any_number_of_jobs_comes_to_the_same() {
    let run = |jobs| {
        let gates = (0..50)
            .map(|n| {
                fake(&format!("gate-{n:02}"), move |_| {
                    if n % 7 == 3 { wrong() } else { good() }
                })
            })
            .collect();
        let told = run_all(
            gates,
            &Limits {
                jobs: NonZeroUsize::new(jobs).unwrap(),
                ..limits()
            },
        );
        let reported: Vec<_> = told
            .events
            .into_iter()
            .filter(|event| event.starts_with("gate") || event.starts_with("end"))
            .collect();
        reported
    };
    let alone = run(1);
    assert_eq!(alone.len(), 51);
    for jobs in [2, 3, 16, 64] {
        assert_eq!(run(jobs), alone);
    }
}

#[test]
fn no_more_gates_run_at_a_time_than_there_are_jobs() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let gates = (0..30)
        .map(|n| {
            let (now, most) = (Arc::clone(&now), Arc::clone(&most));
            fake(&format!("gate-{n}"), move |_| {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                std::thread::yield_now();
                now.fetch_sub(1, Ordering::SeqCst);
                good()
            })
        })
        .collect();
    run_all(
        gates,
        &Limits {
            jobs: NonZeroUsize::new(3).unwrap(),
            ..limits()
        },
    );
    assert!(most.load(Ordering::SeqCst) <= 3);
}
