use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anstyle::{AnsiColor, Style};

use super::project::Project;
use super::stdout::to_stdout;
use super::{CliError, Global};
use crate::backend::{Reap, find_installations, reap, state_folder};
use crate::config::Settings;
use crate::context::{
    Cancel, Environment, Runtime, connect_docker, docker_host, find_program, version_of,
};
use crate::exit_code::ExitCode;
use crate::gate::Obstacle;
use crate::report::printable;
use crate::ssot::Site;

/// Say what this machine can and cannot check
///
/// Ends with 0 where all that every run needs is there, and with 3 where it is not. What only some
/// gates need is told, and changes nothing.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// The oldest git that has what fetching needs (credentials through the environment).
const OLDEST_GIT: (u32, u32) = (2, 31);

/// One thing looked at.
struct Look {
    what: &'static str,
    state: State,
    /// What was seen.
    seen: String,
    remedy: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Good,
    /// Some gates cannot be checked here.
    Lacking,
    /// No run can do without it.
    Broken,
}

pub(super) fn execute(_args: &Args, global: &Global) -> Result<ExitCode, CliError> {
    let environment = Environment::of_process();
    let (project, mut looks) = look_at_project(global);
    looks.push(git(&environment));
    looks.push(cache(project.as_ref(), &environment));
    if let Some(project) = &project {
        looks.extend(tokens(&project.settings, &environment));
    }
    looks.push(docker(&environment));
    looks.push(postgres(&environment));
    looks.push(leftovers(&environment));
    to_stdout(global, |out| {
        looks.iter().try_for_each(|look| look.write(out))
    })?;
    let broken = looks.iter().any(|look| look.state == State::Broken);
    Ok(if broken {
        ExitCode::NotChecked
    } else {
        ExitCode::Ok
    })
}

impl Look {
    fn new(what: &'static str, state: State, seen: impl Into<String>) -> Self {
        Self {
            what,
            state,
            seen: seen.into(),
            remedy: None,
        }
    }

    fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let (style, word): (Style, _) = match self.state {
            State::Good => (AnsiColor::Green.on_default(), "good"),
            State::Lacking => (AnsiColor::Yellow.on_default(), "lacking"),
            State::Broken => (AnsiColor::Red.on_default().bold(), "broken"),
        };
        writeln!(
            out,
            "{style}{word:<7}{style:#}  {:<12}  {}",
            self.what,
            printable(&self.seen)
        )?;
        match &self.remedy {
            Some(remedy) => writeln!(out, "                       help: {}", printable(remedy)),
            None => Ok(()),
        }
    }
}

fn look_at_project(global: &Global) -> (Option<Project>, Vec<Look>) {
    let project = match Project::open(global) {
        Ok(project) => project,
        Err(error @ CliError::Files(_)) => {
            let look = Look::new("settings", State::Broken, error.to_string())
                .remedy("`driftgate list` shows them");
            return (None, vec![look]);
        }
        Err(error) => {
            // One may ask before there is a checkout to gate.
            return (
                None,
                vec![
                    Look::new("root", State::Lacking, error.to_string())
                        .remedy("stand in a checkout with driftgate.yaml, or name one with --root"),
                ],
            );
        }
    };
    let root = Look::new("root", State::Good, project.root.display().to_string());
    let gates = match project.load_gates() {
        Ok(gates) if gates.is_empty() => {
            Look::new("gates", State::Lacking, "none; a run checks nothing")
                .remedy(format!("write one into {}", project.gates.display()))
        }
        Ok(gates) => Look::new("gates", State::Good, gates.len().to_string()),
        Err(error) => Look::new("gates", State::Broken, error.to_string())
            .remedy("`driftgate list` shows them"),
    };
    (Some(project), vec![root, gates])
}

fn git(environment: &Environment) -> Look {
    let remedy = format!(
        "install git {}.{} or newer; sources are fetched with it",
        OLDEST_GIT.0, OLDEST_GIT.1
    );
    let Some(program) = find_program(environment, "git", &[]) else {
        return Look::new("git", State::Broken, "not on PATH").remedy(remedy);
    };
    match version_of(&program) {
        Ok(version) if git_version(&version).is_some_and(|found| found >= OLDEST_GIT) => {
            Look::new("git", State::Good, version)
        }
        Ok(version) => Look::new("git", State::Broken, version).remedy(remedy),
        Err(problem) => Look::new("git", State::Broken, problem).remedy(remedy),
    }
}

