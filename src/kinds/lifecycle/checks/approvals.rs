use serde_json::{Value, json};

use crate::kinds::lifecycle::cast::Role;
use crate::kinds::lifecycle::client::{Answer, Who};
use crate::kinds::lifecycle::life::Life;
use crate::kinds::lifecycle::life_check::life_check;
use crate::kinds::lifecycle::stop::{Outcome, Stop, ensure, ensure_eq};

/// Asks for an org token of this name. The server lets ten such calls an hour through; all checks
/// together make seven.
async fn mint(life: &Life, name: &str) -> Outcome<Answer> {
    life.server
        .post("/org/tokens", json!({"name": life.named(name)}))
        .admin()
        .await
}

/// The approval that a gated call waits for.
fn pending(answer: &Answer) -> Outcome<String> {
    answer.expect(202)?;
    answer.says("status", "pending_approval")?;
    Ok(answer.text("approval_id")?.to_owned())
}

/// Decides an approval of the concierge as a person.
async fn decide(life: &Life, approval: &str, decision: &str) -> Outcome<Answer> {
    let concierge = life.member(Role::Concierge)?;
    life.server
        .post(
            format!("/workspaces/{}/approvals/{approval}/decide", concierge.id),
            json!({"decision": decision, "decided_by": "driftgate"}),
        )
        .admin()
        .await
}

life_check! {
    GATED_CALL_PENDS = "gated-call-pends", Approvals, Core, 10 s;
    proves "Minting an org token waits for a person's approval, and mints nothing meanwhile."
    cites "contract 2.8, POST /org/tokens with ADMIN_TOKEN is always gated"
    needs [Disposable, Database, Approvals]
    after ["concierge-is-installed"]
    faults ["mint-ungated", "gated-call-not-listed"]
    wrong "An org token is minted without anybody's approval."
    why "Whoever holds the admin token would silently make further keys that outlive it."
    mend "Write a pending approval with the hash of the request, and answer 202."
    |life| {
        let answer = mint(life, "token").await?;
        let approval = pending(&answer)?;
        answer.says("action", "org_token_mint")?;
        let row = life
            .db()?
            .row("SELECT status, request_hash, consumed_at FROM approval_requests WHERE id::text = $1", &[&approval])
            .await?;
        ensure_eq("status of the approval", &row["status"], &json!("pending"))?;
        ensure(row["request_hash"].as_str().is_some_and(|hash| hash.len() == 64), "a request_hash", || row.to_string())?;
        let minted = life.db()?.count("SELECT count(*) FROM org_api_tokens WHERE name = $1", &[&life.named("token")]).await?;
        ensure_eq("minted tokens", &minted, &0)?;
        let list = life.server.get("/approvals/pending").admin().await?;
        list.expect(200)?;
        ensure(list.shown().contains(&approval) || list.json()?.to_string().contains(&approval), "the approval in the list", || list.shown())?;
        life.remember("approval", approval);
        Ok(())
    }
}

life_check! {
    APPROVAL_IS_BOUND_TO_ITS_CALL = "approval-is-bound-to-its-call", Approvals, Core, 10 s;
    proves "An approval lets through the call that it was given for, and no other."
    cites "contract 2.8, bound to actor, name, workspace"
    needs [Disposable, Database, Approvals]
    after ["gated-call-pends"]
    faults ["approval-for-any-context"]
    wrong "An approval for one call lets another one through."
    why "One approves a harmless name, and something else is done with it."
    mend "Hash workspace, action and context together, and compare the hash."
    |life| {
        let approval = life.recall_text("approval")?;
        decide(life, &approval, "approved").await?.expect(200)?;
        let answer = mint(life, "another token").await?;
        let other = pending(&answer)?;
        ensure(other != approval, "an approval of its own for another name", || other.clone())?;
        life.remember("other approval", other);
        Ok(())
    }
}

