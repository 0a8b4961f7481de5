use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::capability::Capability;
use super::check::Bound;
use super::client::Server;
use super::codes::SERVER_SILENT;
use super::database::Database;
use super::identity::Identity;
use super::journal::Journal;
use super::life::{Life, LifeParts};
use super::life_check::LifeCheck;
use super::rules::{Containers, Rules};
use super::without::Missing;
use super::world::{DockerWorld, ProcessWorld, World};
use crate::backend::{Backend, Stage, System, SystemPlan};
use crate::context::Context;
use crate::gate::{Fault, Obstacle};

/// How long a life's things may be wanted at the most, where its gate has no limit of its own.
const LONGEST: Duration = Duration::from_mins(60);

/// The network where servers attach their containers, unless they are told another one.
const USUAL_NETWORK: &str = "molecule-core-net";

/// Brings up what the gate asks for. Blocking; the life itself is not.
///
/// # Errors
/// Why it cannot be had.
pub(super) fn bring_up(setting: &Setting<'_>, context: &Context) -> Result<Stage, Obstacle> {
    Stage::bring_up(
        context,
        &setting.rules.stage,
        setting.within(),
        &|backend| setting.variables(backend),
    )
}

/// What a life is to be like.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setting<'a> {
    pub(super) rules: &'a Arc<Rules>,
    pub(super) checks: &'a [&'static LifeCheck],
    /// The id under which the concierge is installed.
    pub(super) concierge: Uuid,
    /// In what the server is to be wrong.
    pub(super) fault: Option<Fault>,
    /// How long the check gets that is to catch that.
    pub(super) bound: Option<Bound>,
}

