use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::codes::{NOT_READY, NOT_STARTED};
use super::container::{self, ContainerPlan};
use super::plan::{Base, Ready, RunPlan, SystemPlan, Variables};
use super::program::{self, ProgramPlan};
use super::ready::wait_until_ready;
use super::{
    Backend, DaemonRelay, Run, Template, Values, daemon_relay, folders, obstacles, random,
};
use crate::context::Http;
use crate::gate::Obstacle;

/// The image of this very program, for the embedded system in a container.
pub(super) const EMBEDDED_IMAGE: &str = "driftgate-fixtures/driftgate:latest";
/// The subcommand that is the embedded system.
const EMBEDDED: &str = "reference-provisioner";
/// The name of the system among processes and containers.
pub(super) const NAME: &str = "system";
/// The name of one more system beside it.
pub(super) const BESIDE: &str = "system-beside";
/// The port of the embedded system in its container.
const EMBEDDED_PORT: u16 = 8080;
/// Why the daemon cannot ail for a system.
const NO_SOCKET: &str = "the system is given no socket of the Docker daemon";

/// The system under test, ready.
#[derive(Debug, Clone)]
pub struct System {
    /// Where the harness reaches it; without a `/` at its end.
    pub base_url: String,
    /// A secret.
    pub admin_token: Option<String>,
    /// The folder where the embedded system keeps its files, as a process.
    pub state: Option<PathBuf>,
    /// The name of its container.
    pub container: Option<String>,
    /// What it asks the Docker daemon through, or why there is no such thing.
    pub daemon: Result<Arc<DaemonRelay>, String>,
    /// What it is, for reports: `embedded`, `image …`, `command …`, `url …`.
    pub origin: String,
}

/// What bringing up a system needs.
pub(super) struct Surroundings<'a> {
    /// Its name among processes and containers.
    pub name: &'static str,
    pub run: &'a Run,
    pub backend: Backend,
    pub network: Option<&'a str>,
    pub values: &'a mut Values,
    pub http: &'a Http,
    /// More of its environment, which the gate's own overrides.
    pub extra: &'a BTreeMap<String, String>,
}

/// Brings up the system, or finds the one that runs. `None` where none is wanted.
pub(super) async fn bring_up(
    plan: &SystemPlan,
    mut around: Surroundings<'_>,
) -> Result<Option<System>, Obstacle> {
    match plan {
        SystemPlan::Nothing => Ok(None),
        SystemPlan::Url {
            base,
            admin_token_env,
            ready,
        } => find(base, admin_token_env.as_deref(), ready, &around)
            .await
            .map(Some),
        SystemPlan::Embedded { environment, ready } => {
            let token = prepare(&mut around).await?;
            embedded(environment, ready, token, around).await.map(Some)
        }
        SystemPlan::Run(plan) => {
            let token = prepare(&mut around).await?;
            let system = match (&plan.image, around.backend) {
                (Some(image), Backend::Docker) => in_container(image, plan, token, around).await?,
                _ => as_process(plan, token, around).await?,
            };
            Ok(Some(system))
        }
    }
}

/// Makes the secrets of a system that is started here, and records by what its own containers can be
/// told.
async fn prepare(around: &mut Surroundings<'_>) -> Result<String, Obstacle> {
    let (token, key) = (random::token(), random::key());
    around.run.secrets().add(&token);
    around.run.secrets().add(&key);
    around.values.set("admin_token", &token);
    around.values.set("encryption_key", key);
    let url = around.values.get("postgres.url");
    if around.backend == Backend::Docker && !url.is_empty() {
        around.run.owns_labelled(url).await?;
    }
    Ok(token)
}

