use serde_json::{Value, json};

use crate::kinds::lifecycle::cast::{Member, Role};
use crate::kinds::lifecycle::client::Who;
use crate::kinds::lifecycle::ear::{Ear, Manner};
use crate::kinds::lifecycle::life::Life;
use crate::kinds::lifecycle::life_check::life_check;
use crate::kinds::lifecycle::steps::reply_of;
use crate::kinds::lifecycle::stop::{Outcome, ensure, ensure_eq};
use crate::kinds::lifecycle::wait::{Seen, wait_for};

life_check! {
    AGENT_REPLIES = "agent-replies", Messages, Core, 60 s;
    proves "A message to a workspace is answered by its agent with a text."
    cites "contract 2.6, A2A, and 4.2, the stub's reply"
    needs [A2a]
    after ["workspace-comes-online"]
    faults ["queued-reply", "empty-reply", "error-reply"]
    wrong "A message to a workspace is not answered by its agent."
    why "A queued message, an empty body and an error with status 200 have all been counted as replies."
    mend "Return the runtime's own body; follow a queued message to its end."
    |life| {
        let worker = life.member(Role::Worker)?;
        if life.database.is_some() {
            wait_for("the worker has an address", || async {
                let row = life.row(worker.id).await?;
                Ok(if row["url"].as_str().is_some_and(|url| !url.is_empty()) { Seen::Yes(()) } else { Seen::NotYet(format!("none, {}", row["status"])) })
            })
            .await?;
        }
        life.ask(worker.id, "ping").await.map(|_| ())
    }
}

life_check! {
    REPLY_IS_TO_THE_MESSAGE = "reply-is-to-the-message", Messages, Hardened, 60 s;
    proves "The reply answers this very message: a word that was never said before comes back."
    cites "later contract 5.4, answers with what was asked for"
    needs [A2a]
    after ["agent-replies"]
    faults ["deaf-reply", "error-text-reply"]
    wrong "The reply has nothing to do with the message."
    why "A canned answer, or that of another conversation, passes for a working agent."
    mend "Let the runtime hand the message to its agent, and the agent's words back."
    |life| {
        let worker = life.member(Role::Worker)?;
        let word = uuid::Uuid::new_v4().simple().to_string();
        let text = life.ask(worker.id, &format!("echo: {word}")).await?;
        ensure(text.contains(&word), format!("a reply with {word}"), || text.clone())
    }
}

life_check! {
    UNKNOWN_METHOD_IS_AN_ERROR = "unknown-method-is-an-error", Messages, Core, 20 s;
    proves "A method that the agent does not know is answered with its own error."
    cites "contract 4.2, error -32601"
    needs [A2a]
    after ["agent-replies"]
    faults ["rpc-error-rewritten"]
    wrong "An unknown method is not answered with the error for it."
    why "Callers fall back to older methods by this number."
    mend "Answer -32601 in the runtime, and pass it on."
    |life| {
        let worker = life.member(Role::Worker)?;
        let body = json!({"method": "message/juggle", "params": {"message": {"role": "user", "parts": [{"kind": "text", "text": "ping"}]}}});
        let answer = life.server.post(format!("/workspaces/{}/a2a", worker.id), body).await?;
        let error = &answer.expect(200)?["error"];
        ensure_eq("the code of the error", &error["code"], &json!(-32601))
    }
}

life_check! {
    EMPTY_MESSAGE_IS_REFUSED = "empty-message-is-refused", Messages, Core, 10 s;
    proves "A message without parts, or without JSON, is refused before it reaches the agent."
    cites "contract 2.6, 400"
    needs [A2a]
    after ["workspace-comes-online"]
    faults ["empty-message-passes", "broken-message-passes"]
    wrong "A message that says nothing is passed on."
    why "It wakes an agent, and costs tokens, for nothing."
    mend "Answer 400 where there is no JSON or no part."
    |life| {
        let worker = life.member(Role::Worker)?;
        let path = format!("/workspaces/{}/a2a", worker.id);
        life.server.post(path.as_str(), json!({})).raw("{not json").await?.refused(400)?;
        let body = json!({"method": "message/send", "params": {"message": {"role": "user", "parts": []}}});
        life.server.post(path, body).await?.refused(400).map(|_| ())
    }
}

