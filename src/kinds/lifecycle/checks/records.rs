use serde_json::{Value, json};
use uuid::Uuid;

use super::workspace::discard;
use crate::kinds::lifecycle::cast::Role;
use crate::kinds::lifecycle::client::Who;
use crate::kinds::lifecycle::life_check::life_check;
use crate::kinds::lifecycle::steps::{DUMMY_KEY, MANAGEMENT_PLUGIN, MANAGEMENT_SOURCE};
use crate::kinds::lifecycle::stop::{ensure, ensure_eq};
use crate::kinds::lifecycle::wait::{Seen, wait_for};

life_check! {
    LIST_EQUALS_THE_ROWS = "list-equals-the-rows", Records, Core, 10 s;
    proves "The list of workspaces has every row that is not removed, and no other."
    cites "contract 2.3, GET /workspaces"
    needs [Database]
    after ["workspace-is-created"]
    faults ["list-shows-roots-only"]
    wrong "The list of workspaces differs from the rows."
    why "A workspace that is not listed is not watched, not stopped and not paid attention to."
    mend "List every row that is not removed; fail the whole answer where one cannot be read."
    |life| {
        let answer = life.server.get("/workspaces").admin().await?;
        let mut listed: Vec<String> = answer
            .expect(200)?
            .as_array()
            .into_iter()
            .flatten()
            .map(|row| row["id"].as_str().unwrap_or_default().to_owned())
            .collect();
        listed.sort();
        let rows = life.db()?.rows("SELECT id FROM workspaces WHERE status IS DISTINCT FROM 'removed' ORDER BY id::text", &[]).await?;
        let rows: Vec<String> = rows.iter().map(|row| row["id"].as_str().unwrap_or_default().to_owned()).collect();
        ensure_eq("the listed ids", &listed, &rows)
    }
}

life_check! {
    LIST_HIDES_NO_ROW = "list-hides-no-row", Records, Hardened, 10 s;
    proves "A row that cannot be read is not dropped from the list in silence."
    cites "later contract 2.3, any row scan error is a 500; dropping is present at the pinned commit as a flaw"
    needs [Disposable, Database]
    after ["list-equals-the-rows"]
    faults ["list-drops-odd-rows"]
    wrong "The list of workspaces leaves out a row without saying so."
    why "One row with an unforeseen NULL vanishes from every screen, while its container runs on."
    mend "Answer 500 where a row cannot be read, or read what can be there."
    |life| {
        let odd = life.puppet("row without a status", "offline").await?;
        life.db()?.change("UPDATE workspaces SET status = NULL, tier = NULL WHERE id = $1", &[&odd.id]).await?;
        let answer = life.server.get("/workspaces").admin().await;
        life.retire(&[odd.id]).await?;
        let answer = answer?;
        let listed = answer
            .peek()
            .and_then(Value::as_array)
            .is_some_and(|rows| rows.iter().any(|row| row["id"] == odd.id.to_string()));
        ensure(answer.status() == 500 || listed, "the row in the list, or a 500", || answer.status().to_string())
    }
}

life_check! {
    WORKSPACE_IS_SHOWN_WITHOUT_SECRETS = "workspace-is-shown-without-secrets", Records, Core, 10 s;
    proves "One workspace can be read by everybody, without what is not for everybody; unknown ids are told apart."
    cites "contract 2.3, GET /workspaces/:id"
    needs []
    after ["workspace-is-created"]
    faults ["public-view-tells-the-cost"]
    wrong "The public view of a workspace shows too much, or the wrong status for an unknown id."
    why "This route needs no credentials."
    mend "Leave out the stripped fields; answer 400 to what is no id, and 404 to one that is unknown."
    |life| {
        let worker = life.member(Role::Worker)?;
        let answer = life.server.get(format!("/workspaces/{}", worker.id)).await?;
        let body = answer.expect(200)?;
        answer.says("id", worker.id.to_string())?;
        answer.says("name", worker.name.as_str())?;
        for field in ["last_sample_error", "current_task", "budget_limit", "monthly_spend", "workspace_dir"] {
            ensure(body.get(field).is_none_or(Value::is_null), format!("no `{field}`"), || body[field].to_string())?;
        }
        life.server.get("/workspaces/not-an-id").await?.refused(400)?;
        life.server.get(format!("/workspaces/{}", Uuid::new_v4())).await?.refused(404).map(|_| ())
    }
}