async fn find(
    base: &Base,
    token: Option<&str>,
    ready: &Ready,
    around: &Surroundings<'_>,
) -> Result<System, Obstacle> {
    let environment = around.run.environment();
    let base_url = match base {
        Base::Url(url) => url.clone(),
        Base::Variable(name) => {
            let url = obstacles::variable(environment, name, "the base URL of the system")?;
            url.trim_end_matches('/').to_owned()
        }
    };
    let token = token
        .map(|name| obstacles::variable(environment, name, "the admin token of the system"))
        .transpose()?;
    if let Some(token) = token {
        around.run.secrets().add(token);
    }
    let parsed = url::Url::parse(&base_url).ok();
    let host = parsed.as_ref().and_then(|url| url.host_str());
    let port = parsed.as_ref().and_then(url::Url::port_or_known_default);
    let address = (host.unwrap_or_default(), port.unwrap_or(80));
    wait_until_ready(
        &base_url,
        &base_url,
        address,
        ready,
        around.http,
        async || None,
    )
    .await
    .map_err(|error| obstacles::waited(&NOT_READY, &NOT_STARTED, &error))?;
    Ok(System {
        admin_token: token.map(str::to_owned),
        state: None,
        container: None,
        daemon: Err(NO_SOCKET.to_owned()),
        origin: format!("url {base_url}"),
        base_url,
    })
}

/// The environment of the embedded system, apart from where it runs.
fn embedded_environment(values: &Values, driver: &str) -> BTreeMap<String, String> {
    [
        ("DATABASE_URL", "postgres.url"),
        ("PORT", "port"),
        ("BIND_ADDR", "bind"),
        ("PLATFORM_URL", "url"),
        ("ADMIN_TOKEN", "admin_token"),
        ("SECRETS_ENCRYPTION_KEY", "encryption_key"),
        ("PROVISIONER_LABELS", "run.labels"),
        ("PROVISIONER_NETWORK", "network"),
        ("PROVISIONER_STATE_DIR", "state"),
    ]
    .into_iter()
    .map(|(name, value)| (name, values.get(value)))
    .filter(|(_, value)| !value.is_empty())
    .chain([
        ("MOLECULE_ENV", "development"),
        ("PROVISIONER_DRIVER", driver),
    ])
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect()
}

async fn embedded(
    environment: &Variables,
    ready: &Ready,
    token: String,
    around: Surroundings<'_>,
) -> Result<System, Obstacle> {
    if around.backend == Backend::Docker {
        let mut more = around.extra.clone();
        more.insert("MOLECULE_IN_DOCKER".to_owned(), "true".to_owned());
        more.insert(
            "MOLECULE_IMAGE_REGISTRY".to_owned(),
            "driftgate-fixtures".to_owned(),
        );
        let plan = RunPlan {
            image: Some(EMBEDDED_IMAGE.to_owned()),
            command: Some(vec![Template::plain(EMBEDDED)]),
            folder: None,
            port: EMBEDDED_PORT,
            environment: environment.clone(),
            docker_socket: true,
            ready: ready.clone(),
        };
        let embedded = |values: &Values| {
            let mut all = embedded_environment(values, "docker");
            all.extend(more.clone());
            all
        };
        let mut system = container(EMBEDDED_IMAGE, &plan, token, around, embedded).await?;
        "embedded".clone_into(&mut system.origin);
        return Ok(system);
    }
    let Surroundings {
        name,
        run,
        values,
        http,
        extra,
        ..
    } = around;
    let state = state_of(run)?;
    values.set("state", state.display().to_string());
    let own = std::env::current_exe().map_err(|error| {
        Obstacle::refused(
            &NOT_STARTED,
            format!("failed to find this very program: {error}"),
        )
    })?;
    let plan = ProgramPlan {
        name,
        command: vec![
            Template::plain(own.display().to_string()),
            Template::plain(EMBEDDED),
        ],
        folder: None,
        ready,
        leash: true,
    };
    let port = program::start(run, &plan, values, http, |values| {
        let mut all = embedded_environment(values, "process");
        all.insert("DRIFTGATE_PARENT_PIPE".to_owned(), "stdin".to_owned());
        all.insert("PROVISIONER_STOP_RUNTIMES".to_owned(), "1".to_owned());
        all.extend(extra.clone());
        all.extend(values.environment(run, environment)?);
        Ok(all)
    })
    .await?;
    Ok(System {
        base_url: format!("http://{}:{port}", program::HOST),
        admin_token: Some(token),
        state: Some(state),
        container: None,
        daemon: Err(NO_SOCKET.to_owned()),
        origin: "embedded".to_owned(),
    })
}

