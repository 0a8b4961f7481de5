use serde_json::{Value, json};

use super::branch::in_path;
use super::plant::answer_to;
use crate::gate::{AnswerChange, Plant};

/// What a forge said of the protection of a branch (see `protection_of`), and the answers in which a violation can
/// stand.
pub(in crate::kinds) struct ProtectionAnswers<'a> {
    pub(in crate::kinds) branch: &'a str,
    pub(in crate::kinds) answers: &'a [Value],
}

/// The names of the answers that the protection of a branch is read from.
pub(in crate::kinds) fn protection_answers(branch: &str) -> [String; 2] {
    let branch = format!("/branches/{}", in_path(branch));
    [
        answer_to(&branch, None),
        answer_to(&format!("/rules{branch}"), None),
    ]
}

impl ProtectionAnswers<'_> {
    /// The forge requires this context as well.
    pub(in crate::kinds) fn with(&self, context: &str) -> Option<Plant> {
        let mut answer = self.answers.first()?.clone();
        names_of(&mut answer)?.push(Value::from(context));
        Some(self.of_branch(&answer))
    }

    /// The forge requires this context under another name.
    pub(in crate::kinds) fn with_instead(&self, context: &str, other: &str) -> Option<Plant> {
        let mut answer = self.answers.first()?.clone();
        let names = names_of(&mut answer)?;
        let before = names.len();
        names.retain(|name| name != context);
        if names.len() == before {
            return None;
        }
        names.push(Value::from(other));
        Some(self.of_branch(&answer))
    }

    /// The forge does not require this context; `None` where more than one answer does.
    pub(in crate::kinds) fn without(&self, context: &str) -> Option<Plant> {
        let mut changed: Vec<Plant> = Vec::new();
        for (index, answer) in self.answers.iter().enumerate() {
            let mut answer = answer.clone();
            if take(&mut answer, context) {
                changed.push(match index {
                    0 => self.of_branch(&answer),
                    _ => whole(&protection_answers(self.branch)[1], &answer),
                });
            }
        }
        match changed.len() {
            1 => changed.pop(),
            _ => None,
        }
    }

    /// The answer to a question about the branch that has this protection.
    fn of_branch(&self, answer: &Value) -> Plant {
        let body = match answer.get("required_status_checks") {
            Some(checks) => json!({
                "name": self.branch, "protected": true, "protection": {"required_status_checks": checks},
            }),
            None => {
                let names = answer.get("status_check_contexts");
                // Gitea asks for every posted status where the list is empty.
                let asks = names
                    .and_then(Value::as_array)
                    .is_some_and(|names| !names.is_empty());
                json!({
                    "name": self.branch, "protected": true, "enable_status_check": asks,
                    "status_check_contexts": names,
                })
            }
        };
        whole(&protection_answers(self.branch)[0], &body)
    }
}

/// The list of names that a branch requires; an empty one where it requires none.
fn names_of(answer: &mut Value) -> Option<&mut Vec<Value>> {
    let answer = answer.as_object_mut()?;
    let names = if answer.contains_key("required_status_checks") {
        let checks = answer.get_mut("required_status_checks")?;
        if checks.is_null() {
            *checks = json!({});
        }
        checks
            .as_object_mut()?
            .entry("contexts")
            .or_insert_with(|| json!([]))
    } else {
        answer.get_mut("status_check_contexts")?
    };
    names.as_array_mut()
}

/// Takes a context out, wherever it stands. Whether it was there.
fn take(answer: &mut Value, context: &str) -> bool {
    let mut found = false;
    match answer {
        Value::Array(items) => {
            let before = items.len();
            items.retain(|item| {
                item != context && item.get("context").is_none_or(|name| name != context)
            });
            found = items.len() < before;
            for item in items {
                found |= take(item, context);
            }
        }
        Value::Object(members) => {
            for value in members.values_mut() {
                found |= take(value, context);
            }
        }
        _ => {}
    }
    found
}

fn whole(name: &str, body: &Value) -> Plant {
    Plant::answer(name, AnswerChange::Whole(body.to_string().into_bytes()))
}
