use serde_json::json;
use uuid::Uuid;

use crate::kinds::lifecycle::cast::{Member, Role};
use crate::kinds::lifecycle::client::{Answer, Who};
use crate::kinds::lifecycle::failure::Failure;
use crate::kinds::lifecycle::life::Life;
use crate::kinds::lifecycle::steps::Proof;
use crate::kinds::lifecycle::stop::Outcome;

/// The plugin with the concierge's own tools.
pub(in crate::kinds::lifecycle) const MANAGEMENT_PLUGIN: &str =
    "molecule-ai-plugin-molecule-platform-mcp";

/// Where that plugin comes from.
pub(in crate::kinds::lifecycle) const MANAGEMENT_SOURCE: &str =
    "gitea://molecule-ai/molecule-ai-plugin-molecule-platform-mcp#main";

impl Life {
    /// Asks for an install.
    ///
    /// # Errors
    /// When the server gives no answer.
    pub(in crate::kinds::lifecycle) async fn install(
        &self,
        id: Uuid,
        name: &str,
    ) -> Outcome<Answer> {
        self.server
            .post("/admin/org/platform-agent", json!({"id": id, "name": name}))
            .admin()
            .await
    }

    /// The id of the only platform root.
    ///
    /// # Errors
    /// When there is none, or more than one.
    pub(in crate::kinds::lifecycle) async fn platform_root(&self) -> Outcome<Uuid> {
        let row = self
            .db()?
            .row("SELECT id FROM workspaces WHERE kind = 'platform'", &[])
            .await?;
        row["id"]
            .as_str()
            .and_then(|id| id.parse().ok())
            .ok_or_else(|| Failure::new("an id", row["id"].to_string()).into())
    }

    /// Makes the installed root one whose runtime the harness plays: nobody else starts, stops or
    /// beats for it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(in crate::kinds::lifecycle) async fn puppet_root(
        &self,
        status: &str,
        has_model: bool,
    ) -> Outcome<Member> {
        let id = self.platform_root().await?;
        let db = self.db()?;
        // Servers restart what is online without a container; an external runtime is nobody's.
        let sql = format!(
            "UPDATE workspaces SET runtime = 'external', status = '{status}', \
             mcp_unloaded_since = NULL, last_error_rate = 0, last_register_failure_at = NULL, \
             last_sample_error = NULL, url = '' WHERE id = $1"
        );
        db.change(&sql, &[&id]).await?;
        // A column of the later contract: not every server has it.
        let keeps_tools = db
            .count(
                "SELECT count(*) FROM information_schema.columns WHERE table_schema = current_schema() \
                 AND table_name = 'workspaces' AND column_name = 'loaded_mcp_tools'",
                &[],
            )
            .await?;
        if keeps_tools == 1 {
            db.change(
                "UPDATE workspaces SET loaded_mcp_tools = NULL WHERE id = $1",
                &[&id],
            )
            .await?;
        }
        for sql in [
            "DELETE FROM workspace_secrets WHERE workspace_id = $1 AND key = 'MODEL'",
            "DELETE FROM workspace_auth_tokens WHERE workspace_id = $1",
        ] {
            db.change(sql, &[&id]).await?;
        }
        if has_model {
            db.change(
                "INSERT INTO workspace_secrets (workspace_id, key, encrypted_value, encryption_version) \
                 VALUES ($1, 'MODEL', 'claude-opus-4-7'::bytea, 0)",
                &[&id],
            )
            .await?;
        }
        db.change(
            "INSERT INTO workspace_declared_plugins (workspace_id, plugin_name, source_raw) \
             VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            &[&id, &MANAGEMENT_PLUGIN, &MANAGEMENT_SOURCE],
        )
        .await?;
        let member = Member {
            id,
            name: String::new(),
            token: String::new(),
        };
        self.enter(Role::FakeRoot, member.clone());
        Ok(member)
    }

    /// The proof that brings a concierge online.
    pub(in crate::kinds::lifecycle) fn whole_proof(&self) -> Proof {
        Proof::Tools(Some(vec![
            "mcp__other__list".to_owned(),
            self.rules.management_tool.clone(),
        ]))
    }

    /// Makes a row of the harness's own for a runtime that it plays.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(in crate::kinds::lifecycle) async fn puppet(
        &self,
        name: &str,
        status: &str,
    ) -> Outcome<Member> {
        let id = Uuid::new_v4();
        let name = self.named(name);
        let sql = format!(
            "INSERT INTO workspaces (id, name, status, runtime, url, parent_id) VALUES ($1, $2, \
             '{status}', 'external', '', \
             (SELECT id FROM workspaces WHERE kind = 'platform' AND status <> 'removed'))"
        );
        self.db()?.change(&sql, &[&id, &name]).await?;
        Ok(Member {
            id,
            name,
            token: String::new(),
        })
    }

    /// Takes rows of the harness's own out of the way.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(in crate::kinds::lifecycle) async fn retire(&self, ids: &[Uuid]) -> Outcome {
        for id in ids {
            self.db()?
                .change(
                    "UPDATE workspaces SET status = 'removed' WHERE id = $1",
                    &[id],
                )
                .await?;
        }
        Ok(())
    }

    /// A member's own credentials.
    pub(in crate::kinds::lifecycle) fn as_member(member: &Member) -> Who {
        Who::Workspace {
            id: member.id,
            token: member.token.clone(),
        }
    }
}
