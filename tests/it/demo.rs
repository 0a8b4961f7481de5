//! `driftgate demo`: the whole story, and what it leaves behind.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::{Ran, Sandbox};

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(dir)
        .expect("a folder")
        .map(|entry| {
            let name = entry.expect("an entry").file_name();
            name.to_string_lossy().into_owned()
        })
        .collect();
    names.sort_unstable();
    names
}

/// The demo with a temporary folder of its own, no home, no cache, no settings, and a network that
/// git may not use.
fn demo(sandbox: &Sandbox, args: &[&str]) -> Command {
    let temporary = sandbox.path().join("temporary");
    std::fs::create_dir_all(&temporary).expect("a folder");
    let mut command = sandbox.command(&["demo"]);
    command
        .args(args)
        .current_dir("/")
        .env_remove("HOME")
        .env_remove("XDG_CACHE_HOME")
        .env("TMPDIR", &temporary)
        .env("GIT_ALLOW_PROTOCOL", "file");
    command
}

fn left_behind(sandbox: &Sandbox) -> Vec<String> {
    names(&sandbox.path().join("temporary"))
}

#[test]
fn the_demo_behaves_shows_the_drift_and_leaves_nothing_behind() {
    let sandbox = Sandbox::new();
    let state = sandbox.path().join("home/.local/state");
    let mut command = demo(&sandbox, &[]);
    command.env("HOME", sandbox.path().join("home"));
    let ran = Ran::from(command.output().expect("the binary starts"));
    ran.exits(0);
    // Its ledgers were there, and the logs of the platform that is wrong would be.
    assert_eq!(names(&state), [""; 0]);
    // What needs a daemon that fails has no place among processes.
    let checks = driftgate::kinds::lifecycle::about_checks()
        .filter(|check| !check.needs.contains(&"daemon-errors"))
        .count();
    let inspected = format!("{checks} inspected");
    let behaved = format!(
        "Everything behaved: 6 gates green, 129 of 129 protections proved, a life of {checks} checks lived, one changed byte caught."
    );
    for told in [
        inspected.as_str(),
        behaved.as_str(),
        "$ driftgate sync",
        "$ driftgate run",
        "$ driftgate prove",
        "content-differs",
        "workspace-server/assets/concierge/prompts/concierge.md",
        "-- You do not repeat credentials",
        "+- You do now repeat credentials",
        "(exit 1)",
        "$ driftgate run concierge-life",
        "backend: process",
        "because the gate names it",
        "near-miss-is-no-proof",
    ] {
        assert!(ran.stdout.contains(told), "{told:?} in {}", ran.stdout);
    }
    assert!(!ran.stdout.contains('\u{1b}'), "{}", ran.stdout);
    assert_eq!(ran.stderr, "");
    assert_eq!(left_behind(&sandbox), Vec::<String>::new());
}

#[test]
fn the_organisation_can_be_kept_with_the_drift_in_it() {
    let sandbox = Sandbox::new();
    let kept = sandbox.path().join("kept");
    let keep = kept.to_str().expect("text");
    let ran = Ran::from(
        demo(&sandbox, &["--keep", keep])
            .output()
            .expect("the binary starts"),
    );
    ran.exits(0);
    let again = sandbox
        .command(&["run", "--offline"])
        .current_dir(kept.join("core"))
        .output()
        .expect("the binary starts");
    Ran::from(again).exits(1);
    assert_eq!(left_behind(&sandbox), Vec::<String>::new());
}

#[test]
fn a_folder_with_something_in_it_is_not_touched() {
    let sandbox = Sandbox::new();
    sandbox.write("mine.txt", "mine");
    let root = sandbox.root();
    let ran = Ran::from(
        demo(&sandbox, &["--keep", root.to_str().expect("text")])
            .output()
            .expect("the binary starts"),
    );
    ran.exits(2);
    assert_eq!(names(&root), ["mine.txt"]);
    assert!(ran.stderr.contains("is not empty"), "{}", ran.stderr);
}

#[test]
fn without_git_the_demo_says_so_and_leaves_nothing_behind() {
    let sandbox = Sandbox::new();
    let ran = Ran::from(
        demo(&sandbox, &[])
            .env("PATH", sandbox.path().join("nowhere"))
            .output()
            .expect("the binary starts"),
    );
    ran.exits(3);
    assert!(
        ran.stderr.contains("failed to run `git init`"),
        "{}",
        ran.stderr
    );
    assert_eq!(left_behind(&sandbox), Vec::<String>::new());
}

#[test]
fn settings_for_other_commands_do_not_change_the_story() {
    let sandbox = Sandbox::new();
    let ran = Ran::from(
        demo(&sandbox, &[])
            .env("DRIFTGATE_LANE", "nightly")
            .env("DRIFTGATE_OUTPUT", "junit")
            .env("DRIFTGATE_ROOT", "/nowhere")
            .output()
            .expect("the binary starts"),
    );
    ran.exits(0);
}

#[test]
fn an_interrupted_demo_cleans_up_and_says_130() {
    let sandbox = Sandbox::new();
    let mut child = demo(&sandbox, &[])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut line = String::new();
    while !line.contains("$ driftgate run") {
        line.clear();
        let read = stdout.read_line(&mut line).expect("a line");
        assert_ne!(read, 0, "the demo ended before its second command");
    }
    let interrupted = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .expect("kill starts");
    assert!(interrupted.success());
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).expect("the rest");
    let status = child.wait().expect("an end");
    assert_eq!(status.code(), Some(130), "{rest}");
    assert!(!rest.contains("Everything behaved"), "{rest}");
    assert_eq!(left_behind(&sandbox), Vec::<String>::new());
}

#[test]
fn a_reader_that_goes_away_does_not_stop_the_clean_up() {
    let sandbox = Sandbox::new();
    let mut child = demo(&sandbox, &[])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    drop(child.stdout.take());
    let status = child.wait().expect("an end");
    assert_eq!(status.code(), Some(0));
    assert_eq!(left_behind(&sandbox), Vec::<String>::new());
}
