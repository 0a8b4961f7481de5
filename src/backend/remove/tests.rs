//! Which processes are ended, and which never.

use std::process::Command;

use super::{Outcome, processes};
use crate::backend::RunId;

#[test]
fn only_processes_that_bear_the_id_are_ended() {
    let (run, other) = (RunId::new().to_string(), RunId::new().to_string());
    let sleeper = |run: &str| {
        Command::new("sleep")
            .arg("600")
            .env(RunId::VARIABLE, run)
            .spawn()
            .expect("it starts")
    };
    let (mut ours, mut theirs) = (sleeper(&run), sleeper(&other));
    let found = processes::remove(&run, true);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].name, format!("{} (sleep)", ours.id()));
    assert_eq!(found[0].outcome, Outcome::Found);
    let removed = processes::remove(&run, false);
    assert_eq!(removed[0].outcome, Outcome::Removed);
    ours.wait().expect("an end");
    assert!(theirs.try_wait().expect("a look").is_none());
    theirs.kill().expect("it is ours");
    theirs.wait().expect("an end");
    assert!(processes::remove(&run, false).is_empty());
}

#[test]
fn one_that_is_just_being_started_is_found() {
    for _ in 0..40 {
        let run = RunId::new().to_string();
        let mut started = Command::new("sleep")
            .arg("600")
            .env(RunId::VARIABLE, &run)
            .spawn()
            .expect("it starts");
        let removed = processes::remove(&run, false);
        // Else a failure would leave it behind.
        let _ = started.kill();
        started.wait().expect("an end");
        assert_eq!(removed.len(), 1, "{removed:?}");
    }
}

#[test]
fn without_an_id_nothing_is_ended() {
    assert!(processes::remove("", false).is_empty());
}
