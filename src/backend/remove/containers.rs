use std::collections::HashMap;

use bollard::Docker;
use bollard::errors::Error;
use bollard::query_parameters::{
    ListContainersOptionsBuilder, ListNetworksOptionsBuilder, ListVolumesOptionsBuilder,
    RemoveContainerOptionsBuilder, RemoveVolumeOptionsBuilder,
};

use super::{Outcome, Removal};
use crate::backend::codes::LEFTOVER;
use crate::backend::obstacles::{docker_obstacle, docker_says};
use crate::gate::ObstacleKind;

/// How often what bears a label is looked for anew: what starts containers may have started one
/// more while it was removed.
const ROUNDS: usize = 3;

pub(super) async fn remove_container(docker: &Docker, name: &str, dry: bool) -> Option<Removal> {
    if dry {
        let there = docker.inspect_container(name, None).await;
        return done("container", name, there.map(drop), Outcome::Found);
    }
    let options = RemoveContainerOptionsBuilder::new()
        .force(true)
        .v(true)
        .build();
    let removed = docker.remove_container(name, Some(options)).await;
    done("container", name, removed, Outcome::Removed)
}

pub(super) async fn remove_volume(docker: &Docker, name: &str, dry: bool) -> Option<Removal> {
    if dry {
        let there = docker.inspect_volume(name).await;
        return done("volume", name, there.map(drop), Outcome::Found);
    }
    let options = RemoveVolumeOptionsBuilder::new().force(true).build();
    // Forced, a volume that was never there is removed as well; nobody needs to hear of it.
    if let Err(Error::DockerResponseServerError {
        status_code: 404, ..
    }) = docker.inspect_volume(name).await
    {
        return None;
    }
    let removed = docker.remove_volume(name, Some(options)).await;
    done("volume", name, removed, Outcome::Removed)
}

pub(super) async fn remove_network(docker: &Docker, name: &str, dry: bool) -> Option<Removal> {
    if dry {
        let there = docker.inspect_network(name, None).await;
        return done("network", name, there.map(drop), Outcome::Found);
    }
    done(
        "network",
        name,
        docker.remove_network(name).await,
        Outcome::Removed,
    )
}

/// Removes the containers, volumes and networks that bear a label with this very value.
pub(super) async fn remove_labelled(
    docker: &Docker,
    key: &str,
    value: &str,
    dry: bool,
) -> Vec<Removal> {
    let mut removals = Vec::new();
    for _ in 0..ROUNDS {
        let mut found = 0;
        for sort in Sort::ALL {
            let names = match sort.names(docker, key, value).await {
                Ok(names) => names,
                Err(error) => {
                    let name = format!("{key}={value}");
                    removals.push(Removal::new(sort.name(), name, trouble(&error)));
                    return removals;
                }
            };
            found += names.len();
            let each = names.iter().map(|name| sort.remove(docker, name, dry));
            removals.extend(
                futures_util::future::join_all(each)
                    .await
                    .into_iter()
                    .flatten(),
            );
        }
        if found == 0 || dry {
            break;
        }
    }
    // What a later round removed is not left, whatever an earlier one said.
    let gone: Vec<_> = removals
        .iter()
        .filter(|removal| removal.outcome == Outcome::Removed)
        .map(|removal| (removal.thing, removal.name.clone()))
        .collect();
    removals.retain(|removal| {
        removal.outcome == Outcome::Removed
            || !gone.contains(&(removal.thing, removal.name.clone()))
    });
    removals.dedup();
    removals
}

#[derive(Debug, Clone, Copy)]
enum Sort {
    Container,
    Volume,
    Network,
}

impl Sort {
    /// A volume and a network can only go once no container uses them.
    const ALL: [Self; 3] = [Self::Container, Self::Volume, Self::Network];

    fn name(self) -> &'static str {
        match self {
            Self::Container => "container",
            Self::Volume => "volume",
            Self::Network => "network",
        }
    }

    async fn names(self, docker: &Docker, key: &str, value: &str) -> Result<Vec<String>, Error> {
        let filters = HashMap::from([("label", vec![format!("{key}={value}")])]);
        Ok(match self {
            Self::Container => {
                let options = ListContainersOptionsBuilder::new()
                    .all(true)
                    .filters(&filters)
                    .build();
                let found = docker.list_containers(Some(options)).await?;
                found
                    .into_iter()
                    .filter_map(|container| {
                        let name = container.names.and_then(|names| names.into_iter().next());
                        name.map(|name| name.trim_start_matches('/').to_owned())
                            .or(container.id)
                    })
                    .collect()
            }
            Self::Volume => {
                let options = ListVolumesOptionsBuilder::new().filters(&filters).build();
                let found = docker.list_volumes(Some(options)).await?;
                let volumes = found.volumes.unwrap_or_default();
                volumes.into_iter().map(|volume| volume.name).collect()
            }
            Self::Network => {
                let options = ListNetworksOptionsBuilder::new().filters(&filters).build();
                let found = docker.list_networks(Some(options)).await?;
                found
                    .into_iter()
                    .filter_map(|network| network.name)
                    .collect()
            }
        })
    }

    async fn remove(self, docker: &Docker, name: &str, dry: bool) -> Option<Removal> {
        match self {
            Self::Container => remove_container(docker, name, dry).await,
            Self::Volume => remove_volume(docker, name, dry).await,
            Self::Network => remove_network(docker, name, dry).await,
        }
    }
}

/// `None` where there was nothing to remove.
fn done(
    thing: &'static str,
    name: &str,
    answer: Result<(), Error>,
    outcome: Outcome,
) -> Option<Removal> {
    match answer {
        Ok(()) => Some(Removal::new(thing, name, outcome)),
        Err(Error::DockerResponseServerError {
            status_code: 404, ..
        }) => None,
        // Somebody else, the restart policy's own end for one, is removing it already.
        Err(Error::DockerResponseServerError {
            status_code: 409,
            message,
        }) if message.contains("already in progress") => {
            Some(Removal::new(thing, name, Outcome::Removed))
        }
        Err(error) => Some(Removal::new(thing, name, trouble(&error))),
    }
}

pub(super) fn trouble(error: &Error) -> Outcome {
    match error {
        Error::DockerResponseServerError { message, .. }
            if docker_obstacle((&LEFTOVER, &LEFTOVER), "", error).kind == ObstacleKind::Refused =>
        {
            Outcome::Failed {
                reason: message.clone(),
            }
        }
        other => Outcome::Unreachable {
            reason: docker_says(other),
        },
    }
}
