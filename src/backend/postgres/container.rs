use std::time::Duration;

use tokio_postgres::Config;

use super::Postgres;
use super::cluster::SUPERUSER;
use crate::backend::codes::{NOT_READY, POSTGRES_FAILED};
use crate::backend::container::{self, ContainerPlan};
use crate::backend::plan::PostgresPlan;
use crate::backend::{Look, Run, Wait, obstacles, random};
use crate::context::connect_database;
use crate::gate::Obstacle;

/// How long it may take to get ready; its data folder is made first.
const WITHIN: Duration = Duration::from_secs(60);
/// The name by which containers reach it.
const ALIAS: &str = "postgres";
const PORT: u16 = 5432;
/// Off the volume that the image declares, in memory.
const HOME: &str = "/driftgate";

/// All of it is thrown away in the end, so nothing is written for the case of a crash.
const SETTINGS: &[(&str, &str)] = &[
    ("fsync", "off"),
    ("synchronous_commit", "off"),
    ("full_page_writes", "off"),
    ("autovacuum", "off"),
    ("jit", "off"),
];

/// Starts a server in a container of the run's network. The image takes its settings as the
/// official one does: `POSTGRES_USER`, `POSTGRES_PASSWORD`, `PGDATA`, and arguments of the server.
pub(in crate::backend) async fn start_container(
    run: &Run,
    network: &str,
    plan: &PostgresPlan,
) -> Result<Postgres, Obstacle> {
    let password = random::token();
    run.secrets().add(&password);
    let own = plan
        .settings
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let mut command = vec!["postgres".to_owned()];
    for (name, value) in SETTINGS.iter().copied().chain(own) {
        command.extend(["-c".to_owned(), format!("{name}={value}")]);
    }
    let variables = [
        ("POSTGRES_USER", SUPERUSER.to_owned()),
        ("POSTGRES_PASSWORD", password.clone()),
        (
            "POSTGRES_INITDB_ARGS",
            "--no-sync --locale=C --encoding=UTF8".to_owned(),
        ),
        ("PGDATA", format!("{HOME}/data")),
    ];
    let started = container::start(
        run,
        network,
        ContainerPlan {
            alias: ALIAS.to_owned(),
            image: plan.image.clone(),
            command: Some(command),
            environment: variables
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
            port: PORT,
            in_memory: vec![HOME.to_owned()],
            socket: None,
        },
    )
    .await?;
    let mut config = Config::new();
    config
        .host(&started.host)
        .port(started.port)
        .user(SUPERUSER)
        .password(&password)
        .dbname("postgres")
        .connect_timeout(Duration::from_secs(2));
    let wait = Wait {
        longest: Duration::from_millis(50),
        ..Wait::new(
            format!("PostgreSQL in the container {}", started.name),
            WITHIN,
        )
    };
    let ready = wait
        .until(async || match connect_database(&config).await {
            Ok(client) => Look::Ready(client),
            Err(error) => match container::ended(run, &started.name).await {
                Some(how) => Look::Never(how),
                None => Look::NotYet(error.to_string()),
            },
        })
        .await;
    if let Err(error) = ready {
        let not_ready = obstacles::waited(&NOT_READY, &POSTGRES_FAILED, &error);
        return Err(container::explained(run, &started.name, not_ready).await);
    }
    let mut postgres = Postgres {
        admin: config,
        host: ALIAS.to_owned(),
        port: PORT,
        user: SUPERUSER.to_owned(),
        password,
        version: String::new(),
        origin: format!("image {}", plan.image),
        variable: None,
    };
    postgres.ask_version().await?;
    Ok(postgres)
}
