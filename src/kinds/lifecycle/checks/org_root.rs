use serde_json::{Value, json};
use uuid::Uuid;

use crate::kinds::lifecycle::cast::{Member, Role};
use crate::kinds::lifecycle::failure::Failure;
use crate::kinds::lifecycle::life::Life;
use crate::kinds::lifecycle::life_check::life_check;
use crate::kinds::lifecycle::stop::{Outcome, Stop, ensure, ensure_eq};

/// The whole organisation as far as an install may touch it.
async fn snapshot(life: &Life) -> Outcome<Vec<Value>> {
    life.db()?
        .rows(
            "SELECT w.id, w.name, w.kind, w.tier, w.status::text AS status, w.runtime, w.parent_id, \
             w.template, w.broadcast_enabled, \
             (SELECT jsonb_agg(t.prefix ORDER BY t.prefix) FROM org_api_tokens t WHERE t.org_id = w.id) AS tokens, \
             (SELECT jsonb_agg(a.plugin_name ORDER BY a.plugin_name) FROM org_plugin_allowlist a WHERE a.org_id = w.id) AS allowed \
             FROM workspaces w ORDER BY w.id",
            &[],
        )
        .await
}

/// Demands that nothing of the organisation changed.
fn unchanged(before: &[Value], after: &[Value]) -> Outcome {
    let Some((was, is)) = before.iter().zip(after).find(|(was, is)| was != is) else {
        return ensure_eq("the number of workspaces", &after.len(), &before.len());
    };
    Err(Failure::new(format!("the row stays {was}"), is.to_string()).into())
}

/// Gives a root an org token and allowed plugins.
async fn furnish(life: &Life, root: Uuid, plugins: &[&str]) -> Outcome {
    let db = life.db()?;
    let hash = Uuid::new_v4();
    db.change(
        "INSERT INTO org_api_tokens (token_hash, prefix, name, org_id) VALUES (decode(md5($1::text), 'hex'), left($1::text, 8), 'driftgate', $2)",
        &[&hash.to_string(), &root],
    )
    .await?;
    for plugin in plugins {
        db.change(
            "INSERT INTO org_plugin_allowlist (org_id, plugin_name, enabled_by) VALUES ($1, $2, 'driftgate')",
            &[&root, plugin],
        )
        .await?;
    }
    Ok(())
}

/// A root that is no platform root.
async fn plain_root(life: &Life, name: &str, status: &str) -> Outcome<Uuid> {
    let id = Uuid::new_v4();
    let sql = format!(
        "INSERT INTO workspaces (id, name, status, runtime) VALUES ($1, $2, '{status}', 'external')"
    );
    life.db()?.change(&sql, &[&id, &life.named(name)]).await?;
    Ok(id)
}

life_check! {
    INSTALL_WRITES_THE_ROOT = "install-writes-the-root", OrgRoot, Core, 10 s;
    proves "An install writes the row of the organisation's root, and starts nothing."
    cites "contract 2.2, org root install"
    needs [Disposable, Database]
    after ["admin-token-admits", "migrations-applied"]
    faults ["install-forgets-the-template"]
    wrong "An install does not leave the row that it must."
    why "The row is all that later steps go by: tier, template and parent decide how the concierge is provisioned."
    mend "Write kind platform, tier 0, status offline, template platform-agent, and no parent, in one statement."
    |life| {
        let id = Uuid::new_v4();
        let name = life.named("first root");
        let answer = life.install(id, &name).await?;
        answer.expect(200)?;
        answer.says("status", "installed")?;
        answer.says("platform_agent_id", id.to_string())?;
        answer.says("kind", "platform")?;
        let row = life.row(id).await?;
        for (column, expected) in [
            ("name", json!(name)),
            ("kind", json!("platform")),
            ("tier", json!(0)),
            ("status", json!("offline")),
            ("runtime", json!("claude-code")),
            ("parent_id", Value::Null),
            ("template", json!("platform-agent")),
        ] {
            ensure_eq(column, &row[column], &expected)?;
        }
        ensure_eq("the platform root", &life.platform_root().await?, &id)?;
        life.enter(Role::FakeRoot, Member { id, name, token: String::new() });
        Ok(())
    }
}

