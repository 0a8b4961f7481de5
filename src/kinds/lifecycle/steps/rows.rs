use serde_json::Value;
use uuid::Uuid;

use crate::kinds::lifecycle::life::Life;
use crate::kinds::lifecycle::stop::{Outcome, ensure_eq};

/// The columns of a workspace that an install must not touch, and a few that it writes.
const ROW: &str = "SELECT id, name, kind, tier, status::text AS status, runtime, parent_id, template, \
    broadcast_enabled, url, delivery_mode, last_heartbeat_at, last_sample_error, mcp_unloaded_since, \
    active_tasks, last_error_rate, current_task, uptime_seconds \
    FROM workspaces WHERE id = $1";

impl Life {
    /// A workspace's row.
    ///
    /// # Errors
    /// When there is none.
    pub(in crate::kinds::lifecycle) async fn row(&self, id: Uuid) -> Outcome<Value> {
        self.db()?.row(ROW, &[&id]).await
    }

    /// A workspace's status: from the database, or where there is none to look at, from the server.
    ///
    /// # Errors
    /// When there is no such workspace.
    pub(in crate::kinds::lifecycle) async fn status(&self, id: Uuid) -> Outcome<String> {
        if self.database.is_none() {
            let answer = self.server.get(format!("/workspaces/{id}")).await?;
            answer.expect(200)?;
            return Ok(answer.text("status")?.to_owned());
        }
        let row = self
            .db()?
            .row(
                "SELECT status::text AS status FROM workspaces WHERE id = $1",
                &[&id],
            )
            .await?;
        Ok(row["status"].as_str().unwrap_or("null").to_owned())
    }

    /// Demands a workspace's status.
    ///
    /// # Errors
    /// When it is another one.
    pub(in crate::kinds::lifecycle) async fn status_is(
        &self,
        id: Uuid,
        expected: &str,
        when: &str,
    ) -> Outcome {
        let status = self.status(id).await?;
        ensure_eq(&format!("status {when}"), status.as_str(), expected)
    }

    /// How many live tokens of a kind a workspace has.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(in crate::kinds::lifecycle) async fn live_tokens(
        &self,
        id: Uuid,
        kind: &str,
    ) -> Outcome<i64> {
        self.db()?
            .count(
                "SELECT count(*) FROM workspace_auth_tokens \
                 WHERE workspace_id = $1 AND kind = $2 AND revoked_at IS NULL",
                &[&id, &kind],
            )
            .await
    }
}
