use std::fs::File;
use std::path::Path;
use std::time::Duration;

use tokio_postgres::{Client, Config};

use super::cluster::{self, SUPERUSER};
use super::server::literal;
use super::{Installation, Postgres, find_installations, unprivileged};
use crate::backend::codes::{BACKEND_MISSING, NOT_READY, PORT_TAKEN, POSTGRES_FAILED};
use crate::backend::plan::PostgresPlan;
use crate::backend::{Look, Run, Wait, folders, kept_logs, obstacles, ports, random};
use crate::context::{Ask, Spawn, connect_database, how_ended};
use crate::gate::Obstacle;

/// The name of the server among a run's processes.
const NAME: &str = "postgres";
/// How long it may take to get ready.
const WITHIN: Duration = Duration::from_secs(30);
/// How often another port is tried.
const PORTS: usize = 5;

/// All of it is thrown away in the end, so nothing is written for the case of a crash.
const SETTINGS: &[(&str, &str)] = &[
    ("fsync", "off"),
    ("synchronous_commit", "off"),
    ("full_page_writes", "off"),
    ("wal_level", "minimal"),
    ("max_wal_senders", "0"),
    ("autovacuum", "off"),
    ("jit", "off"),
    ("shared_buffers", "32MB"),
    ("max_connections", "100"),
    ("listen_addresses", "127.0.0.1"),
    // In the data folder, so that it goes with it whatever happens.
    ("dynamic_shared_memory_type", "mmap"),
    ("log_line_prefix", "%m [%p] "),
    ("timezone", "UTC"),
];

/// Starts a server of this machine's programs in a folder of the run.
pub(in crate::backend) async fn start_process(
    run: &Run,
    plan: &PostgresPlan,
) -> Result<Postgres, Obstacle> {
    let installation = choose(find_installations(run.environment()), plan.version)?;
    let user = unprivileged()?;
    let home = run.folder().join("postgres");
    folders::make(&home, 0o700)?;
    folders::give(&home, user)?;
    let data = home.join("data");
    let password = random::token();
    run.secrets().add(&password);
    let cached = cluster::make(run, &installation, user, &data)?;
    let started = match start(run, plan, &installation, user, &home).await {
        Err(error) if cached && error.code.name == POSTGRES_FAILED.name && !is_our_doing(plan) => {
            // The copy in the cache may be damaged: once more, from the beginning.
            cluster::forget(run, &installation);
            std::fs::remove_dir_all(&data).map_err(|error| folders::failed(&data, &error))?;
            cluster::make(run, &installation, user, &data)?;
            start(run, plan, &installation, user, &home).await?
        }
        started => started?,
    };
    let (client, config, port) = started;
    let statement = format!("ALTER ROLE {SUPERUSER} PASSWORD {}", literal(&password));
    client
        .batch_execute(&statement)
        .await
        .map_err(|error| obstacles::database("set the password", &error))?;
    Ok(Postgres {
        admin: config,
        host: "127.0.0.1".to_owned(),
        port,
        user: SUPERUSER.to_owned(),
        password,
        version: installation.version.clone(),
        origin: format!("process {}", installation.bin.display()),
        variable: None,
    })
}

/// With settings of its own, a server that does not start does so because of them.
fn is_our_doing(plan: &PostgresPlan) -> bool {
    !plan.settings.is_empty()
}

/// The first that has the version that is asked for, else the first.
fn choose(
    installations: Vec<Installation>,
    version: Option<u32>,
) -> Result<Installation, Obstacle> {
    let found: Vec<_> = installations
        .iter()
        .map(|installation| installation.version.clone())
        .collect();
    let fits =
        |installation: &Installation| version.is_none_or(|major| installation.major == major);
    installations.into_iter().find(fits).ok_or_else(|| {
        let (message, help) = match version {
            Some(major) if !found.is_empty() => (
                format!(
                    "PostgreSQL {major} is not on this machine; there is {}",
                    found.join(", ")
                ),
                format!("install the server of PostgreSQL {major}, or let the gate take another"),
            ),
            _ => (
                "the PostgreSQL server is not on this machine".to_owned(),
                "install it (Debian: apt-get install postgresql; Fedora: dnf install postgresql-server; macOS: brew install postgresql)".to_owned(),
            ),
        };
        Obstacle::unreachable(&BACKEND_MISSING, message).help(help)
    })
}

