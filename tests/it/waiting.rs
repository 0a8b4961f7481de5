//! Runs that wait for a server: interrupts, time limits, retries.

use std::io::Read;
use std::net::TcpListener;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};

use crate::support::Sandbox;

const COMMIT: &str = "1111111111111111111111111111111111111111";
const TREE: &str = "2222222222222222222222222222222222222222";

/// A root whose one running gate needs a source from a server that accepts and never answers.
fn waiting(server: &TcpListener) -> Sandbox {
    let port = server.local_addr().expect("an address").port();
    let sandbox = Sandbox::new();
    sandbox
        .write(
            "driftgate.yaml",
            format!("providers:\n  dead: {{url: \"http://127.0.0.1:{port}/{{repo}}\"}}\n"),
        )
        .write(
            "manifest.json",
            format!(
                r#"{{"workspace_templates": [{{"name": "agent", "repo": "org/agent", "ref": "{COMMIT}"}}]}}"#
            ),
        )
        .write(
            "driftgate.lock",
            format!(
                r#"{{"version": 1, "workspace_templates": {{"agent": {{"repo": "org/agent", "provider": "dead", "ref": "{COMMIT}", "commit": "{COMMIT}", "tree": "{TREE}"}}}}}}"#
            ),
        )
        .write(
            "gates/agent.yaml",
            "id: agent\nabout: The copy equals its template.\nkind: delivery\nsource: {template: agent}\ndeliveries:\n  - directory: copy\n",
        )
        .write("copy/a", "x")
        // A limit of its own, so that a busy machine does not decide about it.
        .passing("later", "timeout: 10m\n");
    sandbox
}