life_check! {
    TWINS_ARE_NUMBERED = "twins-are-numbered", Records, Core, 30 s;
    proves "A second workspace of one name is created with a number behind it."
    cites "contract 1.1 and 2.3, name suffixes"
    needs [Database]
    after ["workspace-is-created"]
    faults ["twins-are-refused"]
    wrong "A second workspace of one name is refused, or has the same name."
    why "People press a button twice; agents address each other by name."
    mend "On a name conflict try again with ` (2)`, ` (3)` and so on."
    |life| {
        let twin = life.create("worker").await?;
        let row = life.row(twin.id).await?;
        let name = row["name"].as_str().unwrap_or_default().to_owned();
        let expected = format!("{} (2)", life.named("worker"));
        let twin = crate::kinds::lifecycle::cast::Member { name: name.clone(), ..twin };
        discard(life, &twin).await?;
        ensure_eq("the name of the second one", &name, &expected)
    }
}

life_check! {
    PATCH_CHANGES_THE_ROW = "patch-changes-the-row", Records, Core, 10 s;
    proves "A change of a workspace is in its row afterwards."
    cites "contract 2.3, PATCH /workspaces/:id"
    needs [Database]
    after ["workspace-is-created"]
    faults ["change-forgets-the-role"]
    wrong "A change of a workspace is answered with 200 and not made."
    why "What people set is not what the next provision reads."
    mend "Write the row before answering."
    |life| {
        let worker = life.member(Role::Worker)?;
        let answer = life
            .server
            .patch(format!("/workspaces/{}", worker.id), json!({"role": "looked at by a gate"}))
            .admin()
            .await?;
        answer.expect(200)?;
        answer.says("status", "updated")?;
        let row = life.db()?.row("SELECT role FROM workspaces WHERE id = $1", &[&worker.id]).await?;
        ensure_eq("role", &row["role"], &json!("looked at by a gate"))
    }
}

life_check! {
    PATCH_ADMITS_FAILURE = "patch-admits-failure", Records, Hardened, 10 s;
    proves "A change that the database refuses is refused to the caller as well."
    cites "contract 2.3, a failing write is only logged: present at the pinned commit as a flaw"
    needs [Disposable, Database]
    after ["patch-changes-the-row", "concierge-is-installed"]
    faults ["change-hides-refusals"]
    wrong "A change that the database refused is answered with success."
    why "The caller believes that the workspace has a new name or parent, and goes on from there."
    mend "Return the error of the write: 409 for a conflict, 400 for a violated rule."
    |life| {
        let worker = life.member(Role::Worker)?;
        let concierge = life.member(Role::Concierge)?;
        let taken = life.puppet("taken name", "offline").await?;
        let before = life.row(worker.id).await?;
        let named = life.server.patch(format!("/workspaces/{}", worker.id), json!({"name": taken.name})).admin().await?;
        life.retire(&[taken.id]).await?;
        ensure((400..600).contains(&named.status()), "a refusal of a name that is taken", || named.shown())?;
        let after = life.row(worker.id).await?;
        ensure_eq("name", &after["name"], &before["name"])?;
        let parented = life.server.patch(format!("/workspaces/{}", concierge.id), json!({"parent_id": worker.id})).admin().await?;
        ensure((400..600).contains(&parented.status()), "a refusal of a parent for the root", || parented.shown())?;
        let root = life.row(concierge.id).await?;
        ensure_eq("parent_id of the root", &root["parent_id"], &Value::Null)
    }
}

