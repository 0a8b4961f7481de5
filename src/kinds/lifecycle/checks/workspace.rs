use serde_json::{Value, json};

use crate::kinds::lifecycle::cast::Role;
use crate::kinds::lifecycle::client::Who;
use crate::kinds::lifecycle::failure::Failure;
use crate::kinds::lifecycle::life::Life;
use crate::kinds::lifecycle::life_check::life_check;
use crate::kinds::lifecycle::stop::{Outcome, ensure, ensure_eq};
use crate::kinds::lifecycle::wait::{Seen, wait_for};

life_check! {
    WORKSPACE_IS_CREATED = "workspace-is-created", Workspace, Core, 10 s;
    proves "Creating a workspace answers with its id and token, and writes its row below the root."
    cites "contract 2.3, POST /workspaces"
    needs []
    after ["root-is-listed-once"]
    faults ["create-ignores-the-tier", "create-forgets-the-parent"]
    wrong "A workspace is not created as the contract says."
    why "Whoever creates one goes by this answer; a lost token cannot be had again."
    mend "Answer 201 with id, status provisioning and an api token, after the row is written."
    |life| {
        let answer = life.server.post("/workspaces", life.workspace_body("worker")).admin().await?;
        answer.expect(201)?;
        answer.says("status", "provisioning")?;
        let worker = life.created(&answer, life.named("worker"))?;
        life.enter(Role::Worker, worker.clone());
        if life.database.is_none() {
            return Ok(());
        }
        let row = life.row(worker.id).await?;
        let root = life.member(Role::Concierge)?.id;
        ensure_eq("name", &row["name"], &json!(worker.name))?;
        ensure_eq("kind", &row["kind"], &json!("workspace"))?;
        ensure_eq("parent_id", &row["parent_id"], &json!(root))?;
        ensure_eq("runtime", &row["runtime"], &json!("claude-code"))?;
        ensure_eq("tier", &row["tier"], &json!(2))?;
        ensure_eq("live api tokens", &life.live_tokens(worker.id, "api").await?, &1)
    }
}

life_check! {
    WORKSPACE_COMES_ONLINE = "workspace-comes-online", Workspace, Core, 60 s;
    proves "A new workspace comes online by its own container."
    cites "contract 1.2, provisioning to online"
    needs []
    after ["workspace-is-created"]
    faults ["no-template-of-the-runtime"]
    wrong "A new workspace does not come online."
    why "It was promised to whoever created it."
    mend "See the row's last_sample_error and the container's log."
    |life| {
        let worker = life.member(Role::Worker)?;
        life.until_online(&worker).await
    }
}

life_check! {
    SIBLING_COMES_ONLINE = "sibling-comes-online", Workspace, Core, 60 s;
    proves "A second workspace comes online beside the first."
    cites "contract 2.3, POST /workspaces"
    needs []
    after ["workspace-comes-online"]
    faults ["second-workspace-finds-no-port"]
    wrong "A second workspace does not come online beside the first."
    why "Ports, names and volumes that are not apart show only with two."
    mend "See the row's last_sample_error and the container's log."
    |life| {
        let sibling = life.create("sibling").await?;
        life.enter(Role::Sibling, sibling.clone());
        life.until_online(&sibling).await
    }
}

life_check! {
    UNKNOWN_RUNTIME_IS_REFUSED = "unknown-runtime-is-refused", Workspace, Core, 10 s;
    proves "A workspace of an unknown runtime is refused, and none is made."
    cites "contract 2.3, 422 RUNTIME_UNSUPPORTED"
    needs []
    after ["root-is-listed-once"]
    faults ["unknown-runtime-becomes-default"]
    wrong "A workspace of an unknown runtime is not refused."
    why "A typing error silently becomes the default runtime."
    mend "Answer 422 with the code RUNTIME_UNSUPPORTED before a row is written."
    |life| {
        let mut body = life.workspace_body("no such runtime");
        body["runtime"] = json!("no-such-runtime");
        let answer = life.server.post("/workspaces", body).admin().await?;
        answer.expect(422)?;
        answer.says("code", "RUNTIME_UNSUPPORTED")?;
        let list = life.server.get("/workspaces").admin().await?;
        let name = life.named("no such runtime");
        let made = list.expect(200)?.as_array().is_some_and(|rows| rows.iter().any(|row| row["name"] == name.as_str()));
        ensure(!made, "no row of the refused workspace", || "one".to_owned())
    }
}

