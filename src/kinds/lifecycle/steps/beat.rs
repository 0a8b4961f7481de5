use serde_json::{Value, json};
use uuid::Uuid;

use crate::kinds::lifecycle::client::{Answer, Who};
use crate::kinds::lifecycle::life::Life;
use crate::kinds::lifecycle::stop::Outcome;

/// What a runtime says about its management tools.
#[derive(Debug, Clone)]
pub(in crate::kinds::lifecycle) enum Proof {
    /// Nothing at all, as runtimes did before there was anything to say.
    Silent,
    /// The server of the tools is not there.
    Absent,
    /// It is there; which tools were loaded, if that is said.
    Tools(Option<Vec<String>>),
}

impl std::fmt::Display for Proof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Silent => write!(f, "no word of its tools"),
            Self::Absent => write!(f, "no server of tools"),
            Self::Tools(None) => write!(f, "a server of tools that names none"),
            Self::Tools(Some(tools)) if tools.is_empty() => write!(f, "an empty list of tools"),
            Self::Tools(Some(tools)) => write!(f, "the tools {}", tools.join(", ")),
        }
    }
}

/// A heartbeat, as the harness sends it for a runtime that it plays.
#[derive(Debug)]
pub(in crate::kinds::lifecycle) struct Beat<'a> {
    life: &'a Life,
    id: Uuid,
    who: Who,
    body: Value,
}

impl Life {
    /// A healthy heartbeat in the making.
    pub(in crate::kinds::lifecycle) fn beat(&self, id: Uuid) -> Beat<'_> {
        Beat {
            life: self,
            id,
            who: Who::Nobody,
            body: json!({
                "workspace_id": id,
                "error_rate": 0.0,
                "sample_error": "",
                "active_tasks": 0,
                "uptime_seconds": 1,
                "current_task": "",
                "runtime_state": "",
            }),
        }
    }

    /// Registers a runtime that the harness plays.
    ///
    /// # Errors
    /// When the server gives no answer.
    pub(in crate::kinds::lifecycle) async fn register(
        &self,
        id: Uuid,
        who: Who,
        extra: Value,
    ) -> Outcome<Answer> {
        let mut body = json!({
            "id": id,
            "url": "http://localhost:9",
            "delivery_mode": "push",
            "agent_card": {"name": "driftgate puppet", "description": "plays a runtime", "skills": []},
        });
        merge(&mut body, extra);
        self.server.post("/registry/register", body).by(who).await
    }
}

impl Beat<'_> {
    #[must_use]
    pub(in crate::kinds::lifecycle) fn by(mut self, who: Who) -> Self {
        self.who = who;
        self
    }

    #[must_use]
    pub(in crate::kinds::lifecycle) fn with(mut self, extra: Value) -> Self {
        merge(&mut self.body, extra);
        self
    }

    #[must_use]
    pub(in crate::kinds::lifecycle) fn proof(self, proof: &Proof) -> Self {
        match proof {
            Proof::Silent => self,
            Proof::Absent => self.with(json!({"mcp_server_present": false})),
            Proof::Tools(None) => self.with(json!({"mcp_server_present": true})),
            Proof::Tools(Some(tools)) => {
                self.with(json!({"mcp_server_present": true, "loaded_mcp_tools": tools}))
            }
        }
    }

    /// Sends it, whatever the answer.
    ///
    /// # Errors
    /// When the server gives no answer.
    pub(in crate::kinds::lifecycle) async fn send(self) -> Outcome<Answer> {
        self.life
            .server
            .post("/registry/heartbeat", self.body)
            .by(self.who)
            .await
    }

    /// Sends it, and demands that it is taken; returns the status of the row afterwards.
    ///
    /// # Errors
    /// When it is refused.
    pub(in crate::kinds::lifecycle) async fn taken(self) -> Outcome<String> {
        let (life, id) = (self.life, self.id);
        self.send().await?.expect(200)?;
        life.status(id).await
    }
}

/// Adds the fields of one object to another; `null` takes a field away.
fn merge(body: &mut Value, extra: Value) {
    let (Some(body), Value::Object(extra)) = (body.as_object_mut(), extra) else {
        return;
    };
    for (key, value) in extra {
        if value.is_null() {
            body.remove(&key);
        } else {
            body.insert(key, value);
        }
    }
}