life_check! {
    WORKSPACE_SECRET_IS_SEALED = "workspace-secret-is-sealed", Records, Core, 10 s;
    proves "A workspace's own secret is stored encrypted and listed without its value."
    cites "contract 1.4 and 2.7, workspace_secrets"
    needs [Database, Encryption]
    after ["workspace-comes-online"]
    faults ["workspace-secrets-in-plain-text"]
    wrong "A workspace's secret is stored in plain text, or shown in the list."
    why "Whoever reads the table or the list has the credential."
    mend "Seal the value with the server's key, and list keys only."
    |life| {
        let worker = life.member(Role::Worker)?;
        let who = || Who::token("the worker", &worker.token);
        let path = format!("/workspaces/{}/secrets", worker.id);
        let answer = life.server.post(path.as_str(), json!({"key": "DRIFTGATE_PROBE", "value": DUMMY_KEY})).by(who()).await?;
        answer.expect(200)?;
        answer.says("key", "DRIFTGATE_PROBE")?;
        let row = life
            .db()?
            .row(
                "SELECT encryption_version, position($2::bytea IN encrypted_value) AS at FROM workspace_secrets WHERE workspace_id = $1 AND key = 'DRIFTGATE_PROBE'",
                &[&worker.id, &DUMMY_KEY.as_bytes()],
            )
            .await?;
        ensure_eq("encryption_version", &row["encryption_version"], &json!(1))?;
        ensure_eq("the place of the plain text in what is stored", &row["at"], &json!(0))?;
        let list = life.server.get(path).by(who()).await?;
        list.expect(200)?;
        ensure(list.shown().contains("DRIFTGATE_PROBE"), "the key in the list", || list.shown())?;
        ensure(!list.shown().contains(DUMMY_KEY), "no value in the list", || "a value".to_owned())?;
        let key = format!("/workspaces/{}/secrets/DRIFTGATE_PROBE", worker.id);
        life.server.delete(key.as_str()).by(who()).await?.expect(200)?;
        life.server.delete(key).by(who()).await?.refused(404).map(|_| ())
    }
}

life_check! {
    REVOKED_TOKEN_IS_REFUSED = "revoked-token-is-refused", Records, Core, 10 s;
    proves "A token that was minted for a workspace works until it is revoked, and not after."
    cites "contract 2.7, tokens"
    needs []
    after ["workspace-comes-online"]
    faults ["revocation-is-not-written"]
    wrong "A token does not work when minted, or still works when revoked."
    why "Revoking is what one does after a leak."
    mend "Look up live tokens only, at every request."
    |life| {
        let worker = life.member(Role::Worker)?;
        let answer = life.server.post(format!("/admin/workspaces/{}/tokens", worker.id), json!({})).admin().await?;
        answer.expect(201)?;
        let token = answer.text("auth_token")?.to_owned();
        let who = || Who::token("a minted token", &token);
        let tokens = format!("/workspaces/{}/tokens", worker.id);
        let list = life.server.get(tokens.as_str()).by(who()).await?;
        let rows = list.expect(200)?["tokens"].as_array().cloned().unwrap_or_default();
        let prefix = &token[..8];
        let Some(id) = rows.iter().find(|row| row["prefix"] == prefix).and_then(|row| row["id"].as_str()) else {
            return Err(list.wrong("a row with the prefix of the minted token"));
        };
        life.server.delete(format!("{tokens}/{id}")).admin().await?.expect(200)?;
        life.server.get(tokens).by(who()).await?.refused(401).map(|_| ())
    }
}