life_check! {
    FORCED_RUNTIME_IS_NOT_REPLACED = "forced-runtime-is-not-replaced", Workspace, Core, 30 s;
    proves "A row with an unknown runtime fails when it is provisioned, and no container of another runtime starts."
    cites "contract 3.4, ErrUnresolvableRuntime; never a default"
    needs [Database, World]
    after ["workspace-is-created"]
    faults ["unknown-image-becomes-default"]
    wrong "An unknown runtime is silently replaced by the default one."
    why "The HTTP interface refuses it, but rows also come from imports, migrations and older versions."
    mend "Fail the provision where no image is known for the runtime."
    |life| {
        let doomed = life.create("forced runtime").await?;
        life.until_online(&doomed).await?;
        let old = life.running(&doomed).await?.id;
        life.db()?
            .change("UPDATE workspaces SET runtime = 'no-such-runtime' WHERE id = $1", &[&doomed.id])
            .await?;
        life.server.post(format!("/workspaces/{}/restart", doomed.id), json!({})).admin().await?;
        let failed = wait_for("the row is failed, without a container", || async {
            let status = life.status(doomed.id).await?;
            let container = life.container(&doomed).await?.filter(|container| container.running);
            // The old container may still beat, and be taken for online by that.
            if let Some(new) = container.as_ref().filter(|container| container.id != old) {
                return Err(Failure::new("the row is failed, without a container", format!("{status}, by {}", new.evidence())).into());
            }
            let running = container.is_some();
            Ok(if status == "failed" && !running {
                Seen::Yes(())
            } else {
                Seen::NotYet(format!("{status}, {} a container", if running { "with" } else { "without" }))
            })
        })
        .await;
        discard(life, &doomed).await?;
        failed
    }
}

/// Deletes a workspace of a check's own.
pub(super) async fn discard(
    life: &Life,
    member: &crate::kinds::lifecycle::cast::Member,
) -> Outcome {
    life.server
        .delete(format!("/workspaces/{}?confirm=true", member.id))
        .admin()
        .header("X-Confirm-Name", &member.name)
        .await
        .map(|_| ())
}

life_check! {
    BAD_NAMES_ARE_REFUSED = "bad-names-are-refused", Workspace, Core, 10 s;
    proves "A name with line breaks or characters of YAML is refused."
    cites "contract 2.3, 400 invalid workspace fields"
    needs []
    after ["root-is-listed-once"]
    faults ["names-are-not-looked-at"]
    wrong "A name is taken that breaks the files it is written into."
    why "Names are substituted into prompts and configuration; a line break in one adds keys to them."
    mend "Refuse such names with 400."
    |life| {
        for name in ["two\nlines", "a {brace}", "a | pipe", "an > arrow", "an & anchor", ""] {
            let mut body = life.workspace_body("x");
            body["name"] = json!(name);
            life.server.post("/workspaces", body).admin().await?.refused(400)?;
        }
        Ok(())
    }
}

/// Keys that abort a provision where they are global secrets.
const FORBIDDEN: [&str; 17] = [
    "GITEA_TOKEN",
    "GITEA_PAT",
    "GITHUB_TOKEN",
    "GITHUB_PAT",
    "GH_TOKEN",
    "GITLAB_TOKEN",
    "GL_TOKEN",
    "BITBUCKET_TOKEN",
    "CP_ADMIN_API_TOKEN",
    "CP_ADMIN_TOKEN",
    "INFISICAL_OPERATOR_TOKEN",
    "INFISICAL_BOOTSTRAP_TOKEN",
    "RAILWAY_TOKEN",
    "RAILWAY_PERSONAL_API_TOKEN",
    "HETZNER_TOKEN",
    "HETZNER_API_TOKEN",
    "MOLECULE_OPERATOR_ANYTHING",
];