life_check! {
    APPROVAL_IS_USED_ONCE = "approval-is-used-once", Approvals, Core, 10 s;
    proves "An approved call goes through once, and the same call again waits for a new approval."
    cites "contract 2.8, single use"
    needs [Disposable, Database, Approvals]
    after ["approval-is-bound-to-its-call"]
    faults ["approval-replayed", "approved-call-waits-on"]
    wrong "An approved call does not go through, or more than once."
    why "A replayed call mints one key after another on one person's word."
    mend "Consume the approval in the statement that finds it."
    |life| {
        let approval = life.recall_text("approval")?;
        let answer = mint(life, "token").await?;
        answer.expect(200)?;
        let token = answer.text("auth_token")?.to_owned();
        life.server.get("/workspaces").by(Who::token("the org token", &token)).await?.expect(200)?;
        let row = life.db()?.row("SELECT consumed_at FROM approval_requests WHERE id::text = $1", &[&approval]).await?;
        ensure(row["consumed_at"].is_string(), "consumed_at is set", || "null".to_owned())?;
        let again = mint(life, "token").await?;
        let next = pending(&again)?;
        ensure(next != approval, "a new approval", || next.clone())?;
        life.remember("next approval", next);
        Ok(())
    }
}

life_check! {
    DENIED_CALL_STAYS_DENIED = "denied-call-stays-denied", Approvals, Core, 10 s;
    proves "A denied call does not go through when it is repeated."
    cites "contract 2.8, denied"
    needs [Disposable, Database, Approvals]
    after ["approval-is-bound-to-its-call"]
    faults ["denied-call-passes"]
    wrong "A call goes through that somebody denied."
    why "A denial that is consumed like an approval is worse than none."
    mend "Consume approved rows only."
    |life| {
        let approval = life.recall_text("other approval")?;
        decide(life, &approval, "denied").await?.expect(200)?;
        let again = mint(life, "another token").await?;
        let next = pending(&again)?;
        ensure(next != approval, "a new approval", || next.clone())?;
        let twice = decide(life, &approval, "approved").await?;
        twice.refused(404)?;
        let minted = life.db()?.count("SELECT count(*) FROM org_api_tokens WHERE name = $1", &[&life.named("another token")]).await?;
        ensure_eq("minted tokens", &minted, &0)
    }
}

life_check! {
    APPROVAL_IS_NOT_SHARED = "approval-is-not-shared", Approvals, Core, 10 s;
    proves "Of two identical calls at the same moment one approval lets exactly one through."
    cites "contract 1.6, consume is race-safe"
    needs [Disposable, Database, Approvals]
    after ["approval-is-used-once"]
    faults ["approval-shared"]
    wrong "One approval lets two calls at the same moment through, or none."
    why "Retries overlap: a client that gives up early has two calls on their way."
    mend "Consume with FOR UPDATE SKIP LOCKED."
    |life| {
        let approval = life.recall_text("next approval")?;
        decide(life, &approval, "approved").await?.expect(200)?;
        let (one, two) = futures_util::future::try_join(mint(life, "token"), mint(life, "token")).await?;
        let mut statuses = [one.status(), two.status()];
        statuses.sort_unstable();
        ensure_eq("the statuses", &statuses, &[200, 202])
    }
}

life_check! {
    AGENT_DOES_NOT_APPROVE_ITSELF = "agent-does-not-approve-itself", Approvals, Hardened, 10 s;
    proves "A workspace cannot decide its own approval."
    cites "contract 2.8, an agent can approve itself: present at the pinned commit as a flaw"
    needs [Database, Approvals]
    after ["workspace-comes-online"]
    faults ["agent-decides-its-own"]
    wrong "An agent approved its own request."
    why "The person who was to be asked is not."
    mend "Refuse decisions by the token of the workspace that asks."
    |life| {
        let worker = life.member(Role::Worker)?;
        let path = format!("/workspaces/{}/approvals", worker.id);
        let who = || Who::token("the worker", &worker.token);
        let asked = life.server.post(path.as_str(), json!({"action": "self", "reason": "to see whether it may"})).by(who()).await?;
        asked.expect(201)?;
        let approval = asked.text("approval_id")?.to_owned();
        let decided = life
            .server
            .post(format!("{path}/{approval}/decide"), json!({"decision": "approved", "decided_by": "myself"}))
            .by(who())
            .await?;
        ensure(matches!(decided.status(), 401 | 403), "a refusal", || decided.shown())?;
        let row = life.db()?.row("SELECT status FROM approval_requests WHERE id::text = $1", &[&approval]).await?;
        ensure_eq("status of the approval", &row["status"], &json!("pending"))
    }
}

