//! `driftgate doctor`.

use crate::support::Sandbox;

/// The lines about one thing.
fn about<'a>(stdout: &'a str, what: &str) -> Vec<&'a str> {
    stdout
        .lines()
        .filter(|line| line.split_whitespace().nth(1) == Some(what))
        .collect()
}

#[test]
fn a_healthy_machine_exits_0_and_says_what_was_found() {
    let sandbox = Sandbox::with_settings();
    sandbox.passing("one", "");
    let ran = sandbox.run(&["doctor"]);
    ran.exits(0);
    for (what, start) in [
        ("git", "good     git           git version "),
        ("gates", "good     gates         1"),
        ("cache", "good     cache         "),
    ] {
        let lines = about(&ran.stdout, what);
        assert_eq!(lines.len(), 1, "{}", ran.stdout);
        assert!(lines[0].starts_with(start), "{}", ran.stdout);
    }
}

#[test]
fn a_machine_without_git_is_broken_and_the_remedy_is_named() {
    let sandbox = Sandbox::with_settings();
    let output = sandbox
        .command(&["doctor"])
        .env("PATH", sandbox.path())
        .output()
        .expect("the binary starts");
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(3), "{stdout}");
    assert!(
        stdout.contains("broken   git           not on PATH\n"),
        "{stdout}"
    );
    assert!(stdout.contains("help: install git "), "{stdout}");
}

#[test]
fn a_token_that_is_missing_is_named_and_one_that_is_set_is_not_shown() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "driftgate.yaml",
        "providers:\n  a: {url: \"https://a.example/{repo}\", token_env: TOKEN_A}\n  b: {url: \"https://b.example/{repo}\", token_env: TOKEN_B}\ndefault_provider: a\n",
    );
    let output = sandbox
        .command(&["doctor"])
        .env("TOKEN_B", "s3cr3t-value")
        .output()
        .expect("the binary starts");
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        stdout.contains("lacking  token         TOKEN_A is not set\n"),
        "{stdout}"
    );
    assert!(
        stdout.contains("good     token         TOKEN_B is set\n"),
        "{stdout}"
    );
    assert!(!stdout.contains("s3cr3t"), "{stdout}");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn without_a_checkout_it_still_looks_at_the_machine() {
    let sandbox = Sandbox::new();
    let ran = sandbox.run(&["doctor", "--root", "/"]);
    ran.exits(0);
    assert_eq!(about(&ran.stdout, "git").len(), 1, "{}", ran.stdout);
    assert!(ran.stdout.starts_with("lacking  root "), "{}", ran.stdout);
}

#[test]
fn a_daemon_that_is_not_there_lacks_and_breaks_nothing() {
    let sandbox = Sandbox::with_settings();
    let output = sandbox
        .command(&["doctor"])
        .env("DOCKER_HOST", "unix:///nonexistent/docker.sock")
        .output()
        .expect("the binary starts");
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{stdout}");
    assert!(
        stdout.contains(
            "lacking  docker        the Docker daemon is not reachable at unix:///nonexistent/docker.sock"
        ),
        "{stdout}"
    );
}

#[test]
fn what_a_dead_run_left_behind_is_pointed_at() {
    let sandbox = Sandbox::with_settings();
    let state = sandbox.path().join("state");
    let id = driftgate::backend::RunId::new();
    let ledger = driftgate::backend::Ledger::open(&state.join("driftgate"), id, 1, 2);
    drop(ledger.expect("a ledger"));
    let output = sandbox
        .command(&["doctor"])
        .env("DRIFTGATE_STATE", &state)
        .output()
        .expect("the binary starts");
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{stdout}");
    assert!(
        stdout.contains("lacking  leftovers     1 dead runs left something behind\n"),
        "{stdout}"
    );
    assert!(
        stdout.contains("help: `driftgate reap` removes it\n"),
        "{stdout}"
    );
}