life_check! {
    INSTALL_REFUSES_BAD_BODIES = "install-refuses-bad-bodies", OrgRoot, Core, 10 s;
    proves "An install without an id, or without JSON, is refused and changes nothing."
    cites "contract 2.2, 400 invalid request body"
    needs [Disposable, Database]
    after ["install-writes-the-root"]
    faults ["install-makes-up-an-id"]
    wrong "An install with a bad body is not refused as one."
    why "A root that nobody asked for displaces the one that is there."
    mend "Answer 400 before anything is written."
    |life| {
        let before = snapshot(life).await?;
        let path = "/admin/org/platform-agent";
        life.server.post(path, json!({"name": life.named("nameless")})).admin().await?.refused(400)?;
        life.server.post(path, json!({})).raw("{not json").admin().await?.refused(400)?;
        unchanged(&before, &snapshot(life).await?)
    }
}

life_check! {
    INSTALL_AGAIN_CHANGES_NOTHING = "install-again-changes-nothing", OrgRoot, Core, 10 s;
    proves "A second install of the same id keeps name, status, tier and broadcasting as they were."
    cites "contract 2.2, ON CONFLICT (id) preserves name, status, tier, broadcast_enabled"
    needs [Disposable, Database]
    after ["install-writes-the-root"]
    faults ["install-overwrites-the-name", "install-resets-the-status", "install-resets-the-tier", "install-resets-broadcasting"]
    wrong "A repeated install overwrites what an administrator or the life itself had set."
    why "Installs are repeated by every deployment; one that resets the status takes a running concierge off line."
    mend "On conflict write kind, parent and template, and nothing else."
    |life| {
        let id = life.member(Role::FakeRoot)?.id;
        let name = life.named("renamed root");
        life.db()?
            .change(
                "UPDATE workspaces SET name = $2, status = 'paused', tier = 3, runtime = 'claude-code', broadcast_enabled = NOT broadcast_enabled WHERE id = $1",
                &[&id, &name],
            )
            .await?;
        let before = snapshot(life).await?;
        let answer = life.install(id, &life.named("other name")).await?;
        answer.expect(200)?;
        let after = snapshot(life).await?;
        life.db()?
            .change("UPDATE workspaces SET status = 'offline', tier = 0 WHERE id = $1", &[&id])
            .await?;
        unchanged(&before, &after)
    }
}

life_check! {
    INSTALL_KEEPS_THE_RUNTIME = "install-keeps-the-runtime", OrgRoot, Hardened, 10 s;
    proves "A second install of the same id keeps the runtime that the concierge was switched to."
    cites "later contract 2.2, ON CONFLICT (id) preserves the runtime"
    needs [Disposable, Database]
    after ["install-writes-the-root"]
    faults ["install-resets-the-runtime"]
    wrong "A repeated install sets the runtime back."
    why "The next restart then brings up the old runtime, with another model and other tools, and nobody asked for it."
    mend "Leave the runtime out of what is written on conflict."
    |life| {
        let id = life.member(Role::FakeRoot)?.id;
        let db = life.db()?;
        db.change("UPDATE workspaces SET runtime = 'codex' WHERE id = $1", &[&id]).await?;
        life.install(id, &life.named("again")).await?.expect(200)?;
        let row = life.row(id).await?;
        db.change("UPDATE workspaces SET runtime = 'claude-code' WHERE id = $1", &[&id]).await?;
        ensure_eq("runtime", &row["runtime"], &json!("codex"))
    }
}

/// Takes a root out of the way that an install should have spared: no later check expects it.
async fn retire_displaced(life: &Life, root: Uuid) -> Outcome {
    if life.platform_root().await? == root {
        return Ok(());
    }
    life.retire(&[root]).await
}

life_check! {
    INSTALL_REFUSES_FOREIGN_RUNTIMES = "install-refuses-foreign-runtimes", OrgRoot, Hardened, 10 s;
    proves "An install with a runtime that the server cannot provision is refused and changes nothing."
    cites "later contract 2.2, 422 RUNTIME_UNSUPPORTED"
    needs [Disposable, Database]
    after ["install-writes-the-root"]
    faults ["install-takes-any-runtime", "install-ignores-the-runtime"]
    wrong "An install takes a runtime that can never come up."
    why "The root is then there, holds the only slot, and cannot be started."
    mend "Answer 422 with the code RUNTIME_UNSUPPORTED for unknown, external and mock runtimes."
    |life| {
        let before = snapshot(life).await?;
        for runtime in ["no-such-runtime", "external", "mock"] {
            let body = json!({"id": Uuid::new_v4(), "name": life.named(runtime), "runtime": runtime});
            let root = life.platform_root().await?;
            let answer = life.server.post("/admin/org/platform-agent", body).admin().await?;
            retire_displaced(life, root).await?;
            answer.expect(422)?;
            answer.says("code", "RUNTIME_UNSUPPORTED")?;
        }
        unchanged(&before, &snapshot(life).await?)
    }
}

