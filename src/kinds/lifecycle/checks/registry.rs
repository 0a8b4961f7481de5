use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::kinds::lifecycle::cast::{Member, Role};
use crate::kinds::lifecycle::client::Who;
use crate::kinds::lifecycle::life::Life;
use crate::kinds::lifecycle::life_check::life_check;
use crate::kinds::lifecycle::stop::{Outcome, ensure, ensure_eq};

/// Puts the puppet into a status, with nothing held against it.
async fn puppet_is(life: &Life, status: &str) -> Outcome<Member> {
    let puppet = life.member(Role::Puppet)?;
    let sql = format!(
        "UPDATE workspaces SET status = '{status}', last_error_rate = 0, last_register_failure_at = NULL WHERE id = $1"
    );
    life.db()?.change(&sql, &[&puppet.id]).await?;
    Ok(puppet)
}

/// The puppet's bearer, without saying who it is.
fn bearer(puppet: &Member) -> Who {
    Who::token("the puppet", &puppet.token)
}

life_check! {
    REGISTERING_MINTS_A_TOKEN = "registering-mints-a-token", Registry, Core, 10 s;
    proves "A runtime without a token gets one by registering, and only its digest is kept."
    cites "contract 1.3 and 2.4, auth_token where no live instance token existed"
    needs [Database]
    after ["admin-token-admits", "migrations-applied"]
    faults ["register-mints-nothing", "registered-token-in-plain-text"]
    wrong "Registering does not give a runtime its token, or the database keeps the token itself."
    why "A runtime without a token is refused from then on; a token in plain text is anybody's who reads a backup."
    mend "Answer with 32 random bytes in base64url, and store their SHA-256 as an instance token."
    |life| {
        let puppet = life.puppet("puppet", "offline").await?;
        let answer = life.register(puppet.id, Who::Nobody, json!({})).await?;
        answer.expect(200)?;
        answer.says("status", "registered")?;
        answer.says("delivery_mode", "push")?;
        let token = answer.text("auth_token")?.to_owned();
        ensure_eq("the length of the token", &token.len(), &43)?;
        let row = life
            .db()?
            .row(
                "SELECT encode(token_hash, 'hex') AS hash, prefix, kind, revoked_at FROM workspace_auth_tokens WHERE workspace_id = $1",
                &[&puppet.id],
            )
            .await?;
        ensure_eq("the stored digest", &row["hash"], &json!(hex::encode(Sha256::digest(token.as_bytes()))))?;
        ensure_eq("the stored prefix", &row["prefix"], &json!(&token[..8]))?;
        ensure_eq("the kind of the token", &row["kind"], &json!("instance"))?;
        ensure_eq("revoked_at", &row["revoked_at"], &Value::Null)?;
        life.status_is(puppet.id, "online", "after registering").await?;
        life.enter(Role::Puppet, Member { token, ..puppet });
        Ok(())
    }
}

life_check! {
    REGISTERING_AGAIN_KEEPS_THE_TOKEN = "registering-again-keeps-the-token", Registry, Core, 10 s;
    proves "A runtime that registers again with its token gets no second one."
    cites "contract 2.4, auth_token only where no live instance token existed"
    needs [Database]
    after ["registering-mints-a-token"]
    faults ["register-mints-each-time"]
    wrong "Every registration mints another token."
    why "Tokens that nobody revokes add up, and each of them opens the workspace."
    mend "Mint a token only where the workspace has no live instance token."
    |life| {
        let puppet = life.member(Role::Puppet)?;
        let answer = life.register(puppet.id, bearer(&puppet), json!({})).await?;
        let body = answer.expect(200)?;
        ensure_eq("auth_token", &body.get("auth_token"), &None::<&Value>)?;
        ensure_eq("live instance tokens", &life.live_tokens(puppet.id, "instance").await?, &1)
    }
}