life_check! {
    CALLERS_ARE_WHO_THEY_SAY = "callers-are-who-they-say", Messages, Core, 10 s;
    proves "Nobody sends in the name of the system, nor in that of a workspace without its token."
    cites "contract 2.6, caller"
    needs [A2a]
    after ["sibling-comes-online"]
    faults ["system-callers-believed", "callers-believed"]
    wrong "Somebody sent a message in another's name."
    why "Agents trust what comes from the system and from their own organisation."
    mend "Refuse system prefixes with 403, and a workspace with live tokens but without its bearer with 401."
    |life| {
        let worker = life.member(Role::Worker)?;
        let sibling = life.member(Role::Sibling)?;
        for prefix in ["system:restart-context", "webhook:x", "channel:x", "test:x"] {
            life.message(worker.id, Who::Claimed(prefix.to_owned()), "ping", None).await?.refused(403)?;
        }
        let claimed = Who::Claimed(sibling.id.to_string());
        life.message(worker.id, claimed, "ping", None).await?.refused(401).map(|_| ())
    }
}

/// A row whose runtime the harness plays, online, with an ear to hear messages.
async fn listener(life: &Life, manner: Manner) -> Outcome<(Member, Ear)> {
    let ear = Ear::open(manner).await?;
    let puppet = life
        .puppet(&format!("listener {}", ear.url()), "offline")
        .await?;
    let answer = life
        .register(puppet.id, Who::Nobody, json!({"url": ear.url()}))
        .await?;
    answer.expect(200)?;
    let token = answer.text("auth_token")?.to_owned();
    let puppet = Member { token, ..puppet };
    life.beat(puppet.id)
        .by(Life::as_member(&puppet))
        .taken()
        .await?;
    Ok((puppet, ear))
}

life_check! {
    QUEUED_MESSAGE_IS_DELIVERED = "queued-message-is-delivered", Messages, Core, 40 s;
    proves "A message to an agent that hangs up is queued, delivered later, and its reply kept with it."
    cites "contract 1.6 and 2.6, queue with response_body"
    needs [A2a, A2aQueue, Database, Loopback]
    after ["registering-mints-a-token"]
    faults ["queued-reply-not-kept", "queued-message-not-sent"]
    wrong "A message to a busy agent is lost, or its reply is."
    why "The sender was told that it is queued, and waits for a reply that nobody has."
    mend "Drain the queue at a heartbeat with a free slot, and store the runtime's body with the completed item."
    |life| {
        let (puppet, ear) = listener(life, Manner::HangUp).await?;
        let who = || Life::as_member(&puppet);
        let text = format!("queued {}", life.nonce);
        let answer = life.message(puppet.id, Who::Nobody, &text, None).await?;
        answer.expect(202)?;
        answer.says("queued", true)?;
        let queue_id = answer.text("queue_id")?.to_owned();
        ear.behave(Manner::Reply(format!("at last {}", life.nonce)));
        let row = life.status(puppet.id).await?;
        life.journal.saw("the puppet's status after hanging up", row);
        let path = format!("/workspaces/{}/a2a/queue/{queue_id}", puppet.id);
        let done = wait_for("the queued message is completed", || async {
            life.beat(puppet.id).by(who()).with(json!({"active_tasks": 0})).send().await?;
            let answer = life.server.get(path.as_str()).by(who()).await?;
            let item = answer.expect(200)?.clone();
            Ok(match item["status"].as_str() {
                Some("completed") => Seen::Yes(item),
                other => Seen::NotYet(format!("{} after {} attempts", other.unwrap_or("null"), item["attempts"])),
            })
        })
        .await;
        life.retire(&[puppet.id]).await?;
        let done = done?;
        ensure(ear.heard().iter().any(|heard| heard == &text), "the message at the agent", || format!("{:?}", ear.heard()))?;
        let said = done["response_body"]["result"]["parts"][0]["text"].as_str().unwrap_or_default();
        ensure_eq("the kept reply", said, format!("at last {}", life.nonce).as_str())
    }
}

