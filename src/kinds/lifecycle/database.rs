use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Statement};

use super::codes::DATABASE_SILENT;
use super::failure::Failure;
use super::journal::Journal;
use super::stop::Outcome;
use crate::context::ends_session;
use crate::gate::Obstacle;

/// A statement's parameters.
pub(super) type Params<'a> = &'a [&'a (dyn ToSql + Sync)];

/// The server's database, as the checks see it: rows as JSON, and what it refuses.
#[derive(Debug)]
pub(super) struct Database {
    connection: tokio::sync::Mutex<Connection>,
    journal: Arc<Journal>,
}

/// A connection, and what it has prepared: polls ask the same thing many times.
#[derive(Debug)]
struct Connection {
    client: Client,
    prepared: HashMap<String, Statement>,
}

impl Connection {
    async fn prepare(&mut self, sql: &str) -> Result<Statement, tokio_postgres::Error> {
        if let Some(statement) = self.prepared.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql).await?;
        self.prepared.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }
}

/// What the database said to a statement that it refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The SQLSTATE, five characters.
    pub(super) state: String,
    pub(super) constraint: Option<String>,
}

impl Database {
    /// # Errors
    /// When it does not answer.
    pub(super) async fn open(
        database: &crate::backend::Database,
        journal: Arc<Journal>,
    ) -> Result<Self, Obstacle> {
        Ok(Self {
            connection: tokio::sync::Mutex::new(Connection {
                client: database.connect().await?,
                prepared: HashMap::new(),
            }),
            journal,
        })
    }

    /// The rows of a query, each as a JSON object: timestamps as text, bytes as `\x…`.
    ///
    /// # Errors
    /// When the database does not answer, or refuses.
    pub(super) async fn rows(&self, sql: &str, params: Params<'_>) -> Outcome<Vec<Value>> {
        let wrapped = format!("SELECT to_jsonb(t) FROM ({sql}) t");
        let rows = {
            let mut connection = self.connection.lock().await;
            match connection.prepare(&wrapped).await {
                Ok(statement) => connection.client.query(&statement, params).await,
                Err(error) => Err(error),
            }
        }
        .map_err(|error| refused(sql, &error))?;
        let rows: Vec<Value> = rows
            .iter()
            .map(|row| row.try_get(0).unwrap_or(Value::Null))
            .collect();
        self.journal.saw(sql, rows.clone());
        Ok(rows)
    }

    /// The only row of a query.
    ///
    /// # Errors
    /// A failure when there is none, or more than one.
    pub(super) async fn row(&self, sql: &str, params: Params<'_>) -> Outcome<Value> {
        let mut rows = self.rows(sql, params).await?;
        if rows.len() == 1 {
            return Ok(rows.remove(0));
        }
        Err(Failure::new(
            format!("one row from: {sql}"),
            format!("{} rows", rows.len()),
        )
        .into())
    }

    /// A count, or another whole number.
    ///
    /// # Errors
    /// When the database does not answer, or refuses.
    pub(super) async fn count(&self, sql: &str, params: Params<'_>) -> Outcome<i64> {
        let row = self.row(&format!("SELECT ({sql}) AS n"), params).await?;
        row["n"].as_i64().ok_or_else(|| {
            Failure::new(format!("a number from: {sql}"), row["n"].to_string()).into()
        })
    }

    /// Changes rows; returns how many.
    ///
    /// # Errors
    /// When the database does not answer, or refuses.
    pub(super) async fn change(&self, sql: &str, params: Params<'_>) -> Outcome<u64> {
        let changed = {
            let mut connection = self.connection.lock().await;
            match connection.prepare(sql).await {
                Ok(statement) => connection.client.execute(&statement, params).await,
                Err(error) => Err(error),
            }
        }
        .map_err(|error| refused(sql, &error))?;
        self.journal.saw(sql, format!("{changed} rows changed"));
        Ok(changed)
    }

    /// Runs statements in a transaction that is always rolled back, and returns what the last one
    /// was refused with; `None` if it was accepted.
    ///
    /// # Errors
    /// When one before the last is refused, or the database does not answer.
    pub(super) async fn refusal(&self, statements: &[&str]) -> Outcome<Option<Refusal>> {
        let mut connection = self.connection.lock().await;
        let transaction = connection
            .client
            .transaction()
            .await
            .map_err(|error| refused("BEGIN", &error))?;
        let mut refusal = None;
        for (index, sql) in statements.iter().enumerate() {
            match transaction.batch_execute(sql).await {
                Ok(()) => {}
                Err(error) if index + 1 == statements.len() => {
                    let Some(found) = error
                        .as_db_error()
                        .filter(|found| !ends_session(found.code().code()))
                    else {
                        return Err(refused(sql, &error).into());
                    };
                    refusal = Some(Refusal {
                        state: found.code().code().to_owned(),
                        constraint: found.constraint().map(str::to_owned),
                    });
                }
                Err(error) => return Err(refused(sql, &error).into()),
            }
        }
        transaction
            .rollback()
            .await
            .map_err(|error| refused("ROLLBACK", &error))?;
        let last = statements.last().copied().unwrap_or_default();
        self.journal.saw(
            last,
            match &refusal {
                None => "accepted".to_owned(),
                Some(refusal) => format!(
                    "{} {}",
                    refusal.state,
                    refusal.constraint.as_deref().unwrap_or_default()
                ),
            },
        );
        Ok(refusal)
    }
}

fn refused(sql: &str, error: &tokio_postgres::Error) -> Obstacle {
    let message = format!("{sql}: {}", said(error));
    if error
        .as_db_error()
        .is_some_and(|answer| !ends_session(answer.code().code()))
    {
        Obstacle::refused(&DATABASE_SILENT, message)
    } else {
        Obstacle::unreachable(&DATABASE_SILENT, message)
    }
}

/// The database's own words, which the error's text leaves out.
fn said(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(found) => format!("{} ({})", found.message(), found.code().code()),
        None => {
            let mut text = error.to_string();
            if let Some(cause) = std::error::Error::source(error) {
                text = format!("{text}: {cause}");
            }
            text
        }
    }
}
