use std::collections::BTreeMap;
use std::time::Duration;

use super::{BackendName, Template};
use crate::tree::TreePath;

/// What is to be brought up, checked and with all defaults filled in.
#[derive(Debug, Clone)]
pub struct StagePlan {
    pub backend: BackendName,
    pub postgres: PostgresPlan,
    pub services: Vec<ServicePlan>,
    pub system: SystemPlan,
}

/// A PostgreSQL server to bring up or to use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostgresPlan {
    pub image: String,
    /// The major version that the backend `process` must have.
    pub version: Option<u32>,
    /// The variable that holds the URL of one that already runs.
    pub url_env: Option<String>,
    pub settings: BTreeMap<String, String>,
}

impl PostgresPlan {
    /// The image where the gate names none.
    pub const IMAGE: &'static str = "postgres:16-alpine";
}

impl Default for PostgresPlan {
    fn default() -> Self {
        Self {
            image: Self::IMAGE.to_owned(),
            version: None,
            url_env: None,
            settings: BTreeMap::new(),
        }
    }
}

/// The system under test.
#[derive(Debug, Clone)]
pub enum SystemPlan {
    /// There is none: only a database is wanted.
    Nothing,
    /// The reference provisioner of this very program.
    Embedded {
        environment: Variables,
        ready: Ready,
    },
    /// To be run.
    Run(RunPlan),
    /// It already runs.
    Url {
        base: Base,
        admin_token_env: Option<String>,
        ready: Ready,
    },
}

/// Where a system that already runs is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Base {
    Url(String),
    /// The variable that holds the URL.
    Variable(String),
}

/// Something to be run: in a container, or as a process.
#[derive(Debug, Clone)]
pub struct RunPlan {
    pub image: Option<String>,
    /// With an image the arguments of its entry point, else a program and its arguments.
    pub command: Option<Vec<Template>>,
    /// Where the command is started, relative to the root; a folder of the run's own where nothing
    /// is said.
    pub folder: Option<TreePath>,
    /// The port inside of its container.
    pub port: u16,
    pub environment: Variables,
    pub docker_socket: bool,
    pub ready: Ready,
}

/// A service besides the system.
#[derive(Debug, Clone)]
pub struct ServicePlan {
    pub name: String,
    pub scheme: String,
    pub run: RunPlan,
    /// A program and its arguments for the backend `process`.
    pub process: Option<Vec<Template>>,
}

/// An environment: values with placeholders, and those taken from driftgate's own.
#[derive(Debug, Clone, Default)]
pub struct Variables {
    pub values: BTreeMap<String, Template>,
    pub from: BTreeMap<String, String>,
}

/// When something is ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ready {
    /// `None`: a connection is enough.
    pub path: Option<String>,
    pub status: u16,
    pub within: Duration,
}

impl Ready {
    /// How long anything may take to get ready where the gate says nothing.
    pub const WITHIN: Duration = Duration::from_secs(60);

    pub fn connection() -> Self {
        Self {
            path: None,
            status: 200,
            within: Self::WITHIN,
        }
    }

    pub fn health() -> Self {
        Self {
            path: Some("/health".to_owned()),
            ..Self::connection()
        }
    }
}

impl StagePlan {
    /// # Errors
    /// What would have to be started, where nothing is.
    pub(super) fn fits_external(&self) -> Result<(), &'static str> {
        if !self.services.is_empty() {
            return Err("the backend `external` starts no services");
        }
        match &self.system {
            SystemPlan::Url { .. } => Ok(()),
            SystemPlan::Nothing if self.postgres.url_env.is_some() => Ok(()),
            SystemPlan::Nothing => {
                Err("the backend `external` needs a database: name it with `url_env`")
            }
            SystemPlan::Embedded { .. } | SystemPlan::Run(_) => {
                Err("the backend `external` needs a system that already runs: give its `url`")
            }
        }
    }

    /// A database and nothing else.
    pub fn database(backend: BackendName, postgres: PostgresPlan) -> Self {
        Self {
            backend,
            postgres,
            services: Vec::new(),
            system: SystemPlan::Nothing,
        }
    }
}
