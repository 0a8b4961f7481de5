use serde_json::{Value, json};

use super::identity::keys_admit;
use super::restart::variables;
use crate::kinds::lifecycle::cast::{Member, Role};
use crate::kinds::lifecycle::failure::Failure;
use crate::kinds::lifecycle::life::Life;
use crate::kinds::lifecycle::life_check::life_check;
use crate::kinds::lifecycle::runtime_kind::RuntimeKind;
use crate::kinds::lifecycle::steps::DUMMY_KEY;
use crate::kinds::lifecycle::stop::{Outcome, ensure, ensure_eq};
use crate::kinds::lifecycle::wait::{Seen, wait_for};
use crate::kinds::lifecycle::world::Container;

/// The model that a concierge of this life thinks with at first.
fn model(life: &Life) -> String {
    let runtime = RuntimeKind::ClaudeCode;
    life.rules
        .models
        .get(&runtime)
        .map_or_else(|| runtime.usual_model().name, |model| model.name.clone())
}

/// Sets the concierge's model, and reads it back. A server restarts whoever gets another model, at some moment, and
/// once more when told to; one that is paused is left alone, and the status is the given one afterwards.
async fn set_model(life: &Life, concierge: &Member, model: &str, then: &str) -> Outcome {
    let status = async |status: &str| match &life.database {
        None => Ok(0),
        Some(db) => {
            let sql = format!("UPDATE workspaces SET status = '{status}' WHERE id = $1");
            db.change(&sql, &[&concierge.id]).await
        }
    };
    status("paused").await?;
    let path = format!("/workspaces/{}/model", concierge.id);
    let answer = life
        .server
        .put(path.as_str(), json!({"model": model}))
        .admin()
        .await?;
    answer.expect(200)?;
    answer.says("status", "saved")?;
    let read = life.server.get(path).admin().await?;
    read.expect(200)?;
    read.says("model", model)?;
    status(then).await.map(|_| ())
}

life_check! {
    CREDENTIALS_ARE_SEALED = "credentials-are-sealed", Concierge, Core, 10 s;
    proves "A secret for the whole organisation is stored encrypted, and listed without its value."
    cites "contract 1.4 and 2.7, global_secrets with encryption_version 1"
    needs [Disposable, Database, Encryption]
    after ["admin-token-admits", "migrations-applied"]
    faults ["secrets-in-plain-text", "sealed-in-name-only", "secrets-listed-with-values"]
    wrong "A secret is stored in plain text, or shown."
    why "A key that the server cannot use is only logged, and everything goes on in plain text; a backup then holds all credentials."
    mend "Give the server 32 bytes in base64 as SECRETS_ENCRYPTION_KEY, and check encryption_version."
    |life| {
        let keys: std::collections::BTreeSet<String> =
            life.rules.models.values().map(|model| model.credential.clone()).collect();
        for key in keys {
            let body = json!({"key": key, "value": DUMMY_KEY});
            let answer = life.server.put("/settings/secrets", body).admin().await?;
            answer.expect(200)?;
            answer.says("key", key.as_str())?;
            let row = life
                .db()?
                .row(
                    "SELECT encryption_version, position($2::bytea IN encrypted_value) AS at, length(encrypted_value) AS size FROM global_secrets WHERE key = $1",
                    &[&key, &DUMMY_KEY.as_bytes()],
                )
                .await?;
            ensure_eq("encryption_version", &row["encryption_version"], &json!(1))?;
            ensure_eq("the place of the plain text in what is stored", &row["at"], &json!(0))?;
            let list = life.server.get("/settings/secrets").admin().await?;
            list.expect(200)?;
            ensure(!list.shown().contains(DUMMY_KEY), "the list is without values", || "a value".to_owned())?;
        }
        Ok(())
    }
}

life_check! {
    CONCIERGE_IS_INSTALLED = "concierge-is-installed", Concierge, Core, 10 s;
    proves "The concierge is installed under the id that the server was started with."
    cites "contract 2.2, org root install"
    needs [Disposable, Database]
    after ["install-writes-the-root"]
    faults ["install-never-displaces"]
    wrong "The concierge cannot be installed."
    why "Without it the organisation has nobody at its root."
    mend "See the answer; an earlier root may be live."
    |life| {
        let id = life.concierge;
        let earlier = life.puppet_root("offline", false).await?.id;
        let name = life.named("concierge");
        life.install(id, &name).await?.expect(200)?;
        if earlier != id {
            life.retire(&[earlier]).await?;
        }
        let row = life.row(id).await?;
        ensure_eq("kind", &row["kind"], &json!("platform"))?;
        // A server may have seeded this row at its start, under a name that an install keeps.
        let name = row["name"].as_str().unwrap_or_default().to_owned();
        life.enter(Role::Concierge, Member { id, name, token: String::new() });
        Ok(())
    }
}