/// The folder for what systems of the run keep: one for all, as one daemon is for all.
fn state_of(run: &Run) -> Result<PathBuf, Obstacle> {
    let state = run.folder().join("state");
    if !state.is_dir() {
        folders::make(&state, 0o700)?;
    }
    Ok(state)
}

async fn as_process(
    plan: &RunPlan,
    token: String,
    around: Surroundings<'_>,
) -> Result<System, Obstacle> {
    let Surroundings {
        name,
        run,
        values,
        http,
        extra,
        ..
    } = around;
    let state = state_of(run)?;
    values.set("state", state.display().to_string());
    let command = plan.command.clone().unwrap_or_default();
    let program = ProgramPlan {
        name,
        command,
        folder: plan.folder.as_ref(),
        ready: &plan.ready,
        leash: false,
    };
    let port = program::start(run, &program, values, http, |values| {
        let mut all = extra.clone();
        all.extend(values.environment(run, &plan.environment)?);
        Ok(all)
    })
    .await?;
    Ok(System {
        base_url: format!("http://{}:{port}", program::HOST),
        admin_token: Some(token),
        state: Some(state),
        container: None,
        daemon: Err(NO_SOCKET.to_owned()),
        origin: "command".to_owned(),
    })
}

async fn in_container(
    image: &str,
    plan: &RunPlan,
    token: String,
    around: Surroundings<'_>,
) -> Result<System, Obstacle> {
    let extra = around.extra.clone();
    container(image, plan, token, around, |_| extra.clone()).await
}

async fn container(
    image: &str,
    plan: &RunPlan,
    token: String,
    around: Surroundings<'_>,
    basis: impl Fn(&Values) -> BTreeMap<String, String>,
) -> Result<System, Obstacle> {
    let Surroundings {
        name,
        run,
        values,
        http,
        network,
        ..
    } = around;
    values.set("port", plan.port.to_string());
    values.set("bind", "0.0.0.0");
    values.set("url", format!("http://{name}:{}", plan.port));
    let mut environment = basis(values);
    environment.extend(values.environment(run, &plan.environment)?);
    let command = plan
        .command
        .as_deref()
        .map(|command| values.fill_all(command))
        .transpose()?;
    let network = network.unwrap_or_default();
    let wanted = ContainerPlan {
        alias: name.to_owned(),
        image: image.to_owned(),
        command,
        environment: environment.into_iter().collect(),
        port: plan.port,
        in_memory: Vec::new(),
        socket: None,
    };
    let (started, daemon) = if plan.docker_socket {
        daemon_relay::start_behind(run, network, wanted).await?
    } else {
        let started = container::start(run, network, wanted).await?;
        (started, Err(NO_SOCKET.to_owned()))
    };
    let base_url = format!("http://{}:{}", started.host, started.port);
    let ready = wait_until_ready(
        &format!("the container {}", started.name),
        &base_url,
        (&started.host, started.port),
        &plan.ready,
        http,
        async || container::ended(run, &started.name).await,
    )
    .await;
    if let Err(error) = ready {
        let not_ready = obstacles::waited(&NOT_READY, &NOT_STARTED, &error);
        return Err(container::explained(run, &started.name, not_ready).await);
    }
    Ok(System {
        base_url,
        admin_token: Some(token),
        state: None,
        container: Some(started.name),
        daemon,
        origin: format!("image {image}"),
    })
}
