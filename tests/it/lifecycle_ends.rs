//! However a life ends, nothing of it is left behind.

use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::support::Sandbox;

/// What a driftgate leaves, apart from what the sandbox itself is made of: folders in the temporary
/// folder, ledgers, and processes that were started in it.
fn left(sandbox: &Sandbox) -> Vec<String> {
    let mut left: Vec<String> = entries(sandbox.path())
        .into_iter()
        .filter(|name| name.starts_with("driftgate-"))
        .collect();
    let ledgers = sandbox.path().join("home/.local/state/driftgate/runs");
    left.extend(entries(&ledgers));
    let mark = sandbox.path().to_str().expect("text");
    for pid in entries(Path::new("/proc")) {
        let Ok(number) = pid.parse::<u32>() else {
            continue;
        };
        if number == std::process::id() {
            continue;
        }
        let read = |name: &str| std::fs::read(format!("/proc/{pid}/{name}")).unwrap_or_default();
        let cwd = std::fs::read_link(format!("/proc/{pid}/cwd")).unwrap_or_default();
        let known = [
            read("cmdline"),
            read("environ"),
            cwd.into_os_string().into_encoded_bytes(),
        ];
        if known
            .iter()
            .any(|text| String::from_utf8_lossy(text).contains(mark))
        {
            let command = String::from_utf8_lossy(&read("cmdline")).replace('\0', " ");
            left.push(format!("process {pid}: {command}"));
        }
    }
    left
}

fn entries(folder: &Path) -> Vec<String> {
    std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}

/// A gate over a whole life on processes, with more lines of the file.
fn sandbox(extra: &str) -> Sandbox {
    let sandbox = Sandbox::with_settings();
    sandbox.write(
        "gates/life.yaml",
        format!(
            "id: life\nabout: A concierge lives.\nkind: lifecycle\nbackend: process\nwithout: [template]\n{extra}"
        ),
    );
    sandbox
}

/// Begins the life; it lives when the sandbox has a run's folder with a server's log in it.
fn begin(sandbox: &Sandbox) -> Child {
    sandbox
        .command_with_server(&["run", "life", "--retries", "0"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary starts")
}

#[test]
fn a_life_that_is_past_its_gates_time_limit_leaves_nothing() {
    for limit in ["300ms", "1200ms"] {
        let sandbox = sandbox(&format!("timeout: {limit}\n"));
        let ran = sandbox.run_with_server(&["run", "life", "--retries", "0", "--output", "json"]);
        let report = ran.exits(4).json();
        assert_eq!(report["gates"][0]["findings"][0]["code"], "timed-out");
        assert_eq!(left(&sandbox), Vec::<String>::new(), "after {limit}");
    }
}

#[test]
fn a_life_that_is_interrupted_leaves_nothing() {
    for (signal, after) in [
        (Signal::INT, 300),
        (Signal::TERM, 1000),
        (Signal::INT, 1700),
    ] {
        let sandbox = sandbox("");
        let mut child = begin(&sandbox);
        std::thread::sleep(Duration::from_millis(after));
        kill_process(Pid::from_child(&child), signal).expect("a signal");
        assert_eq!(child.wait().expect("an end").code(), Some(130));
        assert_eq!(left(&sandbox), Vec::<String>::new(), "after {after} ms");
    }
}

/// Kills lives at ten moments that differ from run to run, and reaps after each.
fn killed_at_ten_moments() {
    let mut hit = 0;
    for _ in 0..10 {
        let after = fastrand::u64(..2500);
        let sandbox = sandbox("");
        let mut child = begin(&sandbox);
        std::thread::sleep(Duration::from_millis(after));
        child.kill().expect("a kill");
        child.wait().expect("an end");
        hit += usize::from(!left(&sandbox).is_empty());
        sandbox.run_with_server(&["reap"]).exits(0);
        assert_eq!(left(&sandbox), Vec::<String>::new(), "after {after} ms");
    }
    assert!(hit > 0, "no kill left anything that could be reaped");
}

#[test]
fn lives_killed_at_ten_moments_are_reaped_whole() {
    killed_at_ten_moments();
}

#[test]
fn lives_killed_at_ten_other_moments_are_reaped_whole() {
    killed_at_ten_moments();
}

#[test]
fn lives_killed_at_ten_more_moments_are_reaped_whole() {
    killed_at_ten_moments();
}
