use serde_json::{Value, json};
use uuid::Uuid;

use crate::kinds::lifecycle::client::{Answer, Who};
use crate::kinds::lifecycle::life::Life;
use crate::kinds::lifecycle::stop::Outcome;
use crate::kinds::lifecycle::wait::{Seen, wait_for};

/// What makes a body a promise of a reply and not a reply.
const QUEUED: [&str; 5] = [
    "queued",
    "queue_id",
    "queue_depth",
    "status",
    "delivery_mode",
];

impl Life {
    /// Sends a text to a workspace; the key, if there is one, makes a message the same when it is
    /// sent again.
    ///
    /// # Errors
    /// When the server gives no answer.
    pub(in crate::kinds::lifecycle) async fn message(
        &self,
        to: Uuid,
        by: Who,
        text: &str,
        key: Option<&str>,
    ) -> Outcome<Answer> {
        let mut message = json!({"role": "user", "parts": [{"kind": "text", "text": text}]});
        if let Some(key) = key {
            message["messageId"] = json!(key);
        }
        self.server
            .post(
                format!("/workspaces/{to}/a2a"),
                json!({"method": "message/send", "params": {"message": message}}),
            )
            .by(by)
            .await
    }

    /// Sends a text as a person would, and waits for the reply, in the queue too.
    ///
    /// # Errors
    /// When none comes.
    pub(in crate::kinds::lifecycle) async fn ask(&self, to: Uuid, text: &str) -> Outcome<String> {
        let answer = self.message(to, Who::Nobody, text, None).await?;
        if answer.status() != 202 {
            return reply_of(&answer);
        }
        let queue_id = answer.text("queue_id")?.to_owned();
        let item = self
            .until_done(to, Who::Claimed(to.to_string()), &queue_id)
            .await?;
        reply(&item["response_body"])
            .ok_or_else(|| answer.wrong(format!("a reply in the end, not {item}")))
    }

    /// Waits until a queued message is done.
    ///
    /// # Errors
    /// When it is dropped or failed, or its time is up.
    pub(in crate::kinds::lifecycle) async fn until_done(
        &self,
        to: Uuid,
        by: Who,
        queue_id: &str,
    ) -> Outcome<Value> {
        let path = format!("/workspaces/{to}/a2a/queue/{queue_id}");
        wait_for("the queued message is completed", || async {
            let answer = self.server.get(path.as_str()).by(by.clone()).await?;
            let item = answer.expect(200)?;
            match item["status"].as_str() {
                Some("completed") => Ok(Seen::Yes(item.clone())),
                Some("dropped" | "failed") | None => Err(answer.wrong("a completed item")),
                Some(other) => Ok(Seen::NotYet(other.to_owned())),
            }
        })
        .await
    }
}

/// The text of an answer that is a reply.
///
/// # Errors
/// When it is something else: queued, empty, an error dressed as success.
pub(in crate::kinds::lifecycle) fn reply_of(answer: &Answer) -> Outcome<String> {
    if answer.status() != 200 {
        return Err(answer.wrong("200 with a reply"));
    }
    answer
        .peek()
        .and_then(reply)
        .ok_or_else(|| answer.wrong("`result` with a text of the agent"))
}

/// The text of a body that is a reply; nothing that only looks like one counts.
fn reply(body: &Value) -> Option<String> {
    let result = body.get("result")?;
    let is_queued = |value: &Value| {
        QUEUED.iter().any(|key| {
            value
                .get(key)
                .is_some_and(|said| said == "queued" || said == true)
        }) || value.get("queue_id").is_some()
    };
    if body.get("error").is_some_and(|error| !error.is_null())
        || is_queued(body)
        || is_queued(result)
    {
        return None;
    }
    let is_message = result["kind"] == "message" && result["role"] == "agent";
    let text: String = result["parts"]
        .as_array()?
        .iter()
        .filter(|part| part["kind"] == "text" || part["type"] == "text")
        .filter_map(|part| part["text"].as_str())
        .collect();
    (is_message && !text.trim().is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> Value {
        json!({"kind": "message", "role": "agent", "parts": [{"kind": "text", "text": text}]})
    }

    #[test]
    fn a_reply_is_a_text_of_the_agent() {
        assert_eq!(
            reply(&json!({"result": message("hello")})).as_deref(),
            Some("hello")
        );
    }

    #[test]
    fn nothing_that_only_looks_like_a_reply_is_one() {
        for body in [
            json!({"queued": true, "queue_id": "q", "queue_depth": 1, "message": "busy"}),
            json!({"status": "queued", "delivery_mode": "poll"}),
            json!({"result": {"status": "queued", "queue_id": "q"}}),
            json!({"result": message("hello"), "queued": true}),
            json!({"result": message("hello"), "error": {"code": -1}}),
            json!({"error": "agent returned empty response body"}),
            json!({"result": message("  ")}),
            json!({"result": {"kind": "message", "role": "user", "parts": [{"kind": "text", "text": "x"}]}}),
            json!({"result": {"kind": "message", "role": "agent", "parts": []}}),
            Value::Null,
        ] {
            assert_eq!(reply(&body), None, "{body}");
        }
    }
}
