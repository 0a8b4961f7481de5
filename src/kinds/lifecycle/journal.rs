use std::time::Duration;

use serde_json::{Value, json};

use super::turn::Turn;
use crate::context::Secrets;

/// How many steps of a check are kept; of the rest, the number.
const MOST_STEPS: usize = 24;

/// How many bytes of one text are kept.
const MOST_TEXT: usize = 1024;

/// The keys of answers whose values are secrets, whatever they look like.
const SECRET_KEYS: &[&str] = &["auth_token", "platform_inbound_secret", "token", "api_key"];

/// Writes down what a check does and sees, without its secrets, for the check whose turn it is.
#[derive(Debug)]
pub(super) struct Journal {
    secrets: Secrets,
}

/// What a check did and saw, step by step. It is the check's evidence.
#[derive(Debug, Default)]
pub(super) struct Steps {
    kept: Vec<Value>,
    more: usize,
}

impl Steps {
    fn push(&mut self, step: Value) {
        // A poll says the same thing many times; its last word is what counts.
        if let Some(last) = self.kept.last_mut()
            && same(last, &step)
        {
            let times = last.get("times").and_then(Value::as_u64).unwrap_or(1);
            *last = step;
            last["times"] = json!(times + 1);
            return;
        }
        if self.kept.len() < MOST_STEPS {
            self.kept.push(step);
        } else {
            self.more += 1;
            if let Some(last) = self.kept.last_mut() {
                *last = step;
            }
        }
    }

    /// As reports show them.
    pub(super) fn into_evidence(self) -> Vec<Value> {
        let Self { mut kept, more } = self;
        if more > 0 {
            let last = kept.len().saturating_sub(1);
            kept.insert(last, json!({"steps left out": more}));
        }
        kept
    }
}

impl Journal {
    pub(super) fn new(secrets: Secrets) -> Self {
        Self { secrets }
    }

    /// Records a request and its answer. `who`: whose credentials went with it.
    pub(super) fn exchange(
        &self,
        request: &str,
        who: &str,
        sent: Option<&Value>,
        answer: &str,
        took: Option<Duration>,
    ) {
        let mut step = json!({"request": request, "as": who, "answer": answer});
        if let Some(took) = took {
            step["ms"] = milliseconds(took);
        }
        if let Some(sent) = sent {
            step["sent"] = Value::String(sent.to_string());
        }
        self.push(&step);
    }

    /// Records what was seen somewhere else: rows, a container, a file.
    pub(super) fn saw(&self, what: impl Into<String>, seen: impl Into<Value>) {
        self.push(&json!({"saw": what.into(), "as": seen.into()}));
    }

    fn push(&self, step: &Value) {
        let step = scrubbed(step, &self.secrets);
        Turn::now(|turn| turn.steps().push(step));
    }

    /// Learns the secrets of an answer, before anything of it is written down.
    pub(super) fn learn_from(&self, answer: &Value) {
        match answer {
            Value::Object(fields) => {
                for (key, value) in fields {
                    match value {
                        Value::String(text) if SECRET_KEYS.contains(&key.as_str()) => {
                            self.secrets.add(text);
                        }
                        other => self.learn_from(other),
                    }
                }
            }
            Value::Array(values) => values.iter().for_each(|value| self.learn_from(value)),
            _ => {}
        }
    }

    pub(super) fn secrets(&self) -> &Secrets {
        &self.secrets
    }
}

/// Whether two steps are the same question.
fn same(one: &Value, other: &Value) -> bool {
    ["request", "saw", "sent"]
        .iter()
        .all(|key| one.get(key) == other.get(key))
}

/// The step without secrets, and with its long texts cut.
fn scrubbed(step: &Value, secrets: &Secrets) -> Value {
    match step {
        Value::String(text) => Value::String(cut(&secrets.scrub(text))),
        Value::Array(values) => values
            .iter()
            .map(|value| scrubbed(value, secrets))
            .collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| (key.clone(), scrubbed(value, secrets)))
            .collect(),
        other => other.clone(),
    }
}

/// At most [`MOST_TEXT`] bytes of a text, and how many there were.
pub(super) fn cut(text: &str) -> String {
    if text.len() <= MOST_TEXT {
        return text.to_owned();
    }
    let end = (0..=MOST_TEXT)
        .rev()
        .find(|end| text.is_char_boundary(*end))
        .unwrap_or(0);
    format!("{}… ({} bytes)", &text[..end], text.len())
}

/// To a tenth, for people and machines alike.
pub(super) fn milliseconds(duration: Duration) -> Value {
    json!((duration.as_secs_f64() * 10_000.0).round() / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The evidence of a check that writes this.
    fn evidence(write: impl FnOnce(&Journal)) -> Vec<Value> {
        let journal = Journal::new(Secrets::new());
        let turn = Turn::new(Duration::from_secs(1));
        turn.of_now(|| write(&journal));
        turn.end()
    }

    #[test]
    fn a_poll_is_one_step_with_its_last_answer_and_a_count() {
        let steps = evidence(|journal| {
            for answer in ["200 provisioning", "200 provisioning", "200 online"] {
                journal.exchange("GET /workspaces/a", "nobody", None, answer, None);
            }
        });
        assert_eq!(steps.len(), 1);
        assert_eq!(steps[0]["answer"], "200 online");
        assert_eq!(steps[0]["times"], 3);
    }

    #[test]
    fn a_long_story_keeps_its_end_and_says_how_much_is_left_out() {
        let steps = evidence(|journal| {
            for number in 0..100 {
                journal.saw(format!("step {number}"), "x");
            }
        });
        assert_eq!(steps.len(), MOST_STEPS + 1);
        assert_eq!(steps[MOST_STEPS]["saw"], "step 99");
        assert_eq!(steps[MOST_STEPS - 1]["steps left out"], 100 - MOST_STEPS);
    }

    #[test]
    fn a_secret_is_in_no_step() {
        let steps = evidence(|journal| {
            journal.learn_from(&json!({"connection": [{"auth_token": "hunter2-hunter2"}]}));
            journal.saw("env", json!({"TOKEN": "hunter2-hunter2"}));
        });
        assert_eq!(steps.len(), 1);
        assert!(!json!(steps).to_string().contains("hunter2"));
    }
}
