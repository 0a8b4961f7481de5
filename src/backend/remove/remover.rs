use std::time::{Duration, Instant};

use bollard::Docker;

use super::containers::{remove_container, remove_labelled, remove_network, remove_volume};
use super::{Outcome, Removal, folders, processes};
use crate::backend::{Thing, obstacles};
use crate::context::{Environment, Runtime, connect_database, connect_docker, database_config};
use crate::gate::ObstacleKind;

/// Removes things, and tells what became of each that was there.
#[derive(Debug)]
pub(in crate::backend) struct Remover<'a> {
    pub environment: &'a Environment,
    pub runtime: &'a Runtime,
    /// The daemon, where one is connected already.
    pub docker: Option<&'a Docker>,
    pub within: Duration,
    /// For how long of that somebody who does not answer is asked again: a daemon that is started anew is back soon.
    pub patience: Duration,
}

/// Between two looks at somebody who does not answer.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

impl Remover<'_> {
    /// Removes all that is there: processes first, for they make things; folders last, for they
    /// hold what processes use.
    pub(in crate::backend) fn remove(&self, things: &[Thing]) -> Vec<Removal> {
        self.go(things, false)
    }

    /// Tells what it would remove.
    pub(in crate::backend) fn rehearse(&self, things: &[Thing]) -> Vec<Removal> {
        self.go(things, true)
    }

    fn go(&self, things: &[Thing], dry: bool) -> Vec<Removal> {
        let mut removals = Vec::new();
        let run = things.iter().find_map(|thing| match thing {
            Thing::Processes { run } => Some(run.as_str()),
            _ => None,
        });
        if let Some(run) = run {
            removals.extend(processes::remove(run, dry));
        }
        let outside: Vec<_> = things
            .iter()
            .filter(|thing| thing.is_docker() || matches!(thing, Thing::Database { .. }))
            .collect();
        if !outside.is_empty() {
            let removed = self
                .runtime
                .finish(self.within, self.remove_patiently(&outside, dry));
            match removed {
                Some(removed) => removals.extend(removed),
                None => removals.extend(outside.iter().map(|thing| {
                    let reason = format!("no end of it within {:?}", self.within);
                    Removal::new(
                        thing.sort(),
                        thing.to_string(),
                        Outcome::Unreachable { reason },
                    )
                })),
            }
        }
        for thing in things {
            if let Thing::Folder { path } = thing {
                removals.extend(folders::remove(path, run.unwrap_or_default(), dry));
            }
        }
        removals
    }

    /// Removes what others keep; again, as long as one of them does not answer and there is patience.
    async fn remove_patiently(&self, things: &[&Thing], dry: bool) -> Vec<Removal> {
        let begun = Instant::now();
        let mut pause = Duration::from_millis(50);
        let mut removed: Vec<Removal> = Vec::new();
        loop {
            let mut removals = self.remove_outside(things, dry).await;
            let is_silent = removals
                .iter()
                .any(|removal| matches!(removal.outcome, Outcome::Unreachable { .. }));
            removals.retain(|removal| !removed.contains(removal));
            if !is_silent || begun.elapsed() + pause > self.patience {
                removed.append(&mut removals);
                return removed;
            }
            removals.retain(|removal| removal.outcome == Outcome::Removed);
            removed.append(&mut removals);
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn remove_outside(&self, things: &[&Thing], dry: bool) -> Vec<Removal> {
        let mut removals = Vec::new();
        if things.iter().any(|thing| thing.is_docker()) {
            let connected;
            let docker = match self.docker {
                Some(docker) => Ok(docker),
                None => match connect_docker(self.environment).await {
                    Ok(docker) => {
                        connected = docker;
                        Ok(&connected)
                    }
                    Err(error) => Err(error.to_string()),
                },
            };
            match docker {
                Ok(docker) => removals.extend(remove_from_docker(docker, things, dry).await),
                Err(reason) => {
                    removals.extend(
                        things
                            .iter()
                            .filter(|thing| thing.is_docker())
                            .map(|thing| {
                                Removal::new(
                                    thing.sort(),
                                    thing.to_string(),
                                    Outcome::Unreachable {
                                        reason: reason.clone(),
                                    },
                                )
                            }),
                    );
                }
            }
        }
        for thing in things {
            if let Thing::Database { variable, name } = thing {
                removals.extend(self.remove_database(variable, name, dry).await);
            }
        }
        removals
    }

    async fn remove_database(&self, variable: &str, name: &str, dry: bool) -> Option<Removal> {
        let removal = |outcome| Some(Removal::new("database", name, outcome));
        let Some(url) = self.environment.get(variable) else {
            return removal(Outcome::Unreachable {
                reason: format!("{variable} is not set, so that its server is not known"),
            });
        };
        let connected = async { connect_database(&database_config(url)?).await }.await;
        let client = match connected {
            Ok(client) => client,
            Err(error) => {
                return removal(Outcome::Unreachable {
                    reason: error.to_string(),
                });
            }
        };
        let failed = |error: tokio_postgres::Error| {
            let obstacle = obstacles::database("remove it", &error);
            let reason = obstacle.message;
            removal(match obstacle.kind {
                ObstacleKind::Unreachable => Outcome::Unreachable { reason },
                _ => Outcome::Failed { reason },
            })
        };
        let there = client
            .query_opt("SELECT 1 FROM pg_database WHERE datname = $1", &[&name])
            .await;
        match there {
            Ok(None) => return None,
            Ok(Some(_)) if dry => return removal(Outcome::Found),
            Ok(Some(_)) => {}
            Err(error) => return failed(error),
        }
        let quoted = name.replace('"', "\"\"");
        let statement = format!("DROP DATABASE IF EXISTS \"{quoted}\" WITH (FORCE)");
        match client.batch_execute(&statement).await {
            Ok(()) => removal(Outcome::Removed),
            Err(error) => failed(error),
        }
    }
}

/// Containers that are named first: they start those that only bear a label.
async fn remove_from_docker(docker: &Docker, things: &[&Thing], dry: bool) -> Vec<Removal> {
    let named = things.iter().filter_map(|thing| match thing {
        Thing::Container { name } => Some(remove_container(docker, name, dry)),
        _ => None,
    });
    let mut removals: Vec<_> = futures_util::future::join_all(named)
        .await
        .into_iter()
        .flatten()
        .collect();
    for thing in things {
        if let Thing::Labelled { key, value } = thing {
            let labelled = remove_labelled(docker, key, value, dry).await;
            for removal in labelled {
                if !removals.contains(&removal) {
                    removals.push(removal);
                }
            }
        }
    }
    for thing in things {
        let removal = match thing {
            Thing::Volume { name } => remove_volume(docker, name, dry).await,
            Thing::Network { name } => remove_network(docker, name, dry).await,
            _ => None,
        };
        if let Some(removal) = removal.filter(|removal| !removals.contains(removal)) {
            removals.push(removal);
        }
    }
    removals
}
