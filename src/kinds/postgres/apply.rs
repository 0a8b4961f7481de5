use std::pin::pin;

use futures_util::TryStreamExt;
use tokio_postgres::error::{DbError, ErrorPosition, SqlState};
use tokio_postgres::{Error, SimpleQueryMessage};

use super::connection::Session;
use super::files::SqlFile;
use super::script::{Script, place};
use super::server::SERVER_LOST;
use crate::gate::{Code, Finding, Location, Obstacle};

/// What the server says against a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// Five characters; empty where the answer was no error of the server's but one that nobody can
    /// go on from.
    pub(super) sqlstate: String,
    pub(super) message: String,
    pub(super) detail: Option<String>,
    pub(super) hint: Option<String>,
    /// Where in a function it happened.
    pub(super) context: Option<String>,
    pub(super) constraint: Option<String>,
    pub(super) table: Option<String>,
    /// The character of the query, counted from 1.
    position: Option<usize>,
    /// How many statements of the query came before the one that failed.
    completed: usize,
}

/// Why a query was not carried out.
#[derive(Debug)]
pub(super) enum ApplyError {
    Refused(Box<Refusal>),
    /// The server is not there any more.
    Lost(Box<Obstacle>),
}

impl From<Obstacle> for ApplyError {
    fn from(obstacle: Obstacle) -> Self {
        Self::Lost(Box::new(obstacle))
    }
}

impl ApplyError {
    /// `completed`: how many statements came before it.
    pub(super) fn of(error: Error, completed: usize) -> Self {
        match error.as_db_error() {
            Some(db) if !is_end(db) => Self::Refused(Box::new(Refusal::of(db, completed))),
            Some(db) => lost(&format!("{} (SQLSTATE {})", db.message(), db.code().code())),
            None if error.is_closed() => lost("the connection was closed"),
            None => {
                let cause = error.into_source();
                match cause {
                    Some(cause) => lost(&cause.to_string()),
                    // The one answer without a cause: the server wants data of us.
                    None => Self::Refused(Box::new(Refusal {
                        sqlstate: String::new(),
                        message: "the statement waits for data, such as that of COPY FROM stdin, which no query can send".to_owned(),
                        detail: None,
                        hint: None,
                        context: None,
                        constraint: None,
                        table: None,
                        position: None,
                        completed,
                    })),
                }
            }
        }
    }
}

/// Whether the server ends the session, or has no room left to go on.
fn is_end(error: &DbError) -> bool {
    let code = error.code();
    [
        SqlState::ADMIN_SHUTDOWN,
        SqlState::CRASH_SHUTDOWN,
        SqlState::CANNOT_CONNECT_NOW,
        SqlState::DATABASE_DROPPED,
        SqlState::TOO_MANY_CONNECTIONS,
        SqlState::OUT_OF_MEMORY,
        SqlState::DISK_FULL,
    ]
    .contains(code)
}

fn lost(why: &str) -> ApplyError {
    Obstacle::unreachable(
        &SERVER_LOST,
        format!("the database server went away: {why}"),
    )
    .into()
}

impl Refusal {
    fn of(error: &DbError, completed: usize) -> Self {
        let own = |text: Option<&str>| text.map(str::to_owned);
        Self {
            sqlstate: error.code().code().to_owned(),
            message: error.message().to_owned(),
            detail: own(error.detail()),
            hint: own(error.hint()),
            context: own(error.where_()),
            constraint: own(error.constraint()),
            table: own(error.table()),
            position: match error.position() {
                Some(ErrorPosition::Original(at)) => usize::try_from(*at).ok(),
                Some(ErrorPosition::Internal { .. }) | None => None,
            },
            completed,
        }
    }

    /// Whether the statement cannot run, or not so, inside of a transaction.
    pub(super) fn say(&self) -> String {
        if self.sqlstate.is_empty() {
            return self.message.clone();
        }
        let detail = match &self.detail {
            Some(detail) => format!(" ({detail})"),
            None => String::new(),
        };
        format!("{}{detail} [SQLSTATE {}]", self.message, self.sqlstate)
    }

    /// Where in a text: the character that the server names, else the statement that it was at.
    pub(super) fn at(&self, text: &str) -> Option<(u32, u32)> {
        let character = match self.position {
            Some(position) => position,
            None => {
                let script = Script::split(text)?;
                let byte = script.statements.get(self.completed)?.bytes.start;
                text.get(..byte)?.chars().count() + 1
            }
        };
        Some(place(text, character))
    }

    /// The finding that a file was refused.
    pub(super) fn finding(&self, code: &'static Code, what: &str, file: &SqlFile) -> Finding {
        let location = match self.at(&file.text) {
            Some((line, column)) => Location::at(file.place.clone(), line, column),
            None => file.location(),
        };
        let mut finding =
            Finding::new(code, format!("`{}` {what}: {}", file.name, self.say())).at(location);
        let said: Vec<&str> = [&self.hint, &self.context]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect();
        if !said.is_empty() {
            finding = finding.help(said.join("; "));
        }
        finding
    }
}

/// Carries out a text as one simple query, as the programs do that apply migrations. Rows are
/// thrown away as they come.
pub(super) async fn execute(session: &Session, sql: &str) -> Result<(), ApplyError> {
    let mut completed = 0;
    let stream = session.client.simple_query_raw(sql).await;
    let mut stream = pin!(stream.map_err(|error| ApplyError::of(error, 0))?);
    loop {
        match stream.try_next().await {
            Ok(Some(SimpleQueryMessage::CommandComplete(_))) => completed += 1,
            Ok(Some(_)) => {}
            Ok(None) => return Ok(()),
            Err(error) => return Err(ApplyError::of(error, completed)),
        }
    }
}
