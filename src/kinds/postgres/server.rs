use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::connection::Session;
use super::store::Store;
use crate::backend::{Backend, Database, Postgres, Stage};
use crate::gate::{Code, Obstacle};

pub(crate) static SERVER_LOST: Code = Code {
    name: "database-lost",
    what: "The database server went away while it was asked something.",
    why: "What was not answered is not known.",
    mend: "Look at the server's log; run again.",
};

pub(crate) static SERVER_REFUSES: Code = Code {
    name: "database-unfit",
    what: "The database server does not do what a gate needs to look at anything.",
    why: "What could not be asked is not known.",
    mend: "The message holds the server's own reason; give the gate a user who may create databases.",
};

/// A server on which gates make databases of their own.
#[derive(Debug)]
pub(crate) struct Server {
    pub(super) store: Store,
    stage: Stage,
    postgres: Postgres,
    next: AtomicU32,
}

pub(super) fn refused(message: &str) -> Obstacle {
    Obstacle::refused(&SERVER_REFUSES, message)
}

impl Server {
    pub(super) fn on(stage: Stage) -> Result<Self, Obstacle> {
        let Some(postgres) = stage.postgres.clone() else {
            return Err(refused("the gate names no database server")
                .help("name the variable that holds its URL: `postgres: { url_env: … }`"));
        };
        Ok(Self {
            store: Store::default(),
            stage,
            postgres,
            next: AtomicU32::new(0),
        })
    }

    /// Ends it for everybody.
    ///
    /// # Errors
    /// What is left.
    pub(super) fn end(&self) -> Result<(), Obstacle> {
        self.stage.run.take_down()
    }

    pub(super) fn backend(&self) -> &'static str {
        self.stage.choice.backend.name()
    }

    /// What it is, and the run that it belongs to: two gates with one server name the same.
    pub(super) fn name(&self) -> String {
        format!("{}, run {}", self.postgres.origin(), self.stage.run.id)
    }

    /// Why it is that backend.
    pub(super) fn why(&self) -> &str {
        &self.stage.choice.why
    }

    pub(super) fn version(&self) -> &str {
        self.postgres.version()
    }

    /// How long it took to be there.
    pub(super) fn started_in(&self) -> Duration {
        self.stage.timings.network + self.stage.timings.postgres
    }

    /// The database that somebody else filled; `None` where all databases are the gates' own.
    pub(super) fn given(&self) -> Option<&Database> {
        let is_given = self.stage.choice.backend == Backend::External;
        self.stage.database.as_ref().filter(|_| is_given)
    }

    /// A new database, copied from another one that nobody is in, or empty.
    pub(super) async fn create(&self, from: Option<&Database>) -> Result<Database, Obstacle> {
        let name = format!("gate_{}", self.next.fetch_add(1, Ordering::Relaxed));
        self.postgres.create(&self.stage.run, &name, from).await
    }

    /// Removes a database. One that cannot be removed now goes with the server, or by its ledger.
    pub(super) async fn remove(&self, database: &Database) {
        let _ = self.postgres.drop(database.clone()).await;
    }

    pub(super) async fn session(&self, database: &Database) -> Result<Session, Obstacle> {
        Ok(Session::new(database.connect().await?))
    }

    /// Waits until nobody is in a database any more.
    pub(super) async fn is_left(&self, database: &Database) -> Result<(), Obstacle> {
        let admin = self.postgres.connect("postgres").await?;
        // The server itself waits for a while too, but in steps of a tenth of a second.
        for _ in 0..200 {
            let sessions = admin
                .query_one(
                    "SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE datname = $1",
                    &[&database.name],
                )
                .await
                .map_err(|error| refused(&format!("failed to see who is connected: {error}")))?;
            if sessions.get::<_, i64>(0) == 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Ok(())
    }
}