life_check! {
    REQUESTED_APPROVAL_IS_DECIDED_ONCE = "requested-approval-is-decided-once", Approvals, Core, 10 s;
    proves "A workspace's request for approval is listed, decided once, and can be withdrawn only while it waits."
    cites "contract 2.8, approvals"
    needs [Approvals]
    after ["workspace-comes-online"]
    faults ["approval-decided-twice", "withdrawn-may-be-decided"]
    wrong "An approval can be decided twice, or withdrawn when it was decided."
    why "What was allowed or forbidden must not change behind the back of who acted on it."
    mend "Decide and withdraw pending rows only."
    |life| {
        let worker = life.member(Role::Worker)?;
        let path = format!("/workspaces/{}/approvals", worker.id);
        let ask = || async {
            let body = json!({"action": "deploy", "reason": "it is time", "context": {"to": "production"}});
            let asked = life.server.post(path.as_str(), body).by(Who::token("the worker", &worker.token)).await?;
            asked.expect(201)?;
            asked.says("status", "pending")?;
            Ok::<_, Stop>(asked.text("approval_id")?.to_owned())
        };
        let decided = ask().await?;
        let decision = |decision: &str| json!({"decision": decision, "decided_by": "driftgate"});
        let url = format!("{path}/{decided}/decide");
        life.server.post(url.as_str(), decision("perhaps")).admin().await?.refused(400)?;
        let answer = life.server.post(url.as_str(), decision("denied")).admin().await?;
        answer.expect(200)?;
        answer.says("status", "denied")?;
        life.server.post(url, decision("approved")).admin().await?.refused(404)?;
        let withdrawn = ask().await?;
        let answer = life.server.post(format!("{path}/{withdrawn}/withdraw"), json!({})).by(Who::token("the worker", &worker.token)).await?;
        answer.expect(200)?;
        answer.says("status", "withdrawn")?;
        life.server.post(format!("{path}/{withdrawn}/decide"), decision("approved")).admin().await?.refused(404).map(|_| ())
    }
}

life_check! {
    SECRET_WRITE_IS_GATED = "secret-write-is-gated", Approvals, Hardened, 10 s;
    proves "A secret that an administrator writes into a workspace waits for approval, and none can be written into the concierge."
    cites "later contract 2.7, secret_write; over HTTP ungated is present at the pinned commit as a flaw"
    needs [Disposable, Database, Approvals]
    after ["concierge-is-installed"]
    faults ["secret-write-ungated", "concierge-secrets-writable"]
    wrong "The admin token writes a workspace's secrets without anybody's approval."
    why "Whoever replaces an agent's credential reads everything that it sends from then on."
    mend "Set the mark of the admin token's caller on workspace routes too, and gate by it."
    |life| {
        // One without a container: a secret that is written would restart it.
        let puppet = life.puppet("owner of a secret", "offline").await?;
        let concierge = life.member(Role::Concierge)?;
        let body = json!({"key": "DRIFTGATE_GATED", "value": "a value of eighteen"});
        let answer = life.server.post(format!("/workspaces/{}/secrets", puppet.id), body.clone()).admin().await?;
        let blocked = life.server.post(format!("/workspaces/{}/secrets", concierge.id), body).admin().await?;
        let written = life.db()?.change("DELETE FROM workspace_secrets WHERE key = 'DRIFTGATE_GATED'", &[]).await?;
        life.retire(&[puppet.id]).await?;
        pending(&answer)?;
        blocked.refused(403)?;
        blocked.says("code", "CONCIERGE_SELF_WRITE_BLOCKED")?;
        ensure_eq("written secrets", &written, &0)
    }
}

