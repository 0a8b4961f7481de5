use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use bollard::errors::Error;
use bollard::models::{
    ContainerCreateBody, EndpointSettings, HostConfig, Mount, MountType, NetworkingConfig,
    PortBinding,
};
use bollard::query_parameters::CreateContainerOptionsBuilder;

use super::{Run, Thing, images, kept_logs, obstacles};
use crate::context::docker_host;
use crate::gate::{Obstacle, ObstacleKind};

/// A container to be started on the run's network.
#[derive(Debug, Clone, Default)]
pub(super) struct ContainerPlan {
    /// Its host name on the network, and the end of its own.
    pub alias: String,
    pub image: String,
    pub command: Option<Vec<String>>,
    pub environment: Vec<(String, String)>,
    /// The port that it listens on.
    pub port: u16,
    /// Folders in memory: nothing of them is ever written to a disk.
    pub in_memory: Vec<String>,
    /// A socket of the host, and where it is to be in the container. One that the daemon does not see is an error.
    pub socket: Option<(PathBuf, &'static str)>,
}

/// One that was started.
#[derive(Debug, Clone)]
pub(super) struct Container {
    pub name: String,
    /// Where its port is reached from here.
    pub host: String,
    pub port: u16,
}

/// Starts a container, recorded before it exists.
pub(super) async fn start(
    run: &Run,
    network: &str,
    plan: ContainerPlan,
) -> Result<Container, Obstacle> {
    let docker = run.docker().await?;
    images::ensure(run, &plan.image).await?;
    let name = format!("driftgate-{}-{}", run.id, plan.alias);
    run.record(Thing::Container { name: name.clone() })?;
    let host = published_host(run);
    let port = format!("{}/tcp", plan.port);
    let options = CreateContainerOptionsBuilder::new().name(&name).build();
    let body = body(run, network, plan, &port, &host);
    docker
        .create_container(Some(options), body)
        .await
        .map_err(|error| obstacles::docker(&format!("make the container {name}"), &error))?;
    run.note_container(&name);
    docker
        .start_container(&name, None)
        .await
        .map_err(|error| obstacles::docker(&format!("start the container {name}"), &error))?;
    let seen = docker
        .inspect_container(&name, None)
        .await
        .map_err(|error| obstacles::docker(&format!("look at the container {name}"), &error))?;
    let published = seen
        .network_settings
        .and_then(|settings| settings.ports)
        .and_then(|mut ports| ports.remove(&port).flatten())
        .and_then(|bindings| bindings.into_iter().find_map(|binding| binding.host_port))
        .and_then(|port| port.parse().ok());
    match published {
        Some(port) => Ok(Container { name, host, port }),
        // It has ended already, and with it its ports.
        None => Err(Obstacle::refused(
            &super::codes::NOT_STARTED,
            format!("the container {name} {}", how_ended(run, &name).await),
        )),
    }
}

fn body(
    run: &Run,
    network: &str,
    plan: ContainerPlan,
    port: &str,
    host: &str,
) -> ContainerCreateBody {
    let published = PortBinding {
        // Nobody else on the network is to reach it, unless the daemon is elsewhere.
        host_ip: Some(if host == LOCAL { LOCAL } else { "0.0.0.0" }.to_owned()),
        host_port: Some(String::new()),
    };
    let endpoint = EndpointSettings {
        aliases: Some(vec![plan.alias.clone()]),
        ..Default::default()
    };
    ContainerCreateBody {
        image: Some(plan.image),
        cmd: plan.command,
        env: Some(
            plan.environment
                .into_iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect(),
        ),
        labels: Some(run.labels().into_iter().collect()),
        exposed_ports: Some(vec![port.to_owned()]),
        host_config: Some(HostConfig {
            network_mode: Some(network.to_owned()),
            port_bindings: Some(HashMap::from([(port.to_owned(), Some(vec![published]))])),
            tmpfs: Some(
                plan.in_memory
                    .into_iter()
                    .map(|folder| (folder, String::new()))
                    .collect(),
            ),
            mounts: plan.socket.map(|(source, target)| {
                vec![Mount {
                    source: Some(source.display().to_string()),
                    target: Some(target.to_owned()),
                    typ: Some(MountType::BIND),
                    ..Default::default()
                }]
            }),
            ..Default::default()
        }),
        networking_config: Some(NetworkingConfig {
            endpoints_config: Some(HashMap::from([(network.to_owned(), endpoint)])),
        }),
        ..Default::default()
    }
}

/// How long one look at a container may take.
const ONE_LOOK: Duration = Duration::from_secs(5);
const LOCAL: &str = "127.0.0.1";

/// Where the daemon publishes ports: on this machine, unless it is reached over TCP.
fn published_host(run: &Run) -> String {
    let host = docker_host(run.environment());
    url::Url::parse(&host)
        .ok()
        .filter(|url| matches!(url.scheme(), "tcp" | "http" | "https"))
        .and_then(|url| url.host_str().map(str::to_owned))
        .filter(|name| name != "localhost")
        .unwrap_or_else(|| LOCAL.to_owned())
}

/// How a container ended, with its last words; `None` while it runs.
pub(super) async fn ended(run: &Run, name: &str) -> Option<String> {
    let docker = run.docker().await.ok()?;
    let looking = docker.inspect_container(name, None);
    // A daemon that hangs must not keep anybody from seeing that the container itself answers.
    let seen = tokio::time::timeout(ONE_LOOK, looking).await.ok()?;
    match seen {
        Ok(seen) => {
            let state = seen.state?;
            if state.running == Some(true) {
                return None;
            }
            Some(how_ended(run, name).await)
        }
        Err(Error::DockerResponseServerError {
            status_code: 404, ..
        }) => Some("is gone".to_owned()),
        // The daemon does not answer; it may be back before the time is up.
        Err(_) => None,
    }
}

/// Why a container is not ready: where its daemon does not answer either, that is the reason to tell.
pub(super) async fn explained(run: &Run, name: &str, not_ready: Obstacle) -> Obstacle {
    let Ok(docker) = run.docker().await else {
        return not_ready;
    };
    let looking = docker.inspect_container(name, None);
    match tokio::time::timeout(ONE_LOOK, looking).await {
        Ok(Err(error)) => {
            let doing = format!("look at the container {name}");
            let silent = obstacles::docker(&doing, &error);
            if silent.kind == ObstacleKind::Unreachable {
                silent.besides(&not_ready)
            } else {
                not_ready
            }
        }
        Ok(Ok(_)) | Err(_) => not_ready,
    }
}

async fn how_ended(run: &Run, name: &str) -> String {
    let Ok(docker) = run.docker().await else {
        return "cannot be looked at".to_owned();
    };
    let state = docker
        .inspect_container(name, None)
        .await
        .ok()
        .and_then(|seen| seen.state);
    let code = state
        .as_ref()
        .and_then(|state| state.exit_code)
        .unwrap_or(-1);
    let killed = state.and_then(|state| state.oom_killed) == Some(true);
    let words = kept_logs::last_words_of_container(docker, name, run.secrets()).await;
    let memory = if killed { " for want of memory" } else { "" };
    format!("ended with exit code {code}{memory}; {words}")
}