life_check! {
    FORBIDDEN_KEYS_ABORT = "forbidden-keys-abort", Workspace, Core, 30 s;
    proves "A forbidden key among the global secrets aborts a provision: the row names every key and no value, and no container starts."
    cites "contract 3.2, a forbidden key in global_secrets aborts the provision"
    needs [Disposable, Database, World]
    after ["workspace-is-created"]
    faults ["forbidden-keys-pass", "abort-names-one-key", "abort-tells-values"]
    wrong "A forbidden key reaches a workspace, or the reason of the abort is not told, or tells too much."
    why "A credential of the forge or of the cloud in every agent's environment is one prompt away from anybody."
    mend "Check the merged environment before anything starts; put the sorted names into last_sample_error."
    |life| {
        let db = life.db()?;
        // Past the API, which would restart every workspace with these keys.
        let value = format!("forbidden-{}", life.nonce);
        db.change(
            "INSERT INTO global_secrets (key, encrypted_value, encryption_version) SELECT k, $2::text::bytea, 0 FROM unnest($1::text[]) k ON CONFLICT (key) DO NOTHING",
            &[&FORBIDDEN.to_vec(), &value],
        )
        .await?;
        let tried = provision_forbidden(life, &value).await;
        db.change("DELETE FROM global_secrets WHERE key = ANY($1)", &[&FORBIDDEN.to_vec()]).await?;
        tried
    }
}

async fn provision_forbidden(life: &Life, value: &str) -> Outcome {
    let doomed = life.create("forbidden keys").await?;
    let reason = wait_for("the row is failed", || async {
        let row = life.row(doomed.id).await?;
        if row["status"] == "online" {
            return Err(Failure::new("the row is failed", "online").into());
        }
        Ok(if row["status"] == "failed" {
            Seen::Yes(
                row["last_sample_error"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned(),
            )
        } else {
            Seen::NotYet(row["status"].to_string())
        })
    })
    .await?;
    for key in FORBIDDEN {
        ensure(
            reason.contains(key),
            format!("last_sample_error names {key}"),
            || reason.clone(),
        )?;
    }
    let places = [
        "SELECT count(*) FROM workspaces WHERE workspaces::text LIKE '%' || $1 || '%'",
        "SELECT count(*) FROM workspace_secrets WHERE workspace_secrets::text LIKE '%' || $1 || '%'",
    ];
    for sql in places {
        let found = life.db()?.count(sql, &[&value]).await?;
        ensure_eq("rows that hold the value", &found, &0)?;
    }
    let container = life.container(&doomed).await?;
    discard(life, &doomed).await?;
    ensure(
        container.is_none_or(|container| !container.running),
        "no container",
        || "one that runs".to_owned(),
    )
}

life_check! {
    WORKSPACE_TOKEN_IS_NO_ADMIN = "workspace-token-is-no-admin", Workspace, Core, 10 s;
    proves "A workspace's token opens its own routes, and neither the admin's nor another workspace's."
    cites "contract 2.1, gates AdminAuth and WorkspaceAuth"
    needs []
    after ["sibling-comes-online"]
    faults ["workspace-token-is-admin", "workspace-token-opens-others"]
    wrong "A workspace's token opens more than its own workspace."
    why "Every agent holds such a token."
    mend "Compare the token's workspace with the one in the path; accept none on admin routes while ADMIN_TOKEN is set."
    |life| {
        let worker = life.member(Role::Worker)?;
        let sibling = life.member(Role::Sibling)?;
        let who = || Who::token("the worker", &worker.token);
        life.server.get(format!("/workspaces/{}/secrets", worker.id)).by(who()).await?.expect(200)?;
        life.server.get("/workspaces").by(who()).await?.refused(401)?;
        for path in ["secrets", "model", "tokens"] {
            life.server.get(format!("/workspaces/{}/{path}", sibling.id)).by(who()).await?.refused(401)?;
            life.server.get(format!("/workspaces/{}/{path}", worker.id)).await?.refused(401)?;
        }
        let value: Value = json!({"name": "renamed by another"});
        life.server.patch(format!("/workspaces/{}", sibling.id), value).by(who()).await?.refused(401).map(|_| ())
    }
}
