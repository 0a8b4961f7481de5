//! `driftgate reap`, and the reaping at the start of a run.

use std::process::{Child, Command};
use std::time::Duration;

use driftgate::backend::{Ledger, RunId, Thing};

use super::house::{House, database};
use crate::support::Sandbox;

/// What a run left behind whose owner died: a folder and a process.
struct Dead {
    id: RunId,
    folder: std::path::PathBuf,
    process: Child,
}

fn state(sandbox: &Sandbox) -> std::path::PathBuf {
    sandbox.path().join("home/.local/state/driftgate")
}

/// A ledger with a folder and a process in it.
fn open(state: &std::path::Path) -> (Ledger, Dead) {
    let id = RunId::new();
    let ledger = Ledger::open(state, id, 1, 2).expect("a ledger");
    let folder = state.join(format!("driftgate-{id}"));
    for thing in [
        Thing::Folder {
            path: folder.clone(),
        },
        Thing::Processes {
            run: id.to_string(),
        },
    ] {
        ledger.record(thing).expect("a record");
    }
    std::fs::create_dir_all(folder.join("deep/er")).expect("folders");
    let process = Command::new("sleep")
        .arg("600")
        .env(RunId::VARIABLE, id.to_string())
        .spawn()
        .expect("a process");
    let dead = Dead {
        id,
        folder,
        process,
    };
    (ledger, dead)
}

impl Dead {
    /// Asserts that it is all gone.
    fn has_gone(mut self) {
        assert!(!self.folder.exists());
        let status = self.process.wait().expect("an end");
        assert!(!status.success(), "{status}");
    }

    fn is_untouched(&mut self) {
        assert!(self.folder.exists());
        assert!(self.process.try_wait().expect("a look").is_none());
    }

    fn end(mut self) {
        self.process.kill().expect("it is ours");
        self.process.wait().expect("an end");
    }
}

#[test]
fn what_a_dead_run_left_is_removed_and_told() {
    let sandbox = Sandbox::new();
    let (ledger, mut dead) = open(&state(&sandbox));
    drop(ledger);
    let ran = sandbox.run(&["reap", "--dry-run"]);
    ran.exits(0);
    assert!(
        ran.stdout.contains(&format!(
            "found        folder     {}\n",
            dead.folder.display()
        )),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout
            .ends_with("2 things of 1 dead runs would be removed\n"),
        "{}",
        ran.stdout
    );
    dead.is_untouched();
    let ran = sandbox.run(&["reap", "--output", "json"]);
    let report = ran.exits(0).json();
    assert_eq!(report["schema"], "driftgate.reap.v1");
    assert_eq!(report["runs"][0]["run"], dead.id.to_string());
    assert_eq!(report["runs"][0]["removals"][0]["thing"], "process");
    assert_eq!(report["runs"][0]["removals"][0]["outcome"], "removed");
    assert_eq!(
        report["runs"][0]["removals"][1]["name"],
        dead.folder.display().to_string()
    );
    dead.has_gone();
    let ran = sandbox.run(&["reap"]);
    ran.exits(0);
    assert_eq!(ran.stdout, "no dead run left anything behind\n");
}

#[test]
fn a_run_that_lives_is_left_alone_even_past_its_deadline() {
    let sandbox = Sandbox::new();
    let (ledger, mut alive) = open(&state(&sandbox));
    let ran = sandbox.run(&["reap"]);
    ran.exits(0);
    assert_eq!(
        ran.stdout,
        "no dead run left anything behind; 1 runs are alive\n"
    );
    alive.is_untouched();
    drop(ledger);
    sandbox.run(&["reap"]).exits(0);
    alive.has_gone();
}

#[test]
fn a_folder_that_was_not_made_for_the_run_is_not_removed_whatever_the_ledger_says() {
    let sandbox = Sandbox::new();
    let ledger = Ledger::open(&state(&sandbox), RunId::new(), 1, 2).expect("a ledger");
    for thing in [
        Thing::Processes {
            run: RunId::new().to_string(),
        },
        Thing::Folder {
            path: sandbox.root(),
        },
    ] {
        ledger.record(thing).expect("a record");
    }
    drop(ledger);
    let ran = sandbox.run(&["reap"]);
    ran.exits(3);
    assert!(
        ran.stdout.contains("its name does not bear the run's id"),
        "{}",
        ran.stdout
    );
    assert!(sandbox.root().exists());
}

