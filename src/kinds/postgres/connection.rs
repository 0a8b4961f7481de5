use tokio::sync::OnceCell;
use tokio_postgres::{Client, Row, SimpleQueryMessage, Statement};

use super::apply::ApplyError;

/// A connection to one database.
#[derive(Debug)]
pub(crate) struct Session {
    pub(super) client: Client,
    schema: OnceCell<Statement>,
}

impl Session {
    pub(super) fn new(client: Client) -> Self {
        Self {
            client,
            schema: OnceCell::new(),
        }
    }

    /// Sends one query whose answer is small, and takes all of it.
    pub(super) async fn query(&self, sql: &str) -> Result<Vec<SimpleQueryMessage>, ApplyError> {
        self.client
            .simple_query(sql)
            .await
            .map_err(|error| ApplyError::of(error, 0))
    }

    /// Asks for the schema, with a query that the server plans only once a session.
    pub(super) async fn schema(&self, sql: &str) -> Result<Vec<Row>, ApplyError> {
        let ask = async {
            let statement = self
                .schema
                .get_or_try_init(|| self.client.prepare(sql))
                .await?;
            self.client.query(statement, &[]).await
        };
        ask.await.map_err(|error| ApplyError::of(error, 0))
    }

    /// Leaves what a file set for its session behind. `false` where it left a transaction open.
    pub(super) async fn reset(&self) -> Result<bool, ApplyError> {
        let open = "SELECT pg_catalog.pg_current_xact_id_if_assigned() IS NULL";
        let closed = match self.query(open).await {
            Ok(messages) => messages.iter().any(|message| match message {
                SimpleQueryMessage::Row(row) => row.get(0) == Some("t"),
                _ => false,
            }),
            // A transaction that failed answers nothing any more.
            Err(ApplyError::Refused(_)) => false,
            Err(lost) => return Err(lost),
        };
        if closed {
            self.query(
                "CLOSE ALL; SET SESSION AUTHORIZATION DEFAULT; RESET ALL; UNLISTEN *; \
                 SELECT pg_catalog.pg_advisory_unlock_all(); DISCARD TEMP; DISCARD SEQUENCES",
            )
            .await?;
        }
        Ok(closed)
    }
}