life_check! {
    HIJACKERS_ARE_REFUSED = "hijackers-are-refused", Registry, Core, 10 s;
    proves "Once a runtime has its token, nobody registers or beats for it without it."
    cites "contract 2.1, gate registry, 401"
    needs [Database]
    after ["registering-mints-a-token"]
    faults ["register-without-a-token", "beat-without-a-token", "beat-with-anybodys-token"]
    wrong "Somebody without the token registered or beat for a workspace that has one."
    why "Whoever does that receives all messages that are meant for the workspace."
    mend "Demand a live token of the very workspace wherever it has a live instance token."
    |life| {
        let puppet = life.member(Role::Puppet)?;
        let other = life.puppet("other puppet", "offline").await?;
        let answer = life.register(other.id, Who::Nobody, json!({})).await?;
        answer.expect(200)?;
        let others = answer.text("auth_token")?.to_owned();
        let before = life.row(puppet.id).await?;
        for who in [
            Who::Nobody,
            Who::token("somebody with a wrong token", &"x".repeat(43)),
            Who::token("another workspace", &others),
        ] {
            let hijack = json!({"url": "http://localhost:6", "agent_card": {"name": "hijacker", "skills": []}});
            life.register(puppet.id, who.clone(), hijack).await?.refused(401)?;
            life.beat(puppet.id).by(who).with(json!({"current_task": "hijacked"})).send().await?.refused(401)?;
        }
        let after = life.row(puppet.id).await?;
        life.retire(&[other.id]).await?;
        ensure_eq("the row", &after, &before)
    }
}

life_check! {
    STRANGERS_MAKE_NO_ROWS = "strangers-make-no-rows", Registry, Hardened, 10 s;
    proves "Registering an id that nobody created makes no workspace."
    cites "contract 2.4, unknown id: a new row, present at the pinned commit as a flaw"
    needs [Database]
    after ["admin-token-admits", "migrations-applied"]
    faults ["strangers-make-rows"]
    wrong "Somebody without any credentials made a workspace by registering it."
    why "Whoever reaches the port fills the organisation with workspaces and listens in on its members."
    mend "Refuse to register an id that has no row."
    |life| {
        let stranger = Uuid::new_v4();
        life.register(stranger, Who::Nobody, json!({})).await?;
        let rows = life.db()?.count("SELECT count(*) FROM workspaces WHERE id = $1", &[&stranger]).await?;
        life.retire(&[stranger]).await?;
        ensure_eq("rows of the stranger", &rows, &0)
    }
}

life_check! {
    BAD_ADDRESSES_ARE_REFUSED = "bad-addresses-are-refused", Registry, Core, 10 s;
    proves "A runtime cannot register an address inside of the platform's own network, nor none at all."
    cites "contract 2.4, URL rules"
    needs [Database]
    after ["registering-mints-a-token"]
    faults ["metadata-url-allowed", "url-not-demanded"]
    wrong "The server takes an address that it must never call."
    why "The server sends messages to that address from the inside: metadata services and databases stand there."
    mend "Block link-local, carrier-grade and documentation ranges, and demand a url for push."
    |life| {
        let puppet = life.member(Role::Puppet)?;
        let before = life.row(puppet.id).await?;
        for url in [
            "http://169.254.169.254/latest/meta-data",
            "http://100.64.0.1:8000",
            "http://192.0.2.1:8000",
            "http://[fe80::1]:8000",
            "http://224.0.0.1:8000",
        ] {
            life.register(puppet.id, bearer(&puppet), json!({"url": url})).await?.refused(400)?;
        }
        let silent = json!({"url": null, "agent_card": {"name": "without an address", "skills": []}});
        life.register(puppet.id, bearer(&puppet), silent).await?.refused(400)?;
        let after = life.row(puppet.id).await?;
        puppet_is(life, "online").await?;
        ensure_eq("url", &after["url"], &before["url"])
    }
}