life_check! {
    ROOT_IS_LISTED_ONCE = "root-is-listed-once", Concierge, Core, 10 s;
    proves "The list of workspaces has exactly one platform root."
    cites "contract 2.3, GET /workspaces with kind"
    needs []
    after ["admin-token-admits"]
    faults ["list-hides-the-root", "list-forgets-the-kind"]
    wrong "The list of workspaces has another number of platform roots than one."
    why "Everybody who looks for the concierge looks in this list."
    mend "Install the concierge, or see why its row is not listed."
    |life| {
        let answer = life.server.get("/workspaces").admin().await?;
        let roots: Vec<&Value> = answer
            .expect(200)?
            .as_array()
            .into_iter()
            .flatten()
            .filter(|row| row["kind"] == "platform")
            .collect();
        let [root] = roots.as_slice() else {
            return Err(Failure::new("one platform root in the list", format!("{} of them", roots.len())).into());
        };
        let found = root["id"].as_str().unwrap_or_default();
        if let Ok(concierge) = life.member(Role::Concierge) {
            return ensure_eq("the id of the root", found, concierge.id.to_string().as_str());
        }
        let id = found.parse().map_err(|_| answer.wrong("rows with an id"))?;
        let name = root["name"].as_str().unwrap_or_default().to_owned();
        life.enter(Role::Concierge, Member { id, name, token: String::new() });
        Ok(())
    }
}

life_check! {
    ENSURE_REPAIRS_THE_ROOT = "ensure-repairs-the-root", Concierge, Hardened, 30 s;
    proves "Ensuring a concierge that is off line stores its model first, and then provisions it."
    cites "later contract 2.2, ensure: repaired, the MODEL secret is committed before the provision"
    needs [Disposable, Database, Ensure]
    after ["concierge-is-installed", "credentials-are-sealed"]
    faults ["ensure-is-not-there", "ensure-forgets-the-model", "ensure-starts-nothing", "near-miss-tool", "tools-empty", "tools-absent", "mcp-present-false", "no-heartbeat"]
    wrong "Ensuring the concierge does not repair it."
    why "This one call is what deployments rely on; provisioned before its model is stored, the concierge fails at once."
    mend "Look up, install, name, store the model, revive, provision: in this order, each step told by name where it fails."
    |life| {
        let concierge = life.member(Role::Concierge)?;
        let body = json!({"model": model(life)});
        let answer = life.server.post("/admin/org/platform-agent/ensure", body).admin().await?;
        answer.expect(200)?;
        answer.says("status", "repaired")?;
        answer.says("platform_agent_id", concierge.id.to_string())?;
        answer.says("kind", "platform")?;
        answer.says("agent_status", "offline")?;
        answer.says("provisioning", true)?;
        let models = life
            .db()?
            .count("SELECT count(*) FROM workspace_secrets WHERE workspace_id = $1 AND key = 'MODEL'", &[&concierge.id])
            .await?;
        ensure_eq("MODEL secrets of the concierge", &models, &1)?;
        life.until_online(&concierge).await
    }
}

life_check! {
    CONCIERGE_STARTS = "concierge-starts", Concierge, Core, 60 s;
    proves "A concierge with a model and a credential is provisioned by a restart, and comes online."
    cites "contract 1.8, recipe, and 2.3, restart"
    needs [Disposable]
    after ["concierge-is-installed", "credentials-are-sealed"]
    faults ["model-not-saved"]
    wrong "The concierge does not come up."
    why "Nothing of its life can be lived."
    mend "See the row's last_sample_error and the container's log."
    |life| {
        let concierge = life.member(Role::Concierge)?;
        set_model(life, &concierge, &model(life), "offline").await?;
        life.restart(&concierge).await?;
        life.until_online(&concierge).await
    }
}

life_check! {
    CONCIERGE_IS_ONLINE = "concierge-is-online", Concierge, Core, 60 s;
    proves "The concierge is online, with an address, for everybody who asks."
    cites "contract 2.3, GET /workspaces/:id"
    needs []
    after ["root-is-listed-once"]
    faults ["root-shown-without-url"]
    wrong "The concierge is not online, or has no address."
    why "Nobody can write to it."
    mend "See the row's last_sample_error and the container's log."
    |life| {
        let concierge = life.member(Role::Concierge)?;
        life.until_online(&concierge).await?;
        // The address may be stored a moment after the first heartbeat.
        wait_for("the concierge is shown with its address", || async {
            let answer = life.server.get(format!("/workspaces/{}", concierge.id)).await?;
            let shown = answer.expect(200)?;
            answer.says("kind", "platform")?;
            let url = shown["url"].as_str().unwrap_or_default();
            Ok(if url.is_empty() { Seen::NotYet("no url".to_owned()) } else { Seen::Yes(()) })
        })
        .await
    }
}