#[test]
fn a_draft_of_a_ledger_is_removed_once_nobody_can_be_writing_it() {
    let sandbox = Sandbox::new();
    drop(Ledger::open(&state(&sandbox), RunId::new(), 1, 2).expect("a ledger"));
    let ledgers = state(&sandbox).join("runs");
    let draft = |name: &str, age: Duration| {
        let path = ledgers.join(name);
        let file = std::fs::File::create(&path).expect("a file");
        let made = std::time::SystemTime::now() - age;
        file.set_modified(made).expect("a time");
        path
    };
    let hour = Duration::from_hours(1);
    let young = draft(&format!(".{}.new", RunId::new()), Duration::ZERO);
    let old = draft(&format!(".{}.new", RunId::new()), hour);
    let foreign = draft(".notes.new", hour);
    sandbox.run(&["reap", "--dry-run"]).exits(0);
    assert!(old.exists());
    sandbox.run(&["reap"]).exits(0);
    assert!(young.exists());
    assert!(foreign.exists());
    assert!(!old.exists());
}

#[test]
fn a_ledger_that_cannot_be_read_is_named_and_kept() {
    let sandbox = Sandbox::new();
    let runs = state(&sandbox).join("runs");
    std::fs::create_dir_all(&runs).expect("a folder");
    let path = runs.join(format!("{}.jsonl", RunId::new()));
    std::fs::write(&path, "{\"version\":1,\"run\":\"*\"}\n").expect("a file");
    let ran = sandbox.run(&["reap"]);
    ran.exits(3);
    assert!(
        ran.stdout.contains(":1: not a line of a ledger"),
        "{}",
        ran.stdout
    );
    assert!(path.exists());
}

#[test]
fn without_a_daemon_what_is_in_docker_stays_written_down() {
    let sandbox = Sandbox::new();
    let (ledger, dead) = open(&state(&sandbox));
    ledger
        .record(Thing::Container {
            name: format!("driftgate-{}-x", dead.id),
        })
        .expect("a record");
    drop(ledger);
    let output = sandbox
        .command(&["reap"])
        .env("DOCKER_HOST", "unix:///nonexistent/docker.sock")
        .output()
        .expect("the binary starts");
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(4), "{stdout}");
    assert!(
        stdout.contains(&format!(
            "unreachable  container  driftgate-{}-x: the Docker daemon is not reachable",
            dead.id
        )),
        "{stdout}"
    );
    assert!(
        stdout.ends_with("2 things of 1 dead runs removed, 1 left\n"),
        "{stdout}"
    );
    let ledgers = std::fs::read_dir(state(&sandbox).join("runs")).expect("a folder");
    assert_eq!(ledgers.count(), 1);
    dead.has_gone();
}

#[test]
fn a_run_that_brings_something_up_reaps_first() {
    let house = House::new();
    let (ledger, dead) = open(&house.state());
    drop(ledger);
    drop(house.bring_up(&database()).expect("it comes up"));
    dead.has_gone();
    house.nothing_is_left();
}

#[test]
fn what_was_on_another_machine_is_left_to_that_one() {
    let sandbox = Sandbox::new();
    let (ledger, mut dead) = open(&state(&sandbox));
    drop(ledger);
    let path = state(&sandbox).join(format!("runs/{}.jsonl", dead.id));
    let text = std::fs::read_to_string(&path).expect("a ledger");
    let machine = rustix::system::uname();
    let machine = machine.nodename().to_string_lossy();
    let text = text.replace(
        &format!("\"machine\":\"{machine}\""),
        "\"machine\":\"elsewhere\"",
    );
    std::fs::write(&path, text).expect("a ledger");
    let ran = sandbox.run(&["reap"]);
    ran.exits(0);
    assert!(
        ran.stdout
            .contains(&format!("run {} was on elsewhere; reap it there", dead.id)),
        "{}",
        ran.stdout
    );
    dead.is_untouched();
    dead.end();
}
