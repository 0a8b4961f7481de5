//! However a run ends, nothing of it is left.

use std::panic::{AssertUnwindSafe, catch_unwind};

use driftgate::backend::{Ready, StagePlan};
use driftgate::gate::ObstacleKind;

use super::house::{House, database, processes, script};

#[test]
fn a_panic_leaves_nothing_behind() {
    let house = House::new();
    let mut seen = None;
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let stage = house.bring_up(&database()).expect("it comes up");
        seen = Some((stage.run.id, stage.run.folder().to_owned()));
        panic!("on purpose");
    }));
    assert!(panicked.is_err());
    let (run, folder) = seen.expect("it was up");
    assert_eq!(processes(run), Vec::<u32>::new());
    assert!(!folder.exists());
    house.nothing_is_left();
}

#[test]
fn a_panic_inside_of_a_waiting_task_leaves_nothing_behind() {
    let house = House::new();
    let context = house.context();
    let mut run = None;
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let stage = house.bring_up(&database()).expect("it comes up");
        run = Some(stage.run.id);
        let _ = context.block_on(async {
            let _inside = stage;
            panic!("on purpose");
        });
    }));
    assert!(panicked.is_err());
    assert_eq!(processes(run.expect("it was up")), Vec::<u32>::new());
    house.nothing_is_left();
}

#[test]
fn an_interrupt_while_something_gets_ready_leaves_nothing_behind() {
    let house = House::new();
    let marker = house.path().join("waiting");
    let plan = StagePlan {
        system: script(
            &format!("echo x > {}; sleep 600", marker.display()),
            Ready::health(),
        ),
        ..database()
    };
    let obstacle = std::thread::scope(|scope| {
        let coming = scope.spawn(|| house.bring_up(&plan));
        while !marker.exists() {
            std::thread::park_timeout(std::time::Duration::from_millis(5));
        }
        house.cancel.cancel();
        coming
            .join()
            .expect("no panic")
            .expect_err("it was interrupted")
    });
    assert_eq!(obstacle.kind, ObstacleKind::Unreachable);
    assert_eq!(obstacle.code.name, "cancelled");
    house.nothing_is_left();
}

#[test]
fn runs_side_by_side_do_not_meet() {
    let house = House::new();
    let (one, two) = std::thread::scope(|scope| {
        let one = scope.spawn(|| house.bring_up(&database()));
        let two = scope.spawn(|| house.bring_up(&database()));
        (
            one.join().expect("no panic").expect("it comes up"),
            two.join().expect("no panic").expect("it comes up"),
        )
    });
    let port = |stage: &driftgate::backend::Stage| stage.postgres.as_ref().expect("one").port();
    assert_ne!(port(&one), port(&two));
    let (first, second) = (one.run.id, two.run.id);
    assert_eq!(house.ledgers().len(), 2);
    drop(one);
    assert_eq!(processes(first), Vec::<u32>::new());
    assert!(!processes(second).is_empty());
    drop(two);
    assert_eq!(processes(second), Vec::<u32>::new());
    house.nothing_is_left();
}
