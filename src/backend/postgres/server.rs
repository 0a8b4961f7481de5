use std::time::Duration;

use tokio_postgres::{Client, Config};

use crate::backend::{Run, Thing, obstacles};
use crate::context::{connect_database, database_place};
use crate::gate::Obstacle;

/// How long a server may take to make or remove a database.
const MAKING: Duration = Duration::from_secs(60);
/// How long it may take over a small question, where its URL says nothing.
const ASKING: Duration = Duration::from_secs(10);

/// A PostgreSQL server, and how to reach it.
#[derive(Debug, Clone)]
pub struct Postgres {
    /// How the harness reaches it, as a user who may make databases.
    pub(super) admin: Config,
    /// Where the systems under test reach it.
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) user: String,
    pub(super) password: String,
    /// As the server says it: `15.18 (Debian …)`.
    pub(super) version: String,
    /// What it is, for reports: `process /usr/lib/postgresql/15/bin`, `image postgres:16-alpine`.
    pub(super) origin: String,
    /// The variable that its URL came from, where it is somebody else's.
    pub(super) variable: Option<String>,
}

/// A database on such a server.
#[derive(Debug, Clone)]
pub struct Database {
    pub name: String,
    /// How the harness reaches it.
    config: Config,
    /// How systems under test reach it; it holds a password.
    url: String,
}

impl Postgres {
    /// The major and minor version that the server reports.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// What it is: its programs, its image, or the variable that names it.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    pub fn host(&self) -> &str {
        &self.host
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn user(&self) -> &str {
        &self.user
    }

    /// A secret.
    pub fn password(&self) -> &str {
        &self.password
    }

    /// A connection to a database of the server, with all rights.
    ///
    /// # Errors
    /// When there is none.
    pub async fn connect(&self, database: &str) -> Result<Client, Obstacle> {
        let mut config = self.admin.clone();
        config.dbname(database);
        Ok(connect_database(&config).await?)
    }

    /// A new database: empty, or an exact copy of another, to which nobody may be connected.
    ///
    /// # Errors
    /// When it cannot be made.
    pub async fn create(
        &self,
        run: &Run,
        name: &str,
        template: Option<&Database>,
    ) -> Result<Database, Obstacle> {
        let name = match &self.variable {
            // On somebody else's server the name must be nobody else's, and it outlives a crash.
            Some(variable) => {
                let name = format!("driftgate_{}_{name}", run.id.short());
                run.record(Thing::Database {
                    variable: variable.clone(),
                    name: name.clone(),
                })?;
                name
            }
            None => name.to_owned(),
        };
        let from = template.map_or("template1", |template| template.name.as_str());
        let client = connect_database(&self.admin).await?;
        let statement = format!(
            "CREATE DATABASE {} TEMPLATE {}",
            quoted(&name),
            quoted(from)
        );
        let doing = format!("make the database {name}");
        obstacles::asked(&doing, MAKING, client.batch_execute(&statement)).await?;
        Ok(self.database(&name))
    }

    /// Removes a database, and whoever is connected to it.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub async fn drop(&self, database: Database) -> Result<(), Obstacle> {
        let client = connect_database(&self.admin).await?;
        let name = &database.name;
        // `WITH (FORCE)` came with PostgreSQL 13, the oldest that the systems run on.
        let statement = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quoted(name));
        let doing = format!("remove the database {name}");
        obstacles::asked(&doing, MAKING, client.batch_execute(&statement)).await
    }

    /// The database of that name, which is there already.
    pub fn database(&self, name: &str) -> Database {
        let mut config = self.admin.clone();
        config.dbname(name);
        Database {
            name: name.to_owned(),
            url: self.url(name),
            config,
        }
    }

    /// How systems under test reach a database; it holds a password.
    fn url(&self, database: &str) -> String {
        let encode = |text: &str| -> String {
            url::form_urlencoded::byte_serialize(text.as_bytes())
                .collect::<String>()
                .replace('+', "%20")
        };
        format!(
            "postgres://{}:{}@{}:{}/{}?sslmode=disable",
            encode(&self.user),
            encode(&self.password),
            self.host,
            self.port,
            encode(database)
        )
    }

    /// Asks the server for its version.
    pub(super) async fn ask_version(&mut self) -> Result<(), Obstacle> {
        let client = connect_database(&self.admin).await?;
        // It takes no longer than to connect.
        let within = self.admin.get_connect_timeout().copied().unwrap_or(ASKING);
        let asking = client.query_one("SHOW server_version", &[]);
        let row = obstacles::asked("ask for the version", within, asking).await?;
        self.version = row.get(0);
        Ok(())
    }
}

impl Database {
    /// A connection with all rights.
    ///
    /// # Errors
    /// When there is none.
    pub async fn connect(&self) -> Result<Client, Obstacle> {
        Ok(connect_database(&self.config).await?)
    }

    /// How the harness reaches it.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// How systems under test reach it. A secret: it holds a password.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The same with the URL as somebody else wrote it.
    pub(super) fn with_url(mut self, url: &str) -> Self {
        url.clone_into(&mut self.url);
        self
    }

    /// Where it is, without user and password.
    pub fn place(&self) -> String {
        database_place(&self.config)
    }
}

/// A name as an SQL identifier.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text as an SQL literal.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