life_check! {
    TOOL_IS_REPORTED = "tool-is-reported", Concierge, Hardened, 30 s;
    proves "The running concierge reports that it has loaded the required tool."
    cites "later contract 1.1 and 2.3, loaded_mcp_tools"
    needs [Database, ManagementTools]
    after ["concierge-is-online"]
    faults ["tools-not-written-down"]
    wrong "The running concierge does not report the required tool."
    why "It is online by some other way than the proof, and may not be able to do its work."
    mend "See which tools its server lists, and which name the platform requires."
    |life| {
        let concierge = life.member(Role::Concierge)?;
        let tool = life.rules.management_tool.as_str();
        wait_for("the concierge reports its tool", || async {
            let row = life
                .db()?
                // Read so that it is null where there is no such column.
                .row("SELECT to_jsonb(w) -> 'loaded_mcp_tools' AS tools FROM workspaces w WHERE id = $1", &[&concierge.id])
                .await?;
            let loaded = row["tools"].as_array().is_some_and(|tools| tools.iter().any(|one| one == tool));
            Ok(if loaded { Seen::Yes(()) } else { Seen::NotYet(row["tools"].to_string()) })
        })
        .await
    }
}

life_check! {
    ENSURE_LEAVES_A_HEALTHY_ROOT = "ensure-leaves-a-healthy-root", Concierge, Hardened, 10 s;
    proves "Ensuring a concierge that is online changes and starts nothing."
    cites "later contract 2.2, ensure: exists, provisioning false"
    needs [Disposable, Database, Ensure, World]
    after ["concierge-is-online"]
    faults ["ensure-restarts-a-healthy-root", "ensure-is-not-there"]
    wrong "Ensuring a healthy concierge disturbs it."
    why "The call is repeated by every deployment; one that restarts a healthy concierge cuts off whoever talks to it."
    mend "Where the root is online, answer that it exists, and do nothing."
    |life| {
        let concierge = life.member(Role::Concierge)?;
        life.until_online(&concierge).await?;
        let before = life.running(&concierge).await?;
        let answer = life.server.post("/admin/org/platform-agent/ensure", json!({})).admin().await?;
        answer.expect(200)?;
        answer.says("status", "exists")?;
        answer.says("agent_status", "online")?;
        answer.says("provisioning", false)?;
        answer.says("platform_agent_id", concierge.id.to_string())?;
        let after = life.running(&concierge).await?;
        ensure_eq("the container's id", &after.id, &before.id)
    }
}

/// The model that a concierge is made with. Contract 1.8.
const OWN_MODEL: &str = "moonshot/kimi-k2.6";
/// Who serves the model. Contract 3.2.
const PROVIDER: &str = "LLM_PROVIDER";

life_check! {
    CONCIERGE_RESTARTS_COMPLETE = "concierge-restarts-complete", Concierge, Hardened, 60 s;
    proves "A restarted concierge has all the variables that it had, and its key still admits it."
    cites "contract 3.2, LLM_PROVIDER on the first provision only: present at the pinned commit as a flaw"
    needs [Disposable, Database, World]
    after ["concierge-is-online"]
    faults ["concierge-is-equipped-once", "provider-of-the-first-start"]
    wrong "A restarted concierge lacks variables that it had before."
    why "It comes up with another provider or without its keys, and answers with errors from then on."
    mend "Make the concierge's additions at every provision, from what is stored."
    |life| {
        let concierge = life.member(Role::Concierge)?;
        life.until_online(&concierge).await?;
        // By its own model a concierge is told who serves that, and by no other.
        let billing = format!("/admin/workspaces/{}/llm-billing-mode", concierge.id);
        life.server.put(billing.as_str(), json!({"mode": "byok"})).admin().await?.expect(200)?;
        set_model(life, &concierge, OWN_MODEL, "online").await?;
        let mut seen = vec![life.running(&concierge).await?];
        for _ in 0..2 {
            let old = seen.last().map(|container| container.id.clone()).unwrap_or_default();
            life.restart(&concierge).await?;
            life.until_online_by_new(&concierge, &old).await?;
            seen.push(life.running(&concierge).await?);
        }
        set_model(life, &concierge, &model(life), "online").await?;
        life.server.put(billing, json!({"mode": null})).admin().await?.expect(200)?;
        let provider = |container: &Container| container.environment.contains_key(PROVIDER);
        ensure(provider(&seen[1]), format!("{PROVIDER} with the model {OWN_MODEL}"), || "unset".to_owned())?;
        ensure_eq("the names of the variables", &variables(&seen[2]), &variables(&seen[1]))?;
        let others = |container: &Container| -> std::collections::BTreeSet<String> {
            variables(container).into_iter().filter(|name| name != PROVIDER).collect()
        };
        ensure_eq("the names of the variables, but the provider", &others(&seen[1]), &others(&seen[0]))?;
        keys_admit(life, &concierge, &seen[2].environment).await
    }
}
