use std::collections::BTreeMap;
use std::io::Read;
use std::time::Duration;

use bollard::Docker;
use bollard::query_parameters::{
    DownloadFromContainerOptionsBuilder, UploadToContainerOptionsBuilder,
};
use futures_util::StreamExt;

use super::error::{LARGEST_FILE, senseless, silent};
use super::{Container, FileSeen, Mount, Network, Port, Volume};
use crate::backend::{DockerLoss, docker_obstacle};
use crate::gate::Obstacle;
use crate::kinds::lifecycle::codes::WORLD_SILENT;

/// Containers of a Docker daemon.
#[derive(Debug)]
pub(in crate::kinds::lifecycle) struct DockerWorld {
    docker: Docker,
    /// Whether the daemon was lost from sight.
    loss: DockerLoss,
}

/// How long the daemon may take to say that it is there.
const PING: Duration = Duration::from_secs(5);

impl DockerWorld {
    pub(in crate::kinds::lifecycle) fn new(docker: Docker, loss: DockerLoss) -> Self {
        Self { docker, loss }
    }

    /// Why nothing that is seen now tells anything about the server: its daemon went away, or does not answer.
    pub(super) async fn trouble(&self) -> Option<String> {
        if self.loss.has_happened() {
            return Some("the Docker daemon went away in the middle of the life".to_owned());
        }
        match tokio::time::timeout(PING, self.docker.ping()).await {
            Ok(Ok(_)) => None,
            Ok(Err(error)) => {
                Some(silent_daemon("ask the Docker daemon whether it is there", &error).message)
            }
            Err(_) => Some(format!("no answer from the Docker daemon within {PING:?}")),
        }
    }

    pub(super) async fn container(&self, name: &str) -> Result<Option<Container>, Obstacle> {
        let what = format!("container {name}");
        let Some(found) = found(&what, self.docker.inspect_container(name, None).await)? else {
            return Ok(None);
        };
        // The daemon also answers to beginnings of ids.
        let full = found.name.unwrap_or_default();
        let full = full.trim_start_matches('/').to_owned();
        if full != name {
            return Ok(None);
        }
        let state = found.state.unwrap_or_default();
        let config = found.config.unwrap_or_default();
        let settings = found.network_settings.unwrap_or_default();
        let running = state.running.unwrap_or_default();
        Ok(Some(Container {
            id: found.id.unwrap_or_default(),
            name: full,
            running,
            exit_code: state.exit_code.filter(|_| !running),
            started_at: state
                .started_at
                .and_then(|at| at.parse::<jiff::Timestamp>().ok()),
            image: config.image,
            restart_policy: found
                .host_config
                .and_then(|host| host.restart_policy)
                .and_then(|policy| policy.name)
                .map(|name| name.to_string()),
            labels: config.labels.unwrap_or_default().into_iter().collect(),
            environment: config
                .env
                .unwrap_or_default()
                .iter()
                .filter_map(|pair| pair.split_once('='))
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .collect(),
            mounts: found
                .mounts
                .unwrap_or_default()
                .into_iter()
                .map(|mount| Mount {
                    volume: mount.name.filter(|name| !name.is_empty()),
                    target: mount.destination.unwrap_or_default(),
                })
                .collect(),
            networks: settings
                .networks
                .unwrap_or_default()
                .into_iter()
                .map(|(name, endpoint)| Network {
                    name,
                    aliases: endpoint.aliases.unwrap_or_default(),
                })
                .collect(),
        }))
    }

    /// The ports that are published, in their order; none where there is no such container.
    pub(super) async fn ports(&self, name: &str) -> Result<Vec<Port>, Obstacle> {
        let what = format!("container {name}");
        let found = found(&what, self.docker.inspect_container(name, None).await)?;
        let settings = found.and_then(|found| found.network_settings);
        let published = settings.and_then(|settings| settings.ports);
        let mut ports: Vec<Port> = published
            .unwrap_or_default()
            .into_iter()
            .flat_map(|(inside, bindings)| {
                let inside = inside.split('/').next().and_then(|port| port.parse().ok());
                bindings
                    .unwrap_or_default()
                    .into_iter()
                    .filter_map(move |binding| {
                        Some(Port {
                            container: inside?,
                            host_ip: binding.host_ip.unwrap_or_default(),
                            host: binding.host_port?.parse().ok()?,
                        })
                    })
            })
            .collect();
        ports.sort_by_key(|port| (port.container, port.host));
        Ok(ports)
    }

