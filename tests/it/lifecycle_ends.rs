//! However a life ends, nothing of it is left behind.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::support::{Ran, Sandbox};

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

/// Begins the life.
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
    // The server never gets ready: the limit always falls in the middle.
    let hung = "system: { command: [sleep, \"600\"], ready: { within: 5m } }\n";
    let sandbox = sandbox(&format!("timeout: 3s\n{hung}"));
    let child = sandbox
        .command_with_server(&["run", "life", "--retries", "0", "--output", "json"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    until_something_runs(&sandbox);
    let ran = Ran::from(child.wait_with_output().expect("an end"));
    let report = ran.exits(4).json();
    assert_eq!(report["gates"][0]["findings"][0]["code"], "timed-out");
    assert_eq!(left(&sandbox), Vec::<String>::new());
}

#[test]
fn a_life_that_is_interrupted_leaves_nothing() {
    for (signal, after) in [(Signal::INT, 0), (Signal::TERM, 700), (Signal::INT, 1400)] {
        let sandbox = sandbox("");
        let mut child = begin(&sandbox);
        until_something_runs(&sandbox);
        std::thread::sleep(Duration::from_millis(after));
        kill_process(Pid::from_child(&child), signal).expect("a signal");
        assert_eq!(child.wait().expect("an end").code(), Some(130));
        assert_eq!(left(&sandbox), Vec::<String>::new(), "after {after} ms");
    }
}

/// Until a run of the sandbox has a ledger, a folder and a process beside driftgate's own.
fn until_something_runs(sandbox: &Sandbox) {
    let begun = Instant::now();
    while left(sandbox).len() < 4 {
        assert!(begun.elapsed() < Duration::from_mins(1), "nothing comes up");
        std::thread::sleep(Duration::from_millis(5));
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

/// What Docker says, a line each.
fn docker(arguments: &[&str]) -> Vec<String> {
    let output = Command::new("docker")
        .args(arguments)
        .output()
        .expect("docker starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "docker {arguments:?}: {errors}");
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(str::to_owned)
        .collect()
}

/// What there is in Docker of these runs: what bears a label of theirs, and what is named after
/// them.
fn in_docker(marks: &BTreeSet<String>) -> Vec<String> {
    let mut found = Vec::new();
    for (list, sort, format) in [
        (
            ["ps", "--all", "--no-trunc"].as_slice(),
            "container",
            "{{.Names}}\t{{.Labels}}",
        ),
        (&["volume", "ls"], "volume", "{{.Name}}\t{{.Labels}}"),
        (
            &["network", "ls", "--no-trunc"],
            "network",
            "{{.Name}}\t{{.Labels}}",
        ),
    ] {
        let lines = docker(&[list, &["--format", format]].concat());
        found.extend(
            lines
                .into_iter()
                .filter(|line| marks.iter().any(|mark| line.contains(mark)))
                .map(|line| format!("{sort} {line}")),
        );
    }
    found
}

/// The run's id, and the value of every label, that a ledger of the sandbox has.
fn marks(sandbox: &Sandbox) -> BTreeSet<String> {
    let ledgers = sandbox.path().join("home/.local/state/driftgate/runs");
    let mut marks = BTreeSet::new();
    for name in entries(&ledgers) {
        let text = std::fs::read_to_string(ledgers.join(&name)).unwrap_or_default();
        for line in text.lines() {
            let Ok(thing) = serde_json::from_str::<Value>(line) else {
                // The last line may have been cut off by the kill.
                continue;
            };
            gather(&thing, &mut marks);
        }
    }
    marks
}

/// Every text below a key `value`, `run` or `id`.
fn gather(value: &Value, marks: &mut BTreeSet<String>) {
    let Value::Object(fields) = value else {
        return;
    };
    for (key, value) in fields {
        match value {
            Value::String(text) if ["value", "run", "id"].contains(&key.as_str()) => {
                marks.insert(text.clone());
            }
            value => gather(value, marks),
        }
    }
}

/// Somebody else's workspace on the same daemon: named and labelled as those of a life are.
struct Lookalike {
    name: String,
}

impl Lookalike {
    fn make() -> Self {
        let name = format!("ws-{}", uuid::Uuid::new_v4());
        let volume = format!("{name}-configs");
        let labels = [
            "--label=molecule.platform.managed=true",
            "--label=molecule.platform.instance=somebody-elses",
        ];
        docker(&[&["volume", "create"], labels.as_slice(), &[&volume]].concat());
        let named = format!("--name={name}");
        let mount = format!("--volume={volume}:/configs");
        let create = ["create", &named, &mount];
        docker(
            &[
                &create,
                labels.as_slice(),
                &["driftgate-fixtures/driftgate:latest"],
            ]
            .concat(),
        );
        Self { name }
    }

    #[track_caller]
    fn is_there(&self) {
        docker(&["inspect", &self.name]);
        docker(&["volume", "inspect", &format!("{}-configs", self.name)]);
    }
}

impl Drop for Lookalike {
    fn drop(&mut self) {
        for arguments in [
            ["rm", "--force", &self.name],
            ["volume", "rm", &format!("{}-configs", self.name)],
        ] {
            let _ = Command::new("docker").args(arguments).output();
        }
    }
}

#[test]
fn lives_killed_in_containers_are_reaped_whole_and_nothing_else_is() {
    let lookalike = Lookalike::make();
    let mut hit = 0;
    for _ in 0..10 {
        let after = fastrand::u64(..9000);
        let sandbox = Sandbox::with_settings();
        sandbox.write(
            "gates/life.yaml",
            "id: life\nabout: A concierge lives.\nkind: lifecycle\nbackend: docker\ndeadlines: 3\nwithout: [template]\nchecks: [workspace-comes-online]\npostgres: { image: \"driftgate-fixtures/postgres:latest\" }\n",
        );
        let mut child = begin(&sandbox);
        std::thread::sleep(Duration::from_millis(after));
        child.kill().expect("a kill");
        child.wait().expect("an end");
        let marks = marks(&sandbox);
        hit += usize::from(!in_docker(&marks).is_empty());
        sandbox.run_with_server(&["reap"]).exits(0);
        assert_eq!(in_docker(&marks), Vec::<String>::new(), "after {after} ms");
        assert_eq!(left(&sandbox), Vec::<String>::new(), "after {after} ms");
        lookalike.is_there();
    }
    assert!(
        hit > 0,
        "no kill left anything in Docker that could be reaped"
    );
}