life_check! {
    FINISHED_KEY_IS_FREE = "finished-key-is-free", Messages, Core, 40 s;
    proves "A message sent twice while it waits is queued once; sent anew when it is done, it is queued anew."
    cites "contract 1.6, idx_a2a_queue_idempotency over active items"
    needs [A2a, A2aQueue, Database, Loopback]
    after ["queued-message-is-delivered"]
    faults ["queue-key-is-kept", "queue-ignores-the-key"]
    wrong "A repeated message is queued twice, or one sent anew is swallowed."
    why "Senders repeat what they got no answer to, and mean it."
    mend "Look for the key among queued and dispatched items only."
    |life| {
        let (puppet, _ear) = listener(life, Manner::HangUp).await?;
        let key = format!("driftgate-{}", life.nonce);
        let first = life.message(puppet.id, Who::Nobody, "once", Some(&key)).await?;
        first.expect(202)?;
        let first = first.text("queue_id")?.to_owned();
        let again = life.message(puppet.id, Who::Nobody, "once", Some(&key)).await?;
        again.expect(202)?;
        let waiting = "SELECT count(*) FROM a2a_queue WHERE workspace_id = $1 AND status IN ('queued', 'dispatched')";
        ensure_eq("waiting items of a message that was sent twice", &life.db()?.count(waiting, &[&puppet.id]).await?, &1)?;
        life.db()?
            .change(
                "UPDATE a2a_queue SET status = 'completed', completed_at = now() WHERE workspace_id = $1",
                &[&puppet.id],
            )
            .await?;
        let anew = life.message(puppet.id, Who::Nobody, "once", Some(&key)).await?;
        anew.expect(202)?;
        let anew = anew.text("queue_id")?.to_owned();
        life.retire(&[puppet.id]).await?;
        ensure(anew != first, "a new queue_id for the message sent anew", || anew.clone())
    }
}

life_check! {
    EMPTY_BODY_IS_NO_REPLY = "empty-body-is-no-reply", Messages, Hardened, 30 s;
    proves "An agent that answers with success and nothing else is reported as an error."
    cites "later contract 2.6, a 2xx with an empty body is an error; that 2xx is present at the pinned commit as a flaw"
    needs [A2a, Database, Loopback]
    after ["registering-mints-a-token"]
    faults ["empty-answer-is-success"]
    wrong "An empty answer of an agent is passed on as success."
    why "The sender takes the task for done."
    mend "Answer 502 where the agent's body is empty."
    |life| {
        let (puppet, _ear) = listener(life, Manner::SayNothing).await?;
        let answer = life.message(puppet.id, Who::Nobody, "say nothing", None).await?;
        life.retire(&[puppet.id]).await?;
        ensure(answer.status() >= 400 && reply_of(&answer).is_err(), "an error", || answer.shown())
    }
}

life_check! {
    QUEUE_ITEM_IS_NOT_EVERYBODYS = "queue-item-is-not-everybodys", Messages, Core, 10 s;
    proves "A queued message can be read by who it concerns, and an unknown one is told apart."
    cites "contract 2.6, GET queue: 401 and 404"
    needs [A2a, A2aQueue]
    after ["workspace-comes-online"]
    faults ["queue-items-shown-to-all", "unknown-queue-item-waits"]
    wrong "A queued message is shown to anybody, or an unknown one is taken for one that waits."
    why "Replies stand in it, and what they are replies to."
    mend "Demand an identity, and answer 404 with retryable for an unknown id."
    |life| {
        let worker = life.member(Role::Worker)?;
        let path = format!("/workspaces/{}/a2a/queue/{}", worker.id, uuid::Uuid::new_v4());
        life.server.get(path.as_str()).await?.refused(401)?;
        let unknown = life.server.get(path).by(Life::as_member(&worker)).await?;
        unknown.refused(404)?;
        unknown.says("retryable", Value::Bool(true))
    }
}