/// The first two numbers of `git version 2.43.0`.
fn git_version(line: &str) -> Option<(u32, u32)> {
    let version = line.strip_prefix("git version ")?;
    let mut numbers = version.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

fn cache(project: Option<&Project>, environment: &Environment) -> Look {
    let environment = Arc::new(environment.clone());
    let site = match project {
        Some(project) => project.site(environment, true, Cancel::new()),
        None => Site {
            root: PathBuf::new(),
            lock_file: PathBuf::new(),
            settings: Arc::new(Settings::default()),
            environment,
            offline: true,
            cancel: Cancel::new(),
        },
    };
    match site.cache() {
        Err(obstacle) => Look::new("cache", State::Broken, obstacle.message)
            .remedy("name a folder with `cache` in driftgate.yaml"),
        Ok(dir) => match writable(&dir) {
            Ok(()) => Look::new("cache", State::Good, dir.display().to_string()),
            Err(error) => Look::new(
                "cache",
                State::Broken,
                format!("{}: {error}", dir.display()),
            )
            .remedy("mend its permissions, or name another with `cache` in driftgate.yaml"),
        },
    }
}

/// Whether a file can be made in the folder, or in the nearest one above it that is there.
fn writable(dir: &Path) -> io::Result<()> {
    let there = dir
        .ancestors()
        .find(|dir| dir.exists())
        .unwrap_or(Path::new("/"));
    tempfile::tempfile_in(there).map(drop)
}

fn tokens(settings: &Settings, environment: &Environment) -> Vec<Look> {
    let looks = settings.providers.iter().filter_map(|(name, provider)| {
        let variable = provider.token_env.as_deref()?;
        Some(if environment.get(variable).is_some() {
            Look::new("token", State::Good, format!("{variable} is set"))
        } else {
            Look::new("token", State::Lacking, format!("{variable} is not set")).remedy(format!(
                "set it to an access token, to read private repositories of provider {name}"
            ))
        })
    });
    looks.collect()
}

/// Asks the daemon, so that one that hangs or lets nobody in does not count as there.
fn docker(environment: &Environment) -> Look {
    let (runtime, host) = (Runtime::new(), docker_host(environment));
    let asked = runtime.block_on(&Cancel::new(), async {
        let docker = connect_docker(environment)
            .await
            .map_err(|error| Obstacle::from(error).message)?;
        let version = docker.version().await.map_err(|error| error.to_string())?;
        Ok::<_, String>(version.version.unwrap_or_default())
    });
    match asked {
        Ok(Ok(version)) => Look::new(
            "docker",
            State::Good,
            format!("a daemon of version {version} answers at {host}"),
        ),
        Ok(Err(problem)) => Look::new("docker", State::Lacking, problem)
            .remedy("start the daemon; gates over images and live systems need it"),
        Err(obstacle) => Look::new("docker", State::Lacking, obstacle.message),
    }
}

fn postgres(environment: &Environment) -> Look {
    let found: Vec<_> = find_installations(environment)
        .iter()
        .map(|found| format!("{} in {}", found.version, found.bin.display()))
        .collect();
    if found.is_empty() {
        return Look::new(
            "postgres",
            State::Lacking,
            "the server's programs are not to be found",
        )
        .remedy("install the server; gates over live migrations and systems need it, or Docker");
    }
    Look::new("postgres", State::Good, found.join(", "))
}

/// What dead runs left behind.
fn leftovers(environment: &Environment) -> Look {
    let Some(state) = state_folder(environment) else {
        return Look::new("leftovers", State::Lacking, "no folder for state")
            .remedy("set HOME, or DRIFTGATE_STATE; gates over live systems need it");
    };
    match reap(&state, environment, &Runtime::new(), Reap::Rehearse) {
        Ok(found) if found.runs.is_empty() && found.unreadable.is_empty() => {
            Look::new("leftovers", State::Good, "none of dead runs")
        }
        Ok(found) => Look::new(
            "leftovers",
            State::Lacking,
            format!(
                "{} dead runs left something behind",
                found.runs.len() + found.unreadable.len()
            ),
        )
        .remedy("`driftgate reap` removes it"),
        Err(error) => Look::new("leftovers", State::Lacking, error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_git_is_read_from_what_it_says() {
        assert_eq!(git_version("git version 2.43.0"), Some((2, 43)));
        assert_eq!(
            git_version("git version 2.39.5 (Apple Git-154)"),
            Some((2, 39))
        );
        assert_eq!(git_version("something else"), None);
    }
}
