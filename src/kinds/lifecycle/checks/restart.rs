use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::container::token_file;
use super::runtime::{interval, until_silent};
use super::workspace::discard;
use crate::kinds::lifecycle::cast::{Member, Role};
use crate::kinds::lifecycle::client::Who;
use crate::kinds::lifecycle::life::Life;
use crate::kinds::lifecycle::life_check::life_check;
use crate::kinds::lifecycle::stop::{Outcome, ensure, ensure_eq};
use crate::kinds::lifecycle::wait::{Seen, wait_for};
use crate::kinds::lifecycle::world::{Container, World};

/// A file that only these checks write.
const SENTINEL: &str = "/configs/driftgate-sentinel";

/// The configuration that a person may edit.
const CONFIG: &str = "/configs/config.yaml";

/// What is in a container's sentinel.
pub(super) fn sentinel(life: &Life, member: &Member) -> Vec<u8> {
    format!("{} of {}\n\u{0}\u{1}bytes\n", life.nonce, member.id).into_bytes()
}

/// Leaves the sentinel in a container.
pub(super) async fn leave_sentinel(life: &Life, member: &Member) -> Outcome {
    let bytes = sentinel(life, member);
    Ok(life
        .world()?
        .write(&member.container(), SENTINEL, &bytes)
        .await?)
}

/// Demands the sentinel, byte for byte.
pub(super) async fn sentinel_is_there(life: &Life, member: &Member) -> Outcome {
    let seen = life.file(member, SENTINEL).await?;
    ensure(
        seen.bytes == sentinel(life, member),
        "the sentinel with the same bytes",
        || String::from_utf8_lossy(&seen.bytes).into_owned(),
    )
}

/// The names of a container's variables, without those that a later contract leaves out after the
/// first provision.
pub(super) fn variables(container: &Container) -> BTreeSet<String> {
    container
        .environment
        .keys()
        .filter(|key| key.as_str() != "PARENT_ID")
        .cloned()
        .collect()
}

life_check! {
    RESTART_BRINGS_A_NEW_CONTAINER = "restart-brings-a-new-container", Restart, Core, 60 s;
    proves "A restart replaces the container, and it is the new one that is online."
    cites "contract 2.3, restart family, and 3.1, same name"
    needs [Database, World]
    after ["sibling-comes-online"]
    faults ["restart-meets-the-old-container", "restart-flips-the-status"]
    wrong "A restart does not replace the container, or the old one's heartbeat passes for the new one's."
    why "A restart that only flips the status looks the same to whoever reads the status alone."
    mend "Remove the old container, start a new one, and count only its heartbeats."
    |life| {
        let worker = life.member(Role::Worker)?;
        let sibling = life.member(Role::Sibling)?;
        life.until_online(&worker).await?;
        leave_sentinel(life, &worker).await?;
        leave_sentinel(life, &sibling).await?;
        let mut config = life.file(&worker, CONFIG).await?.bytes;
        config.extend_from_slice(format!("\n# edited by hand, {}\n", life.nonce).as_bytes());
        life.world()?.write(&worker.container(), CONFIG, &config).await?;
        life.remember("config", String::from_utf8_lossy(&config).into_owned());
        let token = token_file(life, &worker).await?;
        life.remember("old token", token);
        let old = life.running(&worker).await?;
        life.remember("variables", json!(variables(&old)));
        let sibling_before = life.running(&sibling).await?;
        life.remember("sibling", sibling_before.id);
        life.restart(&worker).await?;
        life.until_online_by_new(&worker, &old.id).await?;
        let new = life.running(&worker).await?;
        ensure(new.id != old.id, "another container id", || new.id.clone())?;
        ensure(new.started_at > old.started_at, format!("a start after {:?}", old.started_at), || format!("{:?}", new.started_at))
    }
}

life_check! {
    RESTART_KEEPS_THE_VOLUME = "restart-keeps-the-volume", Restart, Core, 10 s;
    proves "The configuration volume outlives the container: a file that nothing else could have made is there with its bytes."
    cites "contract 2.3, config_dir existing-volume"
    needs [Database, World]
    after ["restart-brings-a-new-container"]
    faults ["restart-drops-config-volume"]
    wrong "A restart loses the configuration volume."
    why "The template is delivered anew into an empty volume, so that the workspace is online and has forgotten everything."
    mend "Remove the container only, and mount the volume of the same name."
    |life| {
        let worker = life.member(Role::Worker)?;
        let container = life.running(&worker).await?;
        let volume = format!("{}-configs", worker.container());
        let mounted = container.mounts.iter().any(|mount| mount.target == "/configs" && mount.volume.as_deref() == Some(volume.as_str()));
        ensure(mounted, format!("the volume {volume}"), || format!("{:?}", container.mounts))?;
        sentinel_is_there(life, &worker).await
    }
}

