use std::cell::Cell;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::container::token_file;
use super::workspace::discard;
use crate::kinds::lifecycle::cast::{Member, Role};
use crate::kinds::lifecycle::failure::Failure;
use crate::kinds::lifecycle::life::Life;
use crate::kinds::lifecycle::life_check::life_check;
use crate::kinds::lifecycle::stop::{Outcome, ensure, ensure_eq};
use crate::kinds::lifecycle::wait::{Seen, wait_for};

/// An address at which no server may take a runtime: link-local, where clouds keep their secrets.
const FORBIDDEN_ADDRESS: &str = "http://169.254.169.254:8000";

/// How often a heart beats that nobody waits for, in milliseconds.
const UNHURRIED_BEAT: &str = "500";

/// How many heartbeats may be missing before a heart counts as silent.
const SILENT: f64 = 3.0;

/// When a workspace's heart beat last, and when that was looked up, both by the database's clock.
pub(super) async fn pulse(life: &Life, id: Uuid) -> Outcome<(f64, f64)> {
    let sql = "SELECT extract(epoch FROM last_heartbeat_at)::float8 AS beat, extract(epoch FROM clock_timestamp())::float8 AS now FROM workspaces WHERE id = $1";
    let row = life.db()?.row(sql, &[&id]).await?;
    Ok((
        row["beat"].as_f64().unwrap_or_default(),
        row["now"].as_f64().unwrap_or_default(),
    ))
}

/// How long a workspace's heart takes from one beat to the next, in seconds.
pub(super) async fn interval(life: &Life, id: Uuid) -> Outcome<f64> {
    let (first, _) = pulse(life, id).await?;
    wait_for("another heartbeat", || async {
        let (beat, _) = pulse(life, id).await?;
        Ok(if beat > first {
            Seen::Yes(beat - first)
        } else {
            Seen::NotYet("the same heartbeat".to_owned())
        })
    })
    .await
}

/// Waits until a workspace's heart is silent, which else beats so often.
pub(super) async fn until_silent(life: &Life, id: Uuid, interval: f64) -> Outcome {
    wait_for("the heart is silent", || async {
        let (beat, now) = pulse(life, id).await?;
        let silent = now - beat;
        Ok(if silent > interval * SILENT {
            Seen::Yes(())
        } else {
            Seen::NotYet(format!("it beat {silent:.2} s ago"))
        })
    })
    .await
}

/// Gives the workspace another instance token, which its container does not have.
async fn rotate(life: &Life, member: &Member) -> Outcome<String> {
    let token = format!("{}{}", Uuid::new_v4().simple(), &life.nonce);
    life.journal.learn_from(&json!({"auth_token": token}));
    let hash = Sha256::digest(token.as_bytes()).to_vec();
    let sql = "WITH revoked AS (UPDATE workspace_auth_tokens SET revoked_at = now() \
               WHERE workspace_id = $1 AND kind = 'instance' AND revoked_at IS NULL) \
               INSERT INTO workspace_auth_tokens (workspace_id, token_hash, prefix, kind) VALUES ($1, $2, $3, 'instance')";
    let prefix = token[..8].to_owned();
    life.db()?
        .change(sql, &[&member.id, &hash, &prefix])
        .await?;
    Ok(token)
}

life_check! {
    ADDRESS_ANSWERS_AS_THE_WORKSPACE = "address-answers-as-the-workspace", Runtime, Core, 10 s;
    proves "Behind the workspace's published port answers this very workspace."
    cites "contract 4.2, GET answers with workspace_id"
    needs [World, PublishedPorts]
    after ["port-stays-at-home"]
    faults ["wrong-workspace-id"]
    wrong "Behind the workspace's port answers somebody else, or nobody."
    why "Ports are used again; whoever only looks whether something answers talks to another agent."
    mend "Store the port that was really published, and let the runtime say who it is."
    |life| {
        let worker = life.member(Role::Worker)?;
        let ports = life.ports(&worker).await?;
        let port = ports.iter().find(|port| port.container == 8000);
        let port = port.map(|port| port.host).unwrap_or_default();
        let runtime = life.server.elsewhere(port);
        let answer = runtime.get("/").await?;
        answer.expect(200)?;
        answer.says("workspace_id", worker.id.to_string())
    }
}