async fn start(
    run: &Run,
    plan: &PostgresPlan,
    installation: &Installation,
    user: Option<(u32, u32)>,
    home: &Path,
) -> Result<(Client, Config, u16), Obstacle> {
    let log = run.logs().join("postgres.log");
    for _ in 0..PORTS {
        let port = ports::free()?;
        match start_on(run, plan, installation, user, home, &log, port).await {
            Err(error) if is_taken(&log) => {
                run.end_process(NAME);
                let _ = error;
            }
            Err(error) => {
                run.end_process(NAME);
                return Err(error);
            }
            Ok((client, config)) => return Ok((client, config, port)),
        }
    }
    Err(Obstacle::unreachable(
        &PORT_TAKEN,
        format!(
            "PostgreSQL found no free port: {PORTS} were tried, and somebody was faster each time"
        ),
    ))
}

/// Whether somebody else was faster to take the port.
fn is_taken(log: &Path) -> bool {
    kept_logs::tail(log, 4 << 10).is_ok_and(|said| said.contains("Address already in use"))
}

async fn start_on(
    run: &Run,
    plan: &PostgresPlan,
    installation: &Installation,
    user: Option<(u32, u32)>,
    home: &Path,
    log: &Path,
    port: u16,
) -> Result<(Client, Config), Obstacle> {
    let program = installation.bin.join("postgres");
    let file = File::create(log).map_err(|error| folders::failed(log, &error))?;
    let mut args: Vec<std::ffi::OsString> = vec!["-D".into(), home.join("data").into()];
    let own = plan
        .settings
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    for (name, value) in SETTINGS.iter().copied().chain(own) {
        args.push("-c".into());
        args.push(format!("{name}={value}").into());
    }
    args.extend([
        "-k".into(),
        home.into(),
        "-p".into(),
        port.to_string().into(),
    ]);
    let process = Spawn {
        program: program.clone(),
        args,
        environment: cluster::environment(run),
        folder: home.to_owned(),
        user,
        log: file,
        leash: false,
        ask: Ask::Interrupt,
    }
    .start()
    .map_err(|error| {
        Obstacle::refused(
            &POSTGRES_FAILED,
            format!("{} cannot be started: {error}", program.display()),
        )
    })?;
    run.keep(NAME, process);
    let mut config = Config::new();
    config
        .host_path(home)
        .port(port)
        .user(SUPERUSER)
        .dbname("postgres");
    let wait = Wait {
        longest: Duration::from_millis(10),
        ..Wait::new("PostgreSQL", WITHIN)
    };
    let connected = wait
        .until(async || {
            if let Some(status) = run.ended(NAME) {
                let words = kept_logs::last_words(log, run.secrets());
                return Look::Never(format!("{}; {words}", how_ended(status)));
            }
            match connect_database(&config).await {
                Ok(client) => Look::Ready(client),
                Err(error) => Look::NotYet(error.to_string()),
            }
        })
        .await;
    match connected {
        Ok(client) => Ok((client, config)),
        Err(error) => Err(obstacles::waited(&NOT_READY, &POSTGRES_FAILED, &error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn installation(version: &str, major: u32) -> Installation {
        Installation {
            bin: format!("/pg/{version}").into(),
            version: version.to_owned(),
            major,
        }
    }

    #[test]
    fn the_version_that_is_asked_for_is_taken_and_otherwise_the_first() {
        let all = || vec![installation("16.1", 16), installation("15.2", 15)];
        assert_eq!(choose(all(), None).expect("one").major, 16);
        assert_eq!(choose(all(), Some(15)).expect("one").major, 15);
        let error = choose(all(), Some(9)).expect_err("none");
        assert_eq!(
            error.to_string(),
            "PostgreSQL 9 is not on this machine; there is 16.1, 15.2"
        );
    }

    #[test]
    fn without_any_it_is_said_what_to_install() {
        let error = choose(Vec::new(), None).expect_err("none");
        assert_eq!(error.kind, crate::gate::ObstacleKind::Unreachable);
        assert!(
            error
                .help
                .is_some_and(|help| help.contains("apt-get install"))
        );
    }
}