life_check! {
    RESTART_KEEPS_EDITED_CONFIG = "restart-keeps-edited-config", Restart, Core, 10 s;
    proves "A configuration that was edited by hand is the same after the restart."
    cites "contract 2.3, with an empty template the volume is kept untouched"
    needs [Database, World]
    after ["restart-brings-a-new-container"]
    faults ["restart-applies-the-template"]
    wrong "A restart overwrites an edited configuration with the template's."
    why "The file is there and valid either way."
    mend "Apply a template only where a restart asks for it."
    |life| {
        let worker = life.member(Role::Worker)?;
        let seen = life.file(&worker, CONFIG).await?;
        let config = life.recall_text("config")?;
        ensure(seen.bytes == config.as_bytes(), "the configuration as it was edited", || {
            String::from_utf8_lossy(&seen.bytes).into_owned()
        })
    }
}

life_check! {
    RESTART_ROTATES_THE_TOKEN = "restart-rotates-the-token", Restart, Core, 10 s;
    proves "A restart gives the container a new token and ends the old one, while the creator's token lives on."
    cites "contract 1.3 and 3.3, provision revokes instance tokens only"
    needs [Database, World]
    after ["restart-brings-a-new-container"]
    faults ["restart-keeps-the-old-token", "restart-ends-every-token"]
    wrong "A restart leaves the old container's token alive, or ends one that is not its own."
    why "What an old container leaked opens the workspace for ever; a creator whose token ends with every restart cannot manage what it made."
    mend "Revoke live instance tokens at provision, and no others."
    |life| {
        let worker = life.member(Role::Worker)?;
        let old = life.recall_text("old token")?;
        let new = token_file(life, &worker).await?;
        ensure(new != old, "another token", || "the same".to_owned())?;
        life.beat(worker.id).by(Who::token("the old container", &old)).send().await?.refused(401)?;
        let path = format!("/workspaces/{}/secrets", worker.id);
        life.server.get(path.as_str()).by(Who::token("the old container", &old)).await?.refused(401)?;
        life.server.get(path.as_str()).by(Who::token("the new container", &new)).await?.expect(200)?;
        life.server.get(path).by(Who::token("the creator", &worker.token)).await?.expect(200).map(|_| ())
    }
}

life_check! {
    RESTART_KEEPS_THE_ENVIRONMENT = "restart-keeps-the-environment", Restart, Core, 10 s;
    proves "The new container has the same variables as the old one."
    cites "contract 3.2, env, always"
    needs [Database, World]
    after ["restart-brings-a-new-container"]
    faults ["environment-of-the-first-start"]
    wrong "The new container lacks variables that the old one had, or has more."
    why "What is set at the first provision only is missing after the first restart, which may be months later."
    mend "Make the environment from the row and its secrets at every provision alike."
    |life| {
        let worker = life.member(Role::Worker)?;
        let now = json!(variables(&life.running(&worker).await?));
        ensure_eq("the names of the variables", &now, &life.recall("variables")?)
    }
}

life_check! {
    RESTART_SPARES_THE_SIBLING = "restart-spares-the-sibling", Restart, Core, 10 s;
    proves "The restart of one workspace touches no other."
    cites "contract 2.3, restart of one id"
    needs [Database, World]
    after ["restart-brings-a-new-container"]
    faults ["restart-takes-others-along"]
    wrong "The restart of one workspace touched another."
    why "A search by part of a name finds two."
    mend "Address containers and volumes by their whole names."
    |life| {
        let sibling = life.member(Role::Sibling)?;
        let container = life.running(&sibling).await?;
        ensure_eq("the sibling's container", container.id.as_str(), life.recall_text("sibling")?.as_str())?;
        sentinel_is_there(life, &sibling).await?;
        life.status_is(sibling.id, "online", "of the sibling").await
    }
}

life_check! {
    OLD_BEAT_DOES_NOT_BRING_ONLINE = "old-beat-does-not-bring-online", Restart, Hardened, 60 s;
    proves "During a restart no heartbeat with the old container's token brings the workspace online."
    cites "contract 2.3, the old container's heartbeat can set it online: present at the pinned commit as a flaw"
    needs [Database, World]
    after ["restart-rotates-the-token"]
    faults ["old-token-outlives-its-container", "old-beat-brings-online"]
    wrong "The heartbeat of the container that is being replaced brings the workspace online."
    why "Whoever waits for online goes on, and talks to a container that is about to vanish."
    mend "Revoke the old instance token in the statement that sets provisioning."
    |life| {
        let worker = life.member(Role::Worker)?;
        life.until_online(&worker).await?;
        let old = life.running(&worker).await?;
        let who = Who::token("the old container", &token_file(life, &worker).await?);
        // A daemon says that a container runs when it has started it, and not when it began to.
        let in_docker = matches!(life.world()?, World::Docker(_));
        life.restart(&worker).await?;
        let early = wait_for("the old token is refused", || async {
            let beat = life.beat(worker.id).by(who.clone()).send().await?;
            if beat.status() == 401 {
                return Ok(Seen::Yes(None));
            }
            let row = life.row(worker.id).await?;
            // Looked at after the row, so that a new container that has beaten is there. It may not be seen to run yet.
            let container = life.container(&worker).await?;
            let is_new = container.is_some_and(|now| now.id != old.id && (now.running || in_docker));
            if row["status"] != "online" || is_new {
                return Ok(Seen::NotYet("taken".to_owned()));
            }
            // Online without any heartbeat is the earliest of all.
            let beat = row["last_heartbeat_at"].as_str().and_then(|at| at.parse().ok());
            Ok(Seen::Yes(Some(beat.unwrap_or(jiff::Timestamp::MIN))))
        })
        .await?;
        // Also where it is wrong, those that come after find the new container.
        life.until_online_by_new(&worker, &old.id).await?;
        let started = life.running(&worker).await?.started_at;
        ensure(early.is_none() || early >= started, "provisioning until the new container beats", || {
            format!("online by a heartbeat at {early:?}, and the new container started at {started:?}")
        })
    }
}