life_check! {
    FILE_COMES_BACK_AS_WRITTEN = "file-comes-back-as-written", Records, Hardened, 20 s;
    proves "A file that is written over the API is in the container with the same bytes, and is read back as it is."
    cites "later contract 2.9, files; the pinned commit writes them into another folder"
    needs [World, Files]
    after ["sibling-comes-online"]
    faults ["files-lose-their-end", "files-land-a-folder-down"]
    wrong "A file changes on its way into the container or back."
    why "Configuration is edited through this route."
    mend "Write and read the bytes of the file as they are."
    |life| {
        let sibling = life.create("files").await?;
        life.until_online(&sibling).await?;
        let content = format!("a note of {}\nwith two lines and ümlauts\n", life.nonce);
        let path = format!("/workspaces/{}/files/driftgate-note.md", sibling.id);
        let written = life.server.put(path.as_str(), json!({"content": content})).admin().await?;
        written.expect(200)?;
        written.says("status", "saved")?;
        // Writing may restart it, sooner or later: what is read in the middle of that says nothing.
        let what = "the file, read while its workspace is online";
        let (seen, read) = wait_for(what, || async {
            let before = life.container(&sibling).await?;
            let seen = life.file(&sibling, "/configs/driftgate-note.md").await;
            let read = life.server.get(path.as_str()).admin().await?;
            let after = life.container(&sibling).await?;
            let status = life.status(sibling.id).await?;
            let ids = [before, after].map(|found| found.map(|container| container.id));
            Ok(if status == "online" && ids[0].is_some() && ids[0] == ids[1] {
                Seen::Yes((seen?, read))
            } else {
                Seen::NotYet(format!("{status}, its container {ids:?}"))
            })
        })
        .await?;
        let same = seen.bytes == content.as_bytes();
        discard(life, &sibling).await?;
        ensure(same, "the same bytes in the container", || String::from_utf8_lossy(&seen.bytes).into_owned())?;
        read.expect(200)?;
        read.says("content", content)
    }
}

life_check! {
    MISSING_FILE_IS_MISSING = "missing-file-is-missing", Records, Hardened, 10 s;
    proves "Reading a file that is not there is a 404, not an empty file."
    cites "later contract 2.9; 200 with empty content is present at the pinned commit as a flaw"
    needs [Files]
    after ["workspace-comes-online"]
    faults ["missing-file-is-empty"]
    wrong "A file that is not there is shown as an empty one."
    why "A check that reads configuration over this route takes missing for empty, and saves an empty one over what comes later."
    mend "Read the exit code of what looks into the container."
    |life| {
        let worker = life.member(Role::Worker)?;
        let path = format!("/workspaces/{}/files/there-is-no-such-file.md", worker.id);
        life.server.get(path).admin().await?.refused(404).map(|_| ())
    }
}

life_check! {
    MANAGEMENT_PLUGIN_IS_FOR_THE_ROOT = "management-plugin-is-for-the-root", Records, Hardened, 20 s;
    proves "The management plugin cannot be given to an ordinary workspace."
    cites "later contract 1.5, declaring it on a non-platform row is refused"
    needs [Database, Plugins]
    after ["workspace-comes-online"]
    faults ["management-plugin-for-all"]
    wrong "An ordinary workspace gets the concierge's own tools."
    why "Every agent with them manages the whole organisation."
    mend "Refuse the plugin by name on every row whose kind is not platform."
    |life| {
        let worker = life.member(Role::Worker)?;
        let before = if life.world.is_some() { life.container(&worker).await? } else { None };
        let body = json!({"source": MANAGEMENT_SOURCE});
        // Where only some plugins are allowed, this one is to be: it must be refused for what it is.
        let allow = "INSERT INTO org_plugin_allowlist (org_id, plugin_name, enabled_by) SELECT DISTINCT org_id, $1, $2 FROM org_plugin_allowlist ON CONFLICT DO NOTHING";
        let who = life.named("guest");
        life.db()?.change(allow, &[&MANAGEMENT_PLUGIN, &who]).await?;
        let answer = life.server.post(format!("/workspaces/{}/plugins", worker.id), body).admin().await;
        life.db()?.change("DELETE FROM org_plugin_allowlist WHERE enabled_by = $1", &[&who]).await?;
        let answer = answer?;
        let mut rows = 0;
        for table in ["workspace_declared_plugins", "workspace_plugins"] {
            let sql = format!("DELETE FROM {table} WHERE workspace_id = $1 AND plugin_name = $2");
            rows += life.db()?.change(&sql, &[&worker.id, &MANAGEMENT_PLUGIN]).await?;
        }
        if answer.status() < 400 {
            // Who gets a plugin is restarted for it, at some moment; no other check is to meet that.
            life.until_online_changed(&worker, before.as_ref().map(|container| container.id.as_str())).await?;
        }
        ensure((400..500).contains(&answer.status()), "a refusal", || answer.shown())?;
        ensure_eq("rows of the plugin", &rows, &0)
    }
}