life_check! {
    BAD_REGISTRATIONS_ARE_REFUSED = "bad-registrations-are-refused", Registry, Core, 10 s;
    proves "A registration of an unknown kind or delivery is refused, and an ordinary workspace cannot call itself the platform."
    cites "contract 2.4, 400 and 403"
    needs [Database]
    after ["registering-mints-a-token"]
    faults ["unknown-kind-registers", "workspace-may-claim-the-platform"]
    wrong "A registration is taken that must be refused."
    why "A workspace that may call itself the platform gets the concierge's rights."
    mend "Answer 400 to unknown values, and 403 where a workspace claims to be the platform."
    |life| {
        let puppet = life.member(Role::Puppet)?;
        for (extra, status) in [
            (json!({"delivery_mode": "pigeon"}), 400),
            (json!({"kind": "robot"}), 400),
            (json!({"agent_card": null}), 400),
            (json!({"kind": "platform"}), 403),
        ] {
            life.register(puppet.id, bearer(&puppet), extra).await?.refused(status)?;
        }
        let row = life.row(puppet.id).await?;
        puppet_is(life, "online").await?;
        ensure_eq("kind", &row["kind"], &json!("workspace"))
    }
}

life_check! {
    HEARTBEAT_IS_RECORDED = "heartbeat-is-recorded", Registry, Core, 10 s;
    proves "What a heartbeat says is in the row afterwards, and the time of it moves."
    cites "contract 2.5, heartbeat body"
    needs [Database]
    after ["registering-mints-a-token"]
    faults ["beat-not-written-down", "beat-time-stands-still"]
    wrong "A heartbeat is answered with ok and not written down."
    why "Everything that watches over workspaces reads these columns."
    mend "Write every field of the heartbeat in the statement that moves last_heartbeat_at."
    |life| {
        let puppet = puppet_is(life, "online").await?;
        // The first one is no measure: a time that is set once moves once.
        life.beat(puppet.id).by(bearer(&puppet)).taken().await?;
        let before = life.row(puppet.id).await?;
        let answer = life
            .beat(puppet.id)
            .by(bearer(&puppet))
            .with(json!({"error_rate": 0.25, "sample_error": "one in four", "active_tasks": 1, "uptime_seconds": 77, "current_task": "beating"}))
            .send()
            .await?;
        answer.expect(200)?;
        answer.says("status", "ok")?;
        let row = life.row(puppet.id).await?;
        ensure_eq("last_error_rate", &row["last_error_rate"], &json!(0.25))?;
        ensure_eq("active_tasks", &row["active_tasks"], &json!(1))?;
        ensure_eq("uptime_seconds", &row["uptime_seconds"], &json!(77))?;
        ensure_eq("current_task", &row["current_task"], &json!("beating"))?;
        ensure_eq("last_sample_error", &row["last_sample_error"], &json!("one in four"))?;
        ensure(
            row["last_heartbeat_at"].is_string() && row["last_heartbeat_at"] != before["last_heartbeat_at"],
            "last_heartbeat_at moves",
            || row["last_heartbeat_at"].to_string(),
        )?;
        life.beat(puppet.id).by(bearer(&puppet)).taken().await.map(|_| ())
    }
}

life_check! {
    BEAT_BRINGS_ONLINE = "beat-brings-online", Registry, Core, 10 s;
    proves "A healthy heartbeat brings a workspace online that is provisioning, offline, failed or awaited."
    cites "contract 1.2, status transitions"
    needs [Database]
    after ["registering-mints-a-token"]
    faults ["failed-stays-failed", "awaited-stays-awaited"]
    wrong "A workspace with a healthy heartbeat does not come online."
    why "It works and is never given anything to do."
    mend "Set online by the heartbeat from each of these statuses."
    |life| {
        for status in ["provisioning", "offline", "failed", "awaiting_agent"] {
            let puppet = puppet_is(life, status).await?;
            let now = life.beat(puppet.id).by(bearer(&puppet)).taken().await?;
            ensure_eq(&format!("status after a heartbeat of one that was {status}"), now.as_str(), "online")?;
        }
        Ok(())
    }
}