life_check! {
    INSTALL_SPARES_A_LIVE_ROOT = "install-spares-a-live-root", OrgRoot, Hardened, 10 s;
    proves "An install never displaces another root that is online or degraded."
    cites "later contract 2.2, 409 PLATFORM_ROOT_ONLINE"
    needs [Disposable, Database]
    after ["install-writes-the-root"]
    faults ["install-displaces-an-online-root", "install-displaces-a-degraded-root"]
    wrong "An install displaces a root that is live."
    why "A concierge in service is demoted to a plain workspace, with its tokens and children taken away, by one wrong id."
    mend "Look at the other root's status inside the transaction, and answer 409 where it is online or degraded."
    |life| {
        for status in ["online", "degraded"] {
            let root = life.puppet_root(status, true).await?;
            let before = snapshot(life).await?;
            let answer = life.install(Uuid::new_v4(), &life.named("usurper")).await?;
            let after = snapshot(life).await?;
            retire_displaced(life, root.id).await?;
            answer.expect(409)?;
            answer.says("code", "PLATFORM_ROOT_ONLINE")?;
            answer.says("platform_agent_id", root.id.to_string())?;
            unchanged(&before, &after)?;
        }
        life.puppet_root("offline", true).await.map(|_| ())
    }
}

life_check! {
    INSTALL_IS_ONE_TRANSACTION = "install-is-one-transaction", OrgRoot, Core, 10 s;
    proves "An install that fails half-way leaves the old root with its children, tokens and plugins."
    cites "contract 2.2, displacing a root of the same name is 500 and rolled back"
    needs [Disposable, Database]
    after ["install-writes-the-root"]
    faults ["install-keeps-its-first-step"]
    wrong "An install that failed left its first steps behind."
    why "The old root is demoted, the new one is not there: the organisation has no root, and no call repairs that."
    mend "Do every step in one transaction, and roll it back on any error."
    |life| {
        let root = life.puppet_root("offline", true).await?;
        let name = life.named("root with a name");
        let db = life.db()?;
        db.change("UPDATE workspaces SET name = $2 WHERE id = $1", &[&root.id, &name]).await?;
        let child = life.puppet("child of the root", "offline").await?;
        furnish(life, root.id, &["kept-plugin"]).await?;
        let before = snapshot(life).await?;
        let answer = life.install(Uuid::new_v4(), &name).await?;
        let after = snapshot(life).await?;
        life.retire(&[child.id]).await?;
        answer.expect_any(&[500, 409])?;
        unchanged(&before, &after)
    }
}

life_check! {
    INSTALL_ADOPTS_EARLIER_ROOTS = "install-adopts-earlier-roots", OrgRoot, Core, 10 s;
    proves "An install takes every earlier root below the new one, removed ones too, with their tokens and the union of their plugins."
    cites "contract 2.2, steps 1 to 4 of the transaction"
    needs [Disposable, Database]
    after ["install-writes-the-root"]
    faults ["removed-roots-not-adopted", "org-tokens-left-behind", "allowlist-not-merged", "allowlist-fails-on-twins", "allowlist-left-behind"]
    wrong "An install leaves something of an earlier root behind."
    why "A token that stays with the old root stops working for the organisation; a list of allowed plugins that is lost lets everything in."
    mend "Re-parent all rows without a parent, move org_api_tokens.org_id, and merge org_plugin_allowlist without failing on what both have."
    |life| {
        let db = life.db()?;
        let old = life.puppet_root("offline", true).await?.id;
        let live = plain_root(life, "plain root", "offline").await?;
        let removed = plain_root(life, "removed root", "removed").await?;
        furnish(life, old, &["of-the-old-root", "shared-plugin"]).await?;
        furnish(life, live, &["shared-plugin", "of-the-live-root"]).await?;
        furnish(life, removed, &["shared-plugin", "of-the-removed-root"]).await?;
        let tokens = db.count("SELECT count(*) FROM org_api_tokens WHERE org_id = ANY($1)", &[&vec![old, live, removed]]).await?;
        let plugins = db
            .rows("SELECT DISTINCT plugin_name FROM org_plugin_allowlist WHERE org_id = ANY($1) ORDER BY plugin_name", &[&vec![old, live, removed]])
            .await?;
        let new = Uuid::new_v4();
        let name = life.named("adopting root");
        life.install(new, &name).await?.expect(200)?;
        life.enter(Role::FakeRoot, Member { id: new, name, token: String::new() });
        for (what, id) in [("platform", old), ("live", live), ("removed", removed)] {
            let row = life.row(id).await?;
            ensure_eq(&format!("parent_id of the earlier {what} root"), &row["parent_id"], &json!(new))?;
            ensure_eq(&format!("kind of the earlier {what} root"), &row["kind"], &json!("workspace"))?;
        }
        let moved = db.count("SELECT count(*) FROM org_api_tokens WHERE org_id = $1", &[&new]).await?;
        ensure_eq("the number of org tokens of the new root", &moved, &tokens)?;
        let merged = db.rows("SELECT plugin_name FROM org_plugin_allowlist WHERE org_id = $1 ORDER BY plugin_name", &[&new]).await?;
        ensure_eq("the allowed plugins of the new root", &merged, &plugins)?;
        let left = db.count("SELECT count(*) FROM org_plugin_allowlist WHERE org_id = ANY($1)", &[&vec![old, live, removed]]).await?;
        ensure_eq("the allowed plugins left with earlier roots", &left, &0)?;
        life.retire(&[old, live]).await
    }
}