fn interrupted_by(signal: Signal) {
    let server = TcpListener::bind("127.0.0.1:0").expect("a port");
    let sandbox = waiting(&server);
    let mut child = sandbox
        .command(&[
            "run",
            "--jobs",
            "1",
            "--output",
            "json",
            "--output",
            "human=kept.txt",
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    // The gate is at work once somebody asks the server for something.
    let (mut asked, _) = server.accept().expect("a connection");
    let mut first = [0];
    asked.read_exact(&mut first).expect("a request");
    let pid = Pid::from_child(&child);
    kill_process(pid, signal).expect("a signal");
    let mut stdout = String::new();
    child
        .stdout
        .take()
        .expect("a pipe")
        .read_to_string(&mut stdout)
        .expect("the report");
    let code = child.wait().expect("an end").code();
    assert_eq!(code, Some(130), "{stdout}");
    let report: serde_json::Value = serde_json::from_str(&stdout).expect("JSON");
    assert_eq!(report["summary"]["exit_code"], 130);
    assert_eq!(report["gates"][0]["verdict"], "unreachable");
    assert_eq!(report["gates"][0]["reason"], "interrupted before a verdict");
    assert_eq!(report["gates"][1]["verdict"], "skipped");
    assert_eq!(report["gates"][1]["reason"], "not run: interrupted");
    let kept = std::fs::read_to_string(sandbox.root().join("kept.txt")).expect("the other report");
    assert!(kept.contains("exit 130: interrupted"), "{kept}");
    // What was fetching for it is gone: otherwise the connection would never end.
    let mut rest = Vec::new();
    let _ = asked.read_to_end(&mut rest);
}

#[test]
fn ctrl_c_ends_a_run_that_waits_for_a_server_with_130_and_whole_reports() {
    interrupted_by(Signal::INT);
}

#[test]
fn a_request_to_terminate_ends_it_likewise() {
    interrupted_by(Signal::TERM);
}

#[test]
fn a_gate_past_its_time_limit_is_unreachable_and_the_run_exits_4() {
    let server = TcpListener::bind("127.0.0.1:0").expect("a port");
    let sandbox = waiting(&server);
    let ran = sandbox.run(&["run", "--timeout", "50ms", "--output", "json"]);
    let report = ran.exits(4).json();
    assert_eq!(report["gates"][0]["verdict"], "unreachable");
    assert_eq!(
        report["gates"][0]["reason"],
        "no verdict within the time limit of 50ms"
    );
    assert_eq!(report["gates"][0]["findings"][0]["code"], "timed-out");
    assert_eq!(report["gates"][1]["verdict"], "pass");
    // Nothing goes on fetching after the end: otherwise the connection would never end.
    if server.set_nonblocking(true).is_ok()
        && let Ok((mut asked, _)) = server.accept()
    {
        asked.set_nonblocking(false).expect("a blocking connection");
        let _ = asked.read_to_end(&mut Vec::new());
    }
}

#[test]
fn a_server_that_is_not_there_is_tried_again_and_then_unreachable() {
    let server = TcpListener::bind("127.0.0.1:0").expect("a port");
    let sandbox = waiting(&server);
    drop(server);
    let ran = sandbox.run(&["run", "--retries", "1", "--output", "json"]);
    let report = ran.exits(4).json();
    assert_eq!(report["gates"][0]["verdict"], "unreachable");
    assert!(
        ran.stderr
            .starts_with("retry  agent  attempt 1 got no answer ("),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
    let ran = sandbox.run(&["run", "--retries", "0"]);
    ran.exits(4);
    assert_eq!(ran.stderr, "");
}

/// The first interrupt lets what is under way clean up; here that is a `git` that does not end when
/// told to, and asks for the second interrupt instead. It stays for as long as its parent does, so
/// that there is no other way to the end than that second one, or the report that the first one
/// leads to.
#[test]
fn a_second_interrupt_ends_the_process_at_once() {
    let server = TcpListener::bind("127.0.0.1:0").expect("a port");
    let sandbox = waiting(&server);
    let script = "parent=$PPID\n\
        trap 'kill -TERM $parent; while kill -0 $parent 2>/dev/null; do sleep 0.01; done; exit' TERM\n\
        kill -INT $parent\n\
        while :; do sleep 600 & wait; done\n";
    let bin = crate::sync::wrap_git(&sandbox, script);
    let output = sandbox
        .command(&["sync", "--output", "json"])
        .env("PATH", crate::sync::path_with(&bin))
        .output()
        .expect("the binary starts");
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "",
        "a report means that it went on after the second interrupt"
    );
}

/// Runs on a terminal of its own as standard error; returns standard output and what the terminal
/// was sent.
fn on_a_terminal(sandbox: &Sandbox, args: &[&str]) -> (String, String) {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
    grantpt(&terminal).expect("access");
    unlockpt(&terminal).expect("an open end");
    let name = ptsname(&terminal, Vec::new()).expect("a name");
    let end = std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(name.to_str().expect("UTF-8"))
        .expect("the other end");
    let mut command = sandbox.command(args);
    command
        .env("TERM", "xterm")
        .stdout(Stdio::piped())
        .stderr(end);
    let child = command.spawn().expect("the binary starts");
    // It holds the other end open, and the terminal would never come to its end.
    drop(command);
    let mut sent = Vec::new();
    // Ends with an error once nobody has the other end open any more.
    let _ = std::fs::File::from(terminal).read_to_end(&mut sent);
    let output = child.wait_with_output().expect("an end");
    (
        String::from_utf8_lossy(&output.stdout).into_owned(),
        String::from_utf8_lossy(&sent).into_owned(),
    )
}

#[test]
fn a_terminal_shows_progress_and_a_log_does_not() {
    let sandbox = Sandbox::with_settings();
    sandbox.passing("one", "").passing("two", "");
    let (stdout, terminal) = on_a_terminal(&sandbox, &["run"]);
    assert!(terminal.contains("/2 gates"), "{terminal:?}");
    assert!(!stdout.contains('\u{1b}'), "{stdout:?}");
    assert!(stdout.contains("2 gates: 2 pass"), "{stdout}");
    let (_, terminal) = on_a_terminal(&sandbox, &["run", "--quiet"]);
    assert_eq!(terminal, "");
    assert_eq!(sandbox.run(&["run"]).stderr, "");
}