life_check! {
    ERRORS_DEGRADE_AND_HEALING_RECOVERS = "errors-degrade-and-healing-recovers", Registry, Core, 10 s;
    proves "Many errors or a wedged runtime degrade a workspace, and a healthy heartbeat recovers it."
    cites "contract 1.2, online to degraded and back"
    needs [Database]
    after ["registering-mints-a-token"]
    faults ["errors-do-not-degrade", "wedged-does-not-degrade", "recovers-too-early", "never-recovers"]
    wrong "A workspace in trouble is not degraded, or one that is well again stays so."
    why "Messages go to a workspace that fails every second time, or never again to one that is well."
    mend "Degrade at an error rate of 0.5 and at runtime_state wedged; recover below 0.1 with an empty state."
    |life| {
        for trouble in [json!({"error_rate": 0.5}), json!({"runtime_state": "wedged"})] {
            let puppet = puppet_is(life, "online").await?;
            let status = life.beat(puppet.id).by(bearer(&puppet)).with(trouble.clone()).taken().await?;
            ensure_eq(&format!("status after {trouble}"), status.as_str(), "degraded")?;
            let status = life.beat(puppet.id).by(bearer(&puppet)).with(json!({"error_rate": 0.2})).taken().await?;
            ensure_eq("status with an error rate of 0.2", status.as_str(), "degraded")?;
            let status = life.beat(puppet.id).by(bearer(&puppet)).with(json!({"error_rate": 0.05})).taken().await?;
            ensure_eq("status with an error rate of 0.05", status.as_str(), "online")?;
        }
        Ok(())
    }
}

life_check! {
    RESTING_ROW_IGNORES_BEATS = "resting-row-ignores-beats", Registry, Core, 10 s;
    proves "A heartbeat does not wake a workspace that is paused or hibernated."
    cites "contract 1.2, paused, hibernating and hibernated are untouched by heartbeats"
    needs [Database]
    after ["registering-mints-a-token"]
    faults ["beat-wakes-the-paused", "beat-wakes-the-hibernated"]
    wrong "A heartbeat wakes a workspace that somebody put to rest."
    why "The last beat of a container that is being stopped comes after the pause."
    mend "Leave these statuses out of the heartbeat's transitions."
    |life| {
        for status in ["paused", "hibernating", "hibernated"] {
            let puppet = puppet_is(life, status).await?;
            life.beat(puppet.id).by(bearer(&puppet)).send().await?;
            life.status_is(puppet.id, status, "after a heartbeat").await?;
        }
        puppet_is(life, "online").await.map(|_| ())
    }
}

life_check! {
    REMOVED_ROW_STAYS_REMOVED = "removed-row-stays-removed", Registry, Core, 10 s;
    proves "Neither a heartbeat nor a registration revives a workspace that was removed."
    cites "contract 2.4 and 2.5, removed row untouched"
    needs [Database]
    after ["registering-mints-a-token"]
    faults ["beat-revives-the-removed", "register-revives-the-removed"]
    wrong "A removed workspace is back after a late heartbeat or registration."
    why "Its container may outlive the deletion by seconds, and every beat of it would undo what somebody decided."
    mend "Exclude removed rows from every update of the registry."
    |life| {
        let gone = life.puppet("removed puppet", "removed").await?;
        life.beat(gone.id).send().await?;
        life.status_is(gone.id, "removed", "after a heartbeat").await?;
        life.register(gone.id, Who::Nobody, json!({})).await?;
        life.status_is(gone.id, "removed", "after registering").await?;
        life.beat(gone.id).send().await?;
        life.status_is(gone.id, "removed", "after another heartbeat").await?;
        life.server.get(format!("/workspaces/{}", gone.id)).await?.refused(410).map(|_| ())
    }
}