life_check! {
    CRASH_IS_HEALED = "crash-is-healed", Restart, Hardened, 90 s;
    proves "A container that dies is replaced without anybody asking, over the same volume with its edited configuration."
    cites "contract 1.2, health sweep: offline and restart; 5.5, reconciler"
    strand Fragile
    needs [Database, World]
    after ["workspace-comes-online"]
    faults ["crash-is-final", "healing-drops-the-volume", "healing-applies-the-template"]
    wrong "A container that died is not replaced, or its volume is."
    why "At night nobody looks."
    mend "Look at containers by a sweep, and restart what is down over its own volume."
    |life| {
        let fragile = life.create("fragile").await?;
        life.until_online(&fragile).await?;
        leave_sentinel(life, &fragile).await?;
        let mut config = life.file(&fragile, CONFIG).await?.bytes;
        config.extend_from_slice(b"\n# edited by hand\n");
        life.world()?.write(&fragile.container(), CONFIG, &config).await?;
        let old = life.running(&fragile).await?;
        life.world()?.kill(&fragile.container()).await?;
        life.until_online_by_new(&fragile, &old.id).await?;
        sentinel_is_there(life, &fragile).await?;
        let seen = life.file(&fragile, CONFIG).await?;
        ensure(seen.bytes == config, "the configuration as it was edited", || {
            String::from_utf8_lossy(&seen.bytes).into_owned()
        })?;
        discard(life, &fragile).await
    }
}

life_check! {
    SILENT_HEART_IS_HEALED = "silent-heart-is-healed", Restart, Hardened, 90 s;
    proves "A workspace whose heart is silent for too long is replaced, though its container runs."
    cites "contract 1.2, live to offline when the key of its liveness expires: dead where Redis tells of no expiry"
    needs [Database, World]
    after ["restart-brings-a-new-container"]
    faults ["silence-is-not-noticed"]
    wrong "A workspace that hangs stays online for ever."
    why "A container that is there is not an agent that works; only its heart tells."
    mend "Look for hearts that are silent by the database's clock, and restart what does not beat."
    |life| {
        let worker = life.member(Role::Worker)?;
        life.until_online(&worker).await?;
        let old = life.running(&worker).await?;
        let beats = interval(life, worker.id).await?;
        life.world()?.freeze(&worker.container()).await?;
        until_silent(life, worker.id, beats).await?;
        // Nobody waits for minutes: the last beat is moved into the past.
        life.db()?
            .change("UPDATE workspaces SET last_heartbeat_at = now() - interval '30 minutes' WHERE id = $1", &[&worker.id])
            .await?;
        life.until_online_by_new(&worker, &old.id).await
    }
}

life_check! {
    PAUSE_STOPS_AND_RESUME_STARTS = "pause-stops-and-resume-starts", Restart, Core, 60 s;
    proves "A paused workspace has no running container and stays paused; resumed, it is online again over its volume."
    cites "contract 2.3, pause and resume"
    needs [Database, World, Pause]
    after ["restart-keeps-the-volume"]
    faults ["pause-drops-the-volume", "late-beat-wakes-the-paused", "pause-leaves-the-container"]
    wrong "A paused workspace runs on, wakes by itself, or does not come back."
    why "People pause what costs money or does harm."
    mend "Stop the container after the status is written, and start a new one at resume."
    |life| {
        let worker = life.member(Role::Worker)?;
        life.until_online(&worker).await?;
        let old = life.running(&worker).await?;
        let token = token_file(life, &worker).await?;
        let path = format!("/workspaces/{}", worker.id);
        let answer = life.server.post(format!("{path}/pause"), Value::Null).admin().await?;
        answer.expect(200)?;
        answer.says("status", "paused")?;
        wait_for("the paused workspace's container is stopped", || async {
            Ok(match life.container(&worker).await? {
                Some(container) if container.running => Seen::NotYet("running".to_owned()),
                _ => Seen::Yes(()),
            })
        })
        .await?;
        life.beat(worker.id).by(Who::token("the paused container", &token)).send().await?;
        life.status_is(worker.id, "paused", "after a late heartbeat").await?;
        let answer = life.server.post(format!("{path}/resume"), Value::Null).admin().await?;
        answer.expect(200)?;
        answer.says("status", "provisioning")?;
        life.until_online_by_new(&worker, &old.id).await?;
        sentinel_is_there(life, &worker).await
    }
}
