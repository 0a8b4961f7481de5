//! However a life ends, nothing of it is left behind.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::leftovers::{
    docker, in_docker, left, marks, now, ports_of, still_published, still_there, volumes_of,
};
use crate::proxy::Proxy;
use crate::support::{Ran, Sandbox};

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

/// A run in containers, of which the daemon is told by a proxy that counts.
struct Voyage {
    sandbox: Sandbox,
    docker: Proxy,
    since: String,
}

impl Voyage {
    fn new(checks: &str) -> Self {
        let sandbox = Sandbox::with_settings();
        sandbox.write("gates/life.yaml", in_containers(checks));
        let own = sandbox.path().join("docker.sock");
        Self {
            docker: Proxy::before_unix(&own, Path::new("/var/run/docker.sock")),
            sandbox,
            since: now(),
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.sandbox.command_with_server(arguments);
        command
            .env("DOCKER_HOST", format!("unix://{}", self.docker.place()))
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }
}

fn in_containers(checks: &str) -> String {
    format!(
        "id: life\nabout: A concierge lives.\nkind: lifecycle\nbackend: docker\ndeadlines: 3\nwithout: [template]\nchecks: {checks}\npostgres: {{ image: \"driftgate-fixtures/postgres:latest\" }}\n"
    )
}

/// Kills lives in containers at ten moments that differ from run to run, and reaps after each. A moment is the
/// daemon's hearing of one more question: so the kills fall on all that a run does, however fast the machine is, its
/// coming up and its end too.
fn killed_at_ten_moments_in_containers(checks: &str) {
    let lookalike = Lookalike::make();
    let whole = Voyage::new(checks);
    let ended = whole.command(&["run", "life", "--retries", "0"]).status();
    assert_eq!(ended.expect("the binary starts").code(), Some(0));
    let questions = whole.docker.asked().len();
    let (mut hit, mut volumes_seen, mut ports_seen) = (0, 0, 0);
    for _ in 0..10 {
        let moment = fastrand::usize(..questions);
        let voyage = Voyage::new(checks);
        let (tell, told) = std::sync::mpsc::channel();
        let asked = AtomicUsize::new(0);
        voyage.docker.decide(move |_| {
            if asked.fetch_add(1, Ordering::SeqCst) == moment {
                // Whoever waited for it may have died by now.
                let _ = tell.send(());
            }
            None
        });
        let mut child = voyage
            .command(&["run", "life", "--retries", "0"])
            .spawn()
            .expect("the binary starts");
        // Some lives ask less than the first one did.
        while told.recv_timeout(Duration::from_millis(20)).is_err()
            && child.try_wait().expect("a child").is_none()
        {}
        // Before the question is carried out, in the middle of it, or after.
        std::thread::sleep(Duration::from_millis(fastrand::u64(..60)));
        let _ = child.kill();
        child.wait().expect("an end");
        let sandbox = &voyage.sandbox;
        let marks = marks(sandbox);
        let (volumes, ports) = (volumes_of(&marks, &voyage.since), ports_of(&marks));
        hit += usize::from(!in_docker(&marks).is_empty());
        volumes_seen += volumes.len();
        ports_seen += ports.len();
        sandbox.run_with_server(&["reap"]).exits(0);
        let when = format!("after {moment} of {questions} questions");
        assert_eq!(in_docker(&marks), Vec::<String>::new(), "{when}");
        assert_eq!(still_there(&volumes), Vec::<String>::new(), "{when}");
        assert_eq!(still_published(&ports), Vec::<String>::new(), "{when}");
        assert_eq!(left(sandbox), Vec::<String>::new(), "{when}");
        lookalike.is_there();
    }
    assert!(
        hit > 0 && volumes_seen > 0 && ports_seen > 0,
        "no kill left anything in Docker that could be reaped: {hit} {volumes_seen} {ports_seen}"
    );
}

const BRIEF: &str = "[health-answers]";
const LONGER: &str = "[workspace-comes-online]";

#[test]
fn lives_killed_at_ten_moments_in_containers_are_reaped_whole_and_nothing_else_is() {
    killed_at_ten_moments_in_containers(LONGER);
}

#[test]
fn lives_killed_at_ten_other_moments_in_containers_are_reaped_whole_and_nothing_else_is() {
    killed_at_ten_moments_in_containers(LONGER);
}

#[test]
fn brief_lives_killed_at_ten_moments_in_containers_are_reaped_whole_and_nothing_else_is() {
    killed_at_ten_moments_in_containers(BRIEF);
}