life_check! {
    REFUSED_TOKEN_IS_READ_AGAIN = "refused-token-is-read-again", Runtime, Core, 90 s;
    proves "A runtime whose token was replaced is silent until the new one lies in its file, and then goes on."
    cites "contract 4.2, heartbeat: the token file first, 401 registers again"
    needs [Database, World]
    after ["token-file-is-the-token"]
    faults ["no-401-recovery"]
    wrong "A runtime whose token was replaced does not come back, or goes on with the old one."
    why "Tokens are rotated under running agents; one that keeps what it read at boot is gone until somebody restarts it."
    mend "Read the token's file before each heartbeat, and register again after a 401."
    |life| {
        let worker = life.member(Role::Worker)?;
        life.until_online(&worker).await?;
        token_file(life, &worker).await?;
        let beats = interval(life, worker.id).await?;
        let token = rotate(life, &worker).await?;
        until_silent(life, worker.id, beats).await?;
        let url = life.row(worker.id).await?["url"].clone();
        life.remember("address", url);
        // Who registers now says where it is, for nothing else is known.
        life.db()?.change("UPDATE workspaces SET url = '' WHERE id = $1", &[&worker.id]).await?;
        let (_, written) = pulse(life, worker.id).await?;
        life.world()?.write(&worker.container(), "/configs/.auth_token", token.as_bytes()).await?;
        wait_for("a heartbeat with the new token", || async {
            let (beat, now) = pulse(life, worker.id).await?;
            Ok(if beat > written { Seen::Yes(()) } else { Seen::NotYet(format!("none for {:.1} s", now - beat)) })
        })
        .await
    }
}

life_check! {
    RUNTIME_REGISTERS_ITS_ADDRESS = "runtime-registers-its-address", Runtime, Core, 90 s;
    proves "After its token was refused a runtime registers again, under the address that the platform gave it."
    cites "contract 4.2, register: MOLECULE_WORKSPACE_URL; 401 registers again"
    needs [Database, World]
    after ["refused-token-is-read-again"]
    faults ["register-blackhole", "short-id-url"]
    wrong "A runtime does not register, or under an address that is not its own."
    why "The short id of a container is its host name inside and nobody else's word for it: messages to it are lost."
    mend "Register at boot and after each 401, with MOLECULE_WORKSPACE_URL."
    |life| {
        let worker = life.member(Role::Worker)?;
        let registered = wait_for("the runtime registers", || async {
            let row = life.row(worker.id).await?;
            let url = row["url"].as_str().unwrap_or_default();
            Ok(if url.is_empty() { Seen::NotYet("without an address".to_owned()) } else { Seen::Yes(url.to_owned()) })
        })
        .await;
        let stored = life.recall("address")?;
        let stored = stored.as_str().unwrap_or_default();
        life.db()?.change("UPDATE workspaces SET url = $2 WHERE id = $1", &[&worker.id, &stored]).await?;
        let registered = registered?;
        let container = life.running(&worker).await?;
        let given = container.environment.get("MOLECULE_WORKSPACE_URL");
        ensure(given.is_some_and(|given| same_place(given, &registered)), format!("the address {given:?}"), || registered.clone())
    }
}

/// Whether two addresses lead to one host and port.
fn same_place(one: &str, other: &str) -> bool {
    let place = |text: &str| {
        let url = url::Url::parse(text).ok()?;
        Some((url.host_str()?.to_owned(), url.port_or_known_default()))
    };
    place(one).is_some() && place(one) == place(other)
}

