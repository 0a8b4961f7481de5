use tokio_postgres::config::Host;

use super::{Database, Postgres};
use crate::backend::{Run, obstacles};
use crate::context::database_config;
use crate::gate::Obstacle;

/// Uses a server that already runs; with the database that its URL names.
pub(in crate::backend) async fn use_external(
    run: &Run,
    variable: &str,
) -> Result<(Postgres, Database), Obstacle> {
    let url = obstacles::variable(
        run.environment(),
        variable,
        "the URL of a PostgreSQL server",
    )?;
    run.secrets().add(url);
    let config = database_config(url)?;
    let password = config
        .get_password()
        .map(|password| String::from_utf8_lossy(password).into_owned())
        .unwrap_or_default();
    run.secrets().add(&password);
    let user = config.get_user().unwrap_or("postgres").to_owned();
    let host = match config.get_hosts().first() {
        Some(Host::Tcp(name)) => name.clone(),
        Some(Host::Unix(path)) => path.display().to_string(),
        None => "localhost".to_owned(),
    };
    let name = config.get_dbname().unwrap_or(&user).to_owned();
    let mut postgres = Postgres {
        host,
        port: config.get_ports().first().copied().unwrap_or(5432),
        user,
        password,
        admin: config,
        version: String::new(),
        origin: format!("the server that {variable} names"),
        variable: Some(variable.to_owned()),
    };
    postgres.ask_version().await?;
    let database = postgres.database(&name).with_url(url);
    Ok((postgres, database))
}
