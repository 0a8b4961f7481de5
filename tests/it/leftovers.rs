//! What runs leave behind: on the machine, and in Docker.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::Sandbox;

/// What a driftgate leaves, apart from what the sandbox itself is made of: folders in the temporary
/// folder, ledgers, and processes that were started in it.
pub fn left(sandbox: &Sandbox) -> Vec<String> {
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

/// The names in a folder; none where there is no folder.
pub fn entries(folder: &Path) -> Vec<String> {
    std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}

/// What Docker says, a line each.
pub fn docker(arguments: &[&str]) -> Vec<String> {
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
pub fn in_docker(marks: &BTreeSet<String>) -> Vec<String> {
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
pub fn marks(sandbox: &Sandbox) -> BTreeSet<String> {
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

/// The ids of all runs that a text names.
pub fn runs_in(text: &str) -> BTreeSet<String> {
    text.match_indices("driftgate-")
        .filter_map(|(at, word)| text.get(at + word.len()..at + word.len() + 36))
        .filter(|id| uuid::Uuid::try_parse(id).is_ok())
        .map(str::to_owned)
        .collect()
}

/// Now, as the daemon counts it: seconds since 1970.
pub fn now() -> String {
    let since = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .expect("a time after 1970");
    format!("{}.{:09}", since.as_secs(), since.subsec_nanos())
}

/// The volumes, those without a name of their own among them, that containers of these runs had at any time since
/// then: the daemon remembers what happened.
pub fn volumes_of(marks: &BTreeSet<String>, since: &str) -> BTreeSet<String> {
    let until = now();
    let events = docker(&[
        "events",
        "--since",
        since,
        "--until",
        &until,
        "--format",
        "{{json .}}",
    ]);
    let events: Vec<Value> = events
        .iter()
        .filter_map(|event| serde_json::from_str(event).ok())
        .collect();
    let is = |event: &Value, sort: &str| event["Type"] == sort;
    let ours: BTreeSet<&str> = events
        .iter()
        .filter(|event| is(event, "container"))
        .filter(|event| {
            let attributes = event["Actor"]["Attributes"].to_string();
            marks.iter().any(|mark| attributes.contains(mark))
        })
        .filter_map(|event| event["Actor"]["ID"].as_str())
        .collect();
    events
        .iter()
        .filter(|event| is(event, "volume"))
        .filter(|event| {
            let container = event["Actor"]["Attributes"]["container"].as_str();
            container.is_some_and(|container| ours.contains(container))
        })
        .filter_map(|event| event["Actor"]["ID"].as_str().map(str::to_owned))
        .collect()
}

/// Which of these volumes there are.
pub fn still_there(volumes: &BTreeSet<String>) -> Vec<String> {
    let all = docker(&["volume", "ls", "--quiet"]);
    all.into_iter()
        .filter(|name| volumes.contains(name))
        .collect()
}

/// The ports of this machine by which containers of these runs are reached.
pub fn ports_of(marks: &BTreeSet<String>) -> BTreeSet<String> {
    let lines = docker(&["ps", "--format", "{{.Names}}\t{{.Labels}}\t{{.Ports}}"]);
    lines
        .iter()
        .filter(|line| marks.iter().any(|mark| line.contains(mark)))
        .filter_map(|line| line.rsplit('\t').next())
        .flat_map(|ports| ports.split(", "))
        .filter_map(|port| port.split_once("->")?.0.rsplit_once(':'))
        .map(|(_, port)| port.to_owned())
        .collect()
}

/// Which of these ports the daemon still passes on to somebody.
pub fn still_published(ports: &BTreeSet<String>) -> Vec<String> {
    let all = docker(&["ps", "--all", "--format", "{{.Names}} {{.Ports}}"]);
    let is_of = |text: &str, port: &String| text.contains(&format!(":{port}->"));
    let mut found: Vec<String> = all
        .into_iter()
        .filter(|line| ports.iter().any(|port| is_of(line, port)))
        .collect();
    for pid in entries(Path::new("/proc")) {
        let command = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let command = String::from_utf8_lossy(&command).replace('\0', " ");
        if command.contains("docker-proxy")
            && ports
                .iter()
                .any(|port| command.contains(&format!("-host-port {port} ")))
        {
            found.push(command);
        }
    }
    found
}