life_check! {
    HEART_BEATS_UNREGISTERED = "heart-beats-unregistered", Runtime, Core, 60 s;
    proves "A runtime whose registration is refused beats all the same."
    cites "contract 4.2, heartbeat at once, independent of register; 2.4, URL rules"
    strand Fragile
    needs [Database]
    after ["workspace-comes-online"]
    faults ["heartbeat-after-register"]
    wrong "A runtime that cannot register does not beat either."
    why "One refused registration then looks like a dead agent, and is restarted for ever."
    mend "Start the heartbeat beside the registration, not after it."
    |life| {
        let mut body = life.workspace_body("unregistered");
        body["secrets"]["STUB_REGISTER_URL"] = json!(FORBIDDEN_ADDRESS);
        // A heartbeat with a card clears the mark of the refusal; between two of them there is time to see it.
        body["secrets"]["STUB_HEARTBEAT_MS"] = json!(UNHURRIED_BEAT);
        let answer = life.server.post("/workspaces", body).admin().await?;
        answer.expect(201)?;
        let unregistered = life.created(&answer, life.named("unregistered"))?;
        let sql = "SELECT last_register_failure_at, last_heartbeat_at, status FROM workspaces WHERE id = $1";
        let refused = Cell::new(Value::Null);
        let heard = wait_for("a refused registration and a heartbeat", || async {
            let row = life.db()?.row(sql, &[&unregistered.id]).await?;
            if row["last_register_failure_at"].is_string() {
                refused.set(row["last_register_failure_at"].clone());
            }
            let refusal = refused.take();
            let both = refusal.is_string() && row["last_heartbeat_at"].is_string();
            let seen = format!("refused: {refusal}, heartbeat: {}", row["last_heartbeat_at"]);
            refused.set(refusal);
            Ok(if both { Seen::Yes(()) } else { Seen::NotYet(seen) })
        })
        .await;
        discard(life, &unregistered).await?;
        heard
    }
}

life_check! {
    SCHEDULES_COME_FROM_THE_CONFIG = "schedules-come-from-the-config", Runtime, Hardened, 30 s;
    proves "A schedule that stands in a workspace's configuration is in the list of its schedules."
    cites "later contract 2.10, schedules proxied to the runtime"
    needs [World]
    after ["workspace-comes-online"]
    faults ["no-schedules", "schedules-are-rows-only"]
    wrong "A schedule of a workspace's configuration is in no list."
    why "It never fires, and nobody sees that it does not: the list is empty and the answer 200."
    mend "Ask the runtime for its schedules, and let it read them from its configuration each time."
    |life| {
        const CONFIG: &str = "/configs/config.yaml";
        let worker = life.member(Role::Worker)?;
        life.until_online(&worker).await?;
        let config = life.file(&worker, CONFIG).await?.bytes;
        let text = String::from_utf8_lossy(&config);
        ensure(!text.lines().any(|line| line.starts_with("schedules:")), "a template without schedules", || "some".to_owned())?;
        let name = format!("driftgate-{}", life.nonce);
        let schedule = format!("\nschedules:\n  - name: {name}\n    cron: \"0 3 1 1 *\"\n    prompt: Say nothing.\n");
        let world = life.world()?;
        world.write(&worker.container(), CONFIG, format!("{text}{schedule}").as_bytes()).await?;
        let listed = life.server.get(format!("/workspaces/{}/schedules", worker.id)).admin().await;
        world.write(&worker.container(), CONFIG, &config).await?;
        let listed = listed?;
        let listed = listed.expect(200)?;
        let found = listed.as_array().into_iter().flatten().find(|schedule| schedule["name"] == json!(name));
        let Some(found) = found else {
            return Err(Failure::new(format!("the schedule {name}"), listed.to_string()).into());
        };
        ensure_eq("cron_expr", &found["cron_expr"], &json!("0 3 1 1 *"))
    }
}
