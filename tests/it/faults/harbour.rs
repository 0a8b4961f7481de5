//! A sandbox whose gate reaches the Docker daemon by a proxy.

use std::collections::BTreeSet;
use std::path::Path;

use super::town::Judged;
use crate::leftovers::{in_docker, left, now, runs_in, still_there, volumes_of};
use crate::proxy::Proxy;
use crate::support::{Ran, Sandbox};

pub struct Harbour {
    pub docker: Proxy,
    sandbox: Sandbox,
    since: String,
}

/// A gate that asks a database in a container one question.
pub const DATABASE: &str = "id: it\nabout: The database answers.\nkind: postgres\nbackend: docker\npostgres: { image: \"driftgate-fixtures/postgres:latest\" }\nprobes:\n  - { name: p, sql: SELECT 7, expect: [[7]] }\n";

/// A gate that lives these checks in containers.
pub fn life(checks: &str) -> String {
    format!(
        "id: it\nabout: A concierge lives.\nkind: lifecycle\nbackend: docker\ndeadlines: 3\nwithout: [template]\nchecks: {checks}\npostgres: {{ image: \"driftgate-fixtures/postgres:latest\" }}\n"
    )
}

impl Harbour {
    pub fn new(gate: &str) -> Self {
        let sandbox = Sandbox::with_settings();
        sandbox.write("gates/it.yaml", gate);
        let own = sandbox.path().join("docker.sock");
        Self {
            docker: Proxy::before_unix(&own, Path::new("/var/run/docker.sock")),
            sandbox,
            since: now(),
        }
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let output = self
            .sandbox
            .command_with_server(arguments)
            .env("DOCKER_HOST", format!("unix://{}", self.docker.place()))
            .output();
        Ran::from(output.expect("the binary starts"))
    }

    /// Runs the gate.
    pub fn judge(&self) -> Judged {
        Judged::of(self.run(&["run", "--retries", "0", "--output", "json"]))
    }

    #[track_caller]
    pub fn reap(&self, exit: i32) {
        self.run(&["reap"]).exits(exit);
    }

    /// What is left outside of Docker.
    pub fn left(&self) -> Vec<String> {
        left(&self.sandbox)
    }

    /// Asserts that nothing is left of the runs that the daemon heard of.
    #[track_caller]
    pub fn is_empty(&self) {
        let runs: BTreeSet<String> = runs_in(&self.docker.asked().join("\n"));
        assert!(!runs.is_empty(), "the daemon heard of no run");
        assert_eq!(in_docker(&runs), Vec::<String>::new());
        let volumes = volumes_of(&runs, &self.since);
        assert_eq!(still_there(&volumes), Vec::<String>::new());
        assert_eq!(self.left(), Vec::<String>::new());
    }
}
