use std::time::Duration;

use serde_json::{Value, json};

use crate::backend::{Look, Wait};
use crate::kinds::lifecycle::cast::Member;
use crate::kinds::lifecycle::client::Answer;
use crate::kinds::lifecycle::failure::Failure;
use crate::kinds::lifecycle::life::Life;
use crate::kinds::lifecycle::runtime_kind::RuntimeKind;
use crate::kinds::lifecycle::stop::{Outcome, Stop};
use crate::kinds::lifecycle::wait::{Seen, wait_for};

/// Within what a server that is busy begins a restart by itself, if it does.
const BY_ITSELF: Duration = Duration::from_secs(2);

/// What stands for an API key that nobody ever uses.
pub(in crate::kinds::lifecycle) const DUMMY_KEY: &str = "driftgate-dummy-credential";

impl Life {
    /// A name of this life's own.
    pub(in crate::kinds::lifecycle) fn named(&self, name: &str) -> String {
        format!("driftgate {} {name}", self.nonce)
    }

    /// The body that creates a workspace.
    pub(in crate::kinds::lifecycle) fn workspace_body(&self, name: &str) -> Value {
        let runtime = RuntimeKind::ClaudeCode;
        let model = self
            .rules
            .models
            .get(&runtime)
            .cloned()
            .unwrap_or_else(|| runtime.usual_model());
        json!({
            "name": self.named(name),
            "tier": 2,
            "runtime": runtime.as_str(),
            "model": model.name,
            "secrets": {model.credential: DUMMY_KEY},
        })
    }

    /// Creates a workspace.
    ///
    /// # Errors
    /// When the server does not.
    pub(in crate::kinds::lifecycle) async fn create(&self, name: &str) -> Outcome<Member> {
        let answer = self
            .server
            .post("/workspaces", self.workspace_body(name))
            .admin()
            .await?;
        answer.expect(201)?;
        self.created(&answer, self.named(name))
    }

    /// Who an answer says was created.
    ///
    /// # Errors
    /// When it does not say that.
    pub(in crate::kinds::lifecycle) fn created(
        &self,
        answer: &Answer,
        name: String,
    ) -> Outcome<Member> {
        Ok(Member {
            id: answer
                .text("id")?
                .parse()
                .map_err(|_| answer.wrong("`id` with a UUID"))?,
            name,
            token: answer.text("auth_token")?.to_owned(),
        })
    }

    /// Waits until a member is online.
    ///
    /// # Errors
    /// When its time is up, or it failed.
    pub(in crate::kinds::lifecycle) async fn until_online(&self, member: &Member) -> Outcome {
        let what = format!("{} comes online", member.name);
        let found = wait_for(&what, || async {
            match self.status(member.id).await?.as_str() {
                "online" => Ok(Seen::Yes(())),
                "failed" => Err(self.failed(member, &what).await),
                other => Ok(Seen::NotYet(other.to_owned())),
            }
        })
        .await;
        self.tell(member, found).await
    }

    /// Waits until a member is online by another container than the one it had: it runs, was started
    /// later, and beat since.
    ///
    /// # Errors
    /// When its time is up, or it failed.
    pub(in crate::kinds::lifecycle) async fn until_online_by_new(
        &self,
        member: &Member,
        old: &str,
    ) -> Outcome {
        let what = format!("{} is online by a new container", member.name);
        let found = wait_for(&what, || async {
            let row = self.row(member.id).await?;
            let status = row["status"].as_str().unwrap_or("null");
            if status == "failed" {
                return Err(self.failed(member, &what).await);
            }
            let Some(container) = self.container(member).await? else {
                return Ok(Seen::NotYet(format!("{status}, without a container")));
            };
            if container.id == old {
                return Ok(Seen::NotYet(format!("{status}, with the old container")));
            }
            if !container.running {
                return Ok(Seen::NotYet(format!(
                    "{status}, the new container ended with {:?}",
                    container.exit_code
                )));
            }
            let beat: Option<jiff::Timestamp> = row["last_heartbeat_at"]
                .as_str()
                .and_then(|at| at.parse().ok());
            if beat.is_none() || beat < container.started_at {
                return Ok(Seen::NotYet(format!(
                    "{status}, last heartbeat {}, the new container started {}",
                    row["last_heartbeat_at"],
                    container
                        .started_at
                        .map(|at| at.to_string())
                        .unwrap_or_default()
                )));
            }
            if status == "online" {
                Ok(Seen::Yes(()))
            } else {
                Ok(Seen::NotYet(status.to_owned()))
            }
        })
        .await;
        self.tell(member, found).await
    }

    /// Restarts a member.
    ///
    /// # Errors
    /// When the server does not.
    pub(in crate::kinds::lifecycle) async fn restart(&self, member: &Member) -> Outcome {
        let answer = self
            .server
            .post(format!("/workspaces/{}/restart", member.id), json!({}))
            .admin()
            .await?;
        answer.expect(200)?;
        answer.says("status", "provisioning")
    }

    /// Waits until a member whose settings have just been changed is online with them. A server may restart it by
    /// itself, and need not so soon after an earlier restart: then it is restarted here. A second restart that is only
    /// late would meet whoever looks at the member next.
    ///
    /// # Errors
    /// When the server does not restart it, or it does not come online again.
    pub(in crate::kinds::lifecycle) async fn until_online_changed(
        &self,
        member: &Member,
        old: Option<&str>,
    ) -> Outcome {
        let wait = Wait::new("a restart by itself", BY_ITSELF);
        let by_itself = wait.until(|| async {
            match self.has_begun_anew(member, old).await {
                Ok(true) => Look::Ready(Ok(())),
                Ok(false) => Look::NotYet("what was there before".to_owned()),
                Err(stop) => Look::Ready(Err(stop)),
            }
        });
        match by_itself.await {
            Ok(seen) => seen?,
            Err(_) => self.restart(member).await?,
        }
        match old {
            Some(old) => self.until_online_by_new(member, old).await,
            None => self.until_online(member).await,
        }
    }

    /// Whether a member is being restarted, or has been. Its status alone does not tell: the old container's heartbeat can
    /// bring that back before anybody looks.
    async fn has_begun_anew(&self, member: &Member, old: Option<&str>) -> Outcome<bool> {
        if self.status(member.id).await? == "provisioning" {
            return Ok(true);
        }
        let Some(old) = old else {
            return Ok(false);
        };
        let container = self.container(member).await?;
        Ok(container.is_none_or(|container| container.id != old))
    }

    /// The failure of a member that ended as failed.
    async fn failed(&self, member: &Member, what: &str) -> Stop {
        let why = match self.row(member.id).await {
            Ok(row) => row["last_sample_error"].to_string(),
            Err(_) => "for a reason that cannot be read".to_owned(),
        };
        Failure::new(what, format!("failed: {why}")).into()
    }

    /// Adds the row and the container of a member to a failure about it.
    async fn tell(&self, member: &Member, found: Outcome) -> Outcome {
        let Err(Stop::Wrong(mut failure)) = found else {
            return found;
        };
        if let Ok(row) = self.row(member.id).await {
            failure.context.push(format!("row {row}"));
        }
        if self.world.is_some()
            && let Ok(container) = self.container(member).await
        {
            failure.context.push(match container {
                Some(container) => format!("container {}", container.evidence()),
                None => format!("container {}: none", member.container()),
            });
        }
        Err(Stop::Wrong(failure))
    }
}