impl<'a> Setting<'a> {
    pub(super) fn new(rules: &'a Arc<Rules>, checks: &'a [&'static LifeCheck]) -> Self {
        Self {
            rules,
            checks,
            concierge: rules.concierge_of_a_life(),
            fault: None,
            bound: None,
        }
    }

    /// How long its things may be wanted.
    pub(super) fn within(&self) -> Duration {
        self.rules.header.timeout.unwrap_or(LONGEST)
    }

    /// What the server is told.
    pub(super) fn variables(&self, backend: Backend) -> BTreeMap<String, String> {
        let mut variables = variables(self.concierge, backend);
        if let Some(fault) = self.fault {
            variables.insert("PROVISIONER_FAULT".to_owned(), fault.name.to_owned());
        }
        variables
    }
}

/// What a server under test is told beyond where its things are: short intervals, so that nobody
/// waits for a sweep, and the id on which approvals are anchored. A gate's own `env` comes first.
fn variables(concierge: Uuid, backend: Backend) -> BTreeMap<String, String> {
    // Containers take longer to come and go, and a daemon that is asked all the time takes longer still.
    let (sweep, runtime) = match backend {
        Backend::Docker => ("250", "STUB_HEARTBEAT_MS=200,STUB_REGISTER_RETRY_MS=200"),
        Backend::Process | Backend::External => {
            ("100", "STUB_HEARTBEAT_MS=50,STUB_REGISTER_RETRY_MS=100")
        }
    };
    [
        (
            "MOLECULE_PLATFORM_WORKSPACE_ID",
            concierge.to_string().as_str(),
        ),
        ("PROVISIONER_SWEEP_MS", sweep),
        ("PROVISIONER_RESTART_DEBOUNCE_MS", "1"),
        // No check waits for it: a restart in the middle of a file's reading would only disturb.
        ("PROVISIONER_FILE_DEBOUNCE_MS", "15000"),
        ("PROVISIONER_QUEUE_SWEEP_MS", "50"),
        ("PROVISIONER_QUEUE_RETRY_MS", "50"),
        ("PROVISIONER_RUNTIME_ENV", runtime),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

/// A life on a stage, with all that is missing there.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) life: Life,
    pub(super) missing: Missing,
}

/// Opens the ways to look at a system that is up, and says which there are not.
///
/// # Errors
/// When one that should be there does not open.
pub(super) async fn open(
    setting: &Setting<'_>,
    context: &Context,
    stage: &Stage,
) -> Result<Opened, Obstacle> {
    let rules = setting.rules;
    let system = stage
        .system
        .as_ref()
        .ok_or_else(|| Obstacle::refused(&SERVER_SILENT, "the gate names no server to live on"))?;
    let journal = Arc::new(Journal::new(context.secrets().clone()));
    let door = Door {
        rules,
        concierge: setting.concierge,
        stage,
        journal: &journal,
    };
    let org = rules.org.as_deref();
    let mut life = door.life(system, stage.database.as_ref(), org).await?;
    if let Some(identity) = &rules.identity {
        life.identity = Some(Identity::read(identity, context)?);
    }
    life.bound = setting.bound;
    let wants_neighbour = setting
        .checks
        .iter()
        .any(|check| check.needs.contains(&Capability::SecondInstance))
        && !rules.without.contains(&Capability::SecondInstance);
    // Two self-hosted installations would give their concierges one id, and containers one name.
    let org = Uuid::new_v4().to_string();
    let mut variables = setting.variables(stage.choice.backend);
    variables.insert("MOLECULE_ORG_ID".to_owned(), org.clone());
    if wants_neighbour && let Some(beside) = stage.beside(&rules.stage, &variables).await? {
        let neighbour = door
            .life(&beside.system, Some(&beside.database), Some(&org))
            .await?;
        life.neighbour = Some(Box::new(neighbour));
    }
    let missing = missing(rules, stage, system, &life);
    Ok(Opened { life, missing })
}

fn missing(rules: &Rules, stage: &Stage, system: &System, life: &Life) -> Missing {
    let is_foreign = matches!(rules.stage.system, SystemPlan::Url { .. });
    let no_daemon = system.daemon.as_ref().err();
    [
        (
            life.identity.is_none(),
            Capability::Template,
            "the gate names no `identity`",
        ),
        (
            no_daemon.is_some(),
            Capability::DaemonErrors,
            no_daemon.map_or("", String::as_str),
        ),
        (
            life.database.is_none(),
            Capability::Database,
            "the gate names no database of the server",
        ),
        (
            life.world.is_none(),
            Capability::World,
            "the server's containers cannot be seen from here",
        ),
        (
            is_foreign && !rules.is_disposable,
            Capability::Disposable,
            "the server is not the gate's own, and not declared `disposable`",
        ),
        (
            stage.choice.backend == Backend::Docker || !is_here(system),
            Capability::Loopback,
            "the server cannot reach the loopback interface of this machine",
        ),
        (
            !is_here(system),
            Capability::PublishedPorts,
            "the containers are on another machine",
        ),
        (
            life.neighbour.is_none(),
            Capability::SecondInstance,
            "a second installation cannot be brought up here",
        ),
    ]
    .into_iter()
    .filter(|(is_missing, ..)| *is_missing)
    .map(|(_, capability, why)| (capability, why.to_owned()))
    .collect()
}

fn is_here(system: &System) -> bool {
    let url = url::Url::parse(&system.base_url).ok();
    let host = url.as_ref().and_then(url::Url::host_str);
    host.is_some_and(|host| ["127.0.0.1", "localhost", "[::1]"].contains(&host))
}

struct Door<'a> {
    rules: &'a Arc<Rules>,
    concierge: Uuid,
    stage: &'a Stage,
    journal: &'a Arc<Journal>,
}

impl Door<'_> {
    async fn life(
        &self,
        system: &System,
        database: Option<&crate::backend::Database>,
        org: Option<&str>,
    ) -> Result<Life, Obstacle> {
        let base = system.base_url.parse().map_err(|error| {
            Obstacle::refused(
                &SERVER_SILENT,
                format!("{} is no address: {error}", system.base_url),
            )
        })?;
        let token = system.admin_token.as_deref().unwrap_or_default();
        let is_foreign = matches!(self.rules.stage.system, SystemPlan::Url { .. });
        Ok(Life::new(LifeParts {
            server: Server::new(base, token, org, Arc::clone(self.journal)),
            concierge: self.concierge,
            rules: Arc::clone(self.rules),
            journal: Arc::clone(self.journal),
            // A server that runs elsewhere may know its database by another address.
            server_database_url: database
                .filter(|_| !is_foreign)
                .map(|database| database.url().to_owned()),
            network: self
                .stage
                .network
                .clone()
                .unwrap_or_else(|| USUAL_NETWORK.to_owned()),
            database: match database {
                Some(database) => Some(Database::open(database, Arc::clone(self.journal)).await?),
                None => None,
            },
            world: self.world(system, database).await?,
            daemon: system.daemon.clone().ok(),
        }))
    }

    async fn world(
        &self,
        system: &System,
        database: Option<&crate::backend::Database>,
    ) -> Result<Option<World>, Obstacle> {
        let containers = match (self.rules.containers, self.stage.choice.backend) {
            (Some(named), _) => named,
            (None, Backend::Docker) => Containers::Docker,
            (None, Backend::Process) => Containers::Process,
            (None, Backend::External) => return Ok(None),
        };
        Ok(match containers {
            Containers::Docker => {
                let run = &self.stage.run;
                // A process of this run starts containers, which are to go with it.
                if let (Some(database), Backend::Process) = (database, self.stage.choice.backend) {
                    run.owns_labelled(database.url()).await?;
                }
                let docker = run.docker().await?.clone();
                Some(World::Docker(DockerWorld::new(docker, run.docker_loss())))
            }
            Containers::Process => system
                .state
                .as_ref()
                .map(|state| World::Process(ProcessWorld::new(state))),
        })
    }
}