life_check! {
    USER_TASK_IS_RESOLVED = "user-task-is-resolved", Approvals, Core, 10 s;
    proves "A task for a person is listed until it is resolved, and belongs to its workspace alone."
    cites "contract 2.8, user-tasks"
    needs [UserTasks]
    after ["sibling-comes-online"]
    faults ["task-not-listed", "foreign-task-resolved", "resolved-task-stays-listed"]
    wrong "A task for a person is lost, stays for ever, or can be resolved through another workspace."
    why "The agent waits for the person, and the person sees nothing."
    mend "List pending tasks, resolve them once, and look them up by workspace and id."
    |life| {
        let worker = life.member(Role::Worker)?;
        let sibling = life.member(Role::Sibling)?;
        let path = format!("/workspaces/{}/user-tasks", worker.id);
        let who = || Who::token("the worker", &worker.token);
        life.server.post(path.as_str(), json!({"detail": "without a title"})).by(who()).await?.refused(400)?;
        let made = life.server.post(path.as_str(), json!({"title": life.named("task"), "detail": "please look"})).by(who()).await?;
        made.expect(201)?;
        made.says("status", "pending")?;
        let task = made.text("user_task_id")?.to_owned();
        let is_listed = |list: &Value| list.to_string().contains(&task);
        let list = life.server.get("/user-tasks/pending").admin().await?;
        ensure(is_listed(list.expect(200)?), "the task in the list", || list.shown())?;
        let foreign = format!("/workspaces/{}/user-tasks/{task}/resolve", sibling.id);
        let done = json!({"status": "done", "resolved_by": "driftgate"});
        life.server.post(foreign, done.clone()).admin().await?.refused(404)?;
        let resolve = format!("{path}/{task}/resolve");
        life.server.post(resolve.as_str(), json!({"status": "half"})).admin().await?.refused(400)?;
        let answer = life.server.post(resolve, done).admin().await?;
        answer.expect(200)?;
        answer.says("status", "done")?;
        let list = life.server.get("/user-tasks/pending").admin().await?;
        ensure(!is_listed(list.expect(200)?), "no resolved task in the list", || list.shown())
    }
}

life_check! {
    REQUEST_IS_ANSWERED_BY_ANOTHER = "request-is-answered-by-another", Approvals, Core, 10 s;
    proves "A request of an agent to a person is answered by the person, and not by the agent itself."
    cites "contract 2.8, requests: 400 also for a self-response"
    needs [Requests]
    after ["workspace-comes-online"]
    faults ["requester-answers-itself"]
    wrong "A request is not answered, or by who made it."
    why "It is the newer form of approvals, with the same temptation."
    mend "Compare the responder with the requester."
    |life| {
        let worker = life.member(Role::Worker)?;
        let path = format!("/workspaces/{}/requests", worker.id);
        let who = || Who::token("the worker", &worker.token);
        let body = json!({"kind": "approval", "recipient_type": "user", "recipient_id": "somebody", "title": life.named("request")});
        let made = life.server.post(path.as_str(), body).by(who()).await?;
        made.expect(201)?;
        let request = made.text("request_id")?.to_owned();
        let respond = format!("{path}/{request}/respond");
        let own = json!({"action": "approved", "responder_type": "agent", "responder_id": worker.id});
        let refused = life.server.post(respond.as_str(), own).by(who()).await?;
        ensure(matches!(refused.status(), 400 | 403), "a refusal of the agent's own response", || refused.shown())?;
        let person = json!({"action": "approved", "responder_type": "user", "responder_id": "somebody"});
        let answer = life.server.post(format!("/requests/{request}/respond"), person).admin().await?;
        answer.expect(200)?;
        answer.says("status", "approved")
    }
}
