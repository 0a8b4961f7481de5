//! A place to bring things up in, with a state of its own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use driftgate::backend::{
    BackendName, PostgresPlan, Ready, RunId, RunPlan, Stage, StagePlan, SystemPlan, Template,
    Variables,
};
use driftgate::config::Settings;
use driftgate::context::{Cancel, Context, ContextParts, Environment, NoSources};
use driftgate::gate::{Lane, Obstacle};
use driftgate::tree::DirTree;

pub const LONG: Duration = Duration::from_secs(120);

/// A state folder of its own, and a context that knows of nothing else.
pub struct House {
    dir: tempfile::TempDir,
    pub cancel: Cancel,
    variables: BTreeMap<String, String>,
}

impl House {
    pub fn new() -> Self {
        let dir = tempfile::Builder::new()
            .prefix("driftgate-house-")
            .tempdir()
            .expect("a folder");
        let path = std::env::var("PATH").unwrap_or_default();
        let variables = [
            ("PATH", path),
            ("HOME", dir.path().join("home").display().to_string()),
            ("DRIFTGATE_STATE", dir.path().display().to_string()),
            // `initdb` is slow, and what it makes is the same for all tests.
            ("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR").to_owned()),
        ];
        Self {
            variables: variables
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
            dir,
            cancel: Cancel::new(),
        }
    }

    /// With a variable set.
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.variables.insert(name.to_owned(), value.into());
        self
    }

    pub fn environment(&self) -> Environment {
        self.variables.clone().into_iter().collect()
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// The folder of state.
    pub fn state(&self) -> PathBuf {
        self.path().join("driftgate")
    }

    pub fn context(&self) -> Context {
        Context::new(ContextParts {
            root: Arc::new(DirTree::new(self.path(), "")),
            sources: Arc::new(NoSources),
            settings: Arc::new(Settings::default()),
            environment: Arc::new(self.environment()),
            lane: Lane::Local,
            today: jiff::civil::date(2026, 1, 2),
            offline: false,
            cancel: self.cancel.clone(),
        })
    }

    pub fn bring_up(&self, plan: &StagePlan) -> Result<Stage, Obstacle> {
        Stage::bring_up(&self.context(), plan, LONG, &|_| BTreeMap::new())
    }

    /// The names of the ledgers that there are.
    pub fn ledgers(&self) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.state().join("runs")) else {
            return Vec::new();
        };
        entries
            .map(|entry| {
                let name = entry.expect("an entry").file_name();
                name.to_string_lossy().into_owned()
            })
            .collect()
    }

    /// Asserts that nothing is left of a run: no ledger, no process, no folder.
    #[track_caller]
    pub fn nothing_is_left(&self) {
        assert_eq!(self.ledgers(), Vec::<String>::new());
    }

    /// What the kept logs of the one failed run say, by the name of the file.
    pub fn kept_logs(&self) -> BTreeMap<String, String> {
        let mut said = BTreeMap::new();
        let Ok(runs) = std::fs::read_dir(self.state().join("logs")) else {
            return said;
        };
        for run in runs {
            let run = run.expect("an entry").path();
            for log in std::fs::read_dir(run).expect("a folder") {
                let log = log.expect("an entry");
                let text = std::fs::read_to_string(log.path()).expect("a log");
                said.insert(log.file_name().to_string_lossy().into_owned(), text);
            }
        }
        said
    }
}

/// The processes that bear a run's id.
pub fn processes(run: RunId) -> Vec<u32> {
    let marker = format!("{}={run}", RunId::VARIABLE);
    std::fs::read_dir("/proc")
        .expect("processes")
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|pid: &u32| {
            std::fs::read(format!("/proc/{pid}/environ")).is_ok_and(|environment| {
                environment
                    .split(|byte| *byte == 0)
                    .any(|variable| variable == marker.as_bytes())
            })
        })
        .collect()
}

/// A database of this machine's programs, and nothing else.
pub fn database() -> StagePlan {
    StagePlan::database(BackendName::Process, PostgresPlan::default())
}

/// A shell script as the system under test, without a database of its own: its URL is
/// `DATABASE_URL` of the house.
pub fn script(script: &str, ready: Ready) -> SystemPlan {
    let template = |text: &str| Template::parse(text).expect("a template");
    SystemPlan::Run(RunPlan {
        image: None,
        command: Some(vec![template("sh"), template("-c"), template(script)]),
        folder: None,
        port: 8080,
        environment: Variables {
            values: [
                ("TOKEN".to_owned(), template("{{admin_token}}")),
                ("DATABASE_URL".to_owned(), template("{{postgres.url}}")),
                ("PORT".to_owned(), template("{{port}}")),
            ]
            .into(),
            from: BTreeMap::new(),
        },
        docker_socket: false,
        ready,
    })
}

/// Ready within so many milliseconds.
pub fn within(milliseconds: u64, ready: Ready) -> Ready {
    Ready {
        within: Duration::from_millis(milliseconds),
        ..ready
    }
}