/// Asks for all these installs at once; returns their statuses, sorted.
async fn at_once(life: &Life, installs: Vec<(Uuid, String)>) -> Outcome<Vec<u16>> {
    let asked = installs
        .iter()
        .map(|(id, name)| async { Ok::<_, Stop>(life.install(*id, name).await?.status()) });
    let mut statuses = futures_util::future::try_join_all(asked).await?;
    statuses.sort_unstable();
    Ok(statuses)
}

/// How many installs come at once.
const AT_ONCE: usize = 16;

life_check! {
    INSTALLS_AT_ONCE_MAKE_ONE_ROOT = "installs-at-once-make-one-root", OrgRoot, Core, 20 s;
    proves "Sixteen installs of sixteen ids at once leave exactly one platform root, and every other former root below it."
    cites "contract 1.1 and 2.2, one platform root"
    needs [Disposable, Database]
    after ["install-writes-the-root"]
    faults ["loser-leaves-its-row"]
    wrong "Installs at once leave another number of roots than one, or rows without a parent."
    why "Two deployments that start together are an ordinary day."
    mend "Let the unique index decide, and do the whole install in one transaction that holds the former roots."
    |life| {
        let before = life.puppet_root("offline", true).await?.id;
        let ids: Vec<Uuid> = (0..AT_ONCE).map(|_| Uuid::new_v4()).collect();
        let installs = ids.iter().enumerate().map(|(number, id)| (*id, life.named(&format!("contender {number}")))).collect();
        let statuses = at_once(life, installs).await?;
        ensure(
            statuses.contains(&200) && statuses.iter().all(|status| [200, 409, 500].contains(status)),
            "some installs succeed, and the others are refused",
            || format!("{statuses:?}"),
        )?;
        let root = life.platform_root().await?;
        ensure(ids.contains(&root), "one of the installed ids is the root", || root.to_string())?;
        let strays = life
            .db()?
            .count("SELECT count(*) FROM workspaces WHERE parent_id IS NULL AND kind <> 'platform'", &[])
            .await?;
        ensure_eq("the number of rows without a parent beside the root", &strays, &0)?;
        let losers: Vec<Uuid> = ids.into_iter().chain([before]).filter(|id| *id != root).collect();
        life.retire(&losers).await?;
        life.puppet_root("offline", true).await.map(|_| ())
    }
}

life_check! {
    INSTALLS_OF_ONE_ID_ALL_SUCCEED = "installs-of-one-id-all-succeed", OrgRoot, Hardened, 20 s;
    proves "Sixteen installs of one id at once all succeed, and leave one root."
    cites "later contract 2.2, idempotent on repeat"
    needs [Disposable, Database]
    after ["install-writes-the-root"]
    faults ["repeat-at-once-refused"]
    wrong "An install that is repeated at the same moment fails."
    why "The losing deployment stops with an error, although what it wanted is there."
    mend "Take a lock that installs share before looking at the other roots."
    |life| {
        let before = life.puppet_root("offline", true).await?.id;
        let id = Uuid::new_v4();
        let installs = (0..AT_ONCE).map(|_| (id, life.named("one id"))).collect();
        let statuses = at_once(life, installs).await?;
        ensure_eq("the statuses", &statuses, &vec![200; AT_ONCE])?;
        ensure_eq("the platform root", &life.platform_root().await?, &id)?;
        life.retire(&[before]).await?;
        life.puppet_root("offline", true).await.map(|_| ())
    }
}