    pub(super) async fn read(
        &self,
        container: &str,
        path: &str,
    ) -> Result<Option<FileSeen>, Obstacle> {
        let what = format!("{path} in {container}");
        let Some(archive) = self.archive(&what, container, path).await? else {
            return Ok(None);
        };
        let mut archive = tar::Archive::new(archive.as_slice());
        let mut entries = archive.entries().map_err(|error| silent(&what, error))?;
        // The archive of one path has that path for its first entry.
        let Some(entry) = entries.next() else {
            return Ok(None);
        };
        let mut entry = entry.map_err(|error| silent(&what, error))?;
        let header = entry.header();
        let number = |value: std::io::Result<u64>| value.map_err(|error| senseless(&what, error));
        let mut seen = FileSeen {
            bytes: Vec::new(),
            mode: header.mode().map_err(|error| senseless(&what, error))? & 0o7777,
            uid: number(header.uid())?,
            gid: number(header.gid())?,
        };
        if !header.entry_type().is_file() {
            return Err(senseless(&what, "it is no regular file"));
        }
        entry
            .read_to_end(&mut seen.bytes)
            .map_err(|error| silent(&what, error))?;
        Ok(Some(seen))
    }

    /// The archive of a path; `None` where the path is missing.
    async fn archive(
        &self,
        what: &str,
        container: &str,
        path: &str,
    ) -> Result<Option<Vec<u8>>, Obstacle> {
        let options = DownloadFromContainerOptionsBuilder::default()
            .path(path)
            .build();
        let mut stream = std::pin::pin!(
            self.docker
                .download_from_container(container, Some(options))
        );
        let mut archive = Vec::new();
        while let Some(chunk) = stream.next().await {
            let Some(chunk) = found(what, chunk)? else {
                return Ok(None);
            };
            if archive.len() + chunk.len() > LARGEST_FILE {
                return Err(senseless(
                    what,
                    format!("it is larger than {LARGEST_FILE} bytes"),
                ));
            }
            archive.extend_from_slice(&chunk);
        }
        Ok(Some(archive))
    }

    pub(super) async fn write(
        &self,
        container: &str,
        path: &str,
        bytes: &[u8],
    ) -> Result<(), Obstacle> {
        let what = format!("{path} in {container}");
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let mut archive = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_uid(1000);
        header.set_gid(1000);
        archive
            .append_data(&mut header, name, bytes)
            .map_err(|error| silent(&what, error))?;
        let archive = archive.into_inner().map_err(|error| silent(&what, error))?;
        let options = UploadToContainerOptionsBuilder::default()
            .path(if folder.is_empty() { "/" } else { folder })
            .build();
        self.docker
            .upload_to_container(container, Some(options), bollard::body_full(archive.into()))
            .await
            .map_err(|error| silent_daemon(&format!("write {what}"), &error))
    }

    pub(super) async fn kill(&self, container: &str) -> Result<(), Obstacle> {
        self.docker
            .kill_container(container, None)
            .await
            .map_err(|error| silent_daemon(&format!("kill the container {container}"), &error))
    }

    pub(super) async fn freeze(&self, container: &str) -> Result<(), Obstacle> {
        self.docker
            .pause_container(container)
            .await
            .map_err(|error| silent(&format!("freezing {container}"), error))
    }

    pub(super) async fn volume(&self, name: &str) -> Result<Option<Volume>, Obstacle> {
        let what = format!("volume {name}");
        let volume = found(&what, self.docker.inspect_volume(name).await)?;
        Ok(volume.map(|volume| Volume {
            name: volume.name,
            labels: volume.labels.into_iter().collect::<BTreeMap<_, _>>(),
        }))
    }

    pub(super) async fn is_attached(
        &self,
        network: &str,
        container: &str,
    ) -> Result<bool, Obstacle> {
        let what = format!("network {network}");
        let network = found(&what, self.docker.inspect_network(network, None).await)?;
        Ok(network
            .and_then(|network| network.containers)
            .is_some_and(|attached| {
                attached
                    .values()
                    .any(|endpoint| endpoint.name.as_deref() == Some(container))
            }))
    }
}

/// What the daemon has; `None` where it says that there is none.
fn found<T>(what: &str, answer: Result<T, bollard::errors::Error>) -> Result<Option<T>, Obstacle> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(bollard::errors::Error::DockerResponseServerError {
            status_code: 404, ..
        }) => Ok(None),
        Err(error) => Err(silent_daemon(&format!("look at {what}"), &error)),
    }
}

fn silent_daemon(doing: &str, error: &bollard::errors::Error) -> Obstacle {
    docker_obstacle((&WORLD_SILENT, &WORLD_SILENT), doing, error)
}
