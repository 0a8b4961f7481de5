use serde_json::{Value, json};

use super::check::STATUSES;
use super::plan::{Input, Plan};
use super::record::Record;
use crate::gate::{AnswerChange, Change, Plant};

/// A commit that nobody has.
pub(super) const OTHER_COMMIT: &str = "0000000000000000000000000000000000000001";

/// How a planted status stands.
#[derive(Debug, Clone, Copy)]
pub(super) enum Turned {
    Red,
    Error,
    Cancelled,
    Pending,
    Skipped,
    /// As Gitea posted skipped jobs before it had a word for them.
    SkippedAsSuccess,
    /// A word that no forge writes.
    UnknownWord,
    /// Green, and about another commit.
    OfAnotherCommit,
    /// Green, and of another app.
    OfAnotherApp,
}

/// An app that no rule binds to.
const OTHER_APP: u64 = 1;

impl Turned {
    /// The words of a commit status: its state and its description.
    fn status(self) -> (&'static str, &'static str) {
        match self {
            Self::Red => ("failure", "Failing after 1s"),
            Self::Error => ("error", "it broke down"),
            Self::Cancelled => ("failure", super::state::CANCELLED_BY_GITEA),
            Self::Pending => ("pending", "Waiting to run"),
            Self::Skipped => ("skipped", super::state::SKIPPED_BY_GITEA),
            Self::SkippedAsSuccess => ("success", super::state::SKIPPED_BY_GITEA),
            Self::UnknownWord => ("passed", "planted"),
            Self::OfAnotherCommit | Self::OfAnotherApp => ("success", "planted"),
        }
    }

    /// The words of a check run: how far it is, and how it ended.
    fn check_run(self) -> (&'static str, Value) {
        match self {
            Self::Red => ("completed", json!("failure")),
            Self::Error => ("completed", json!("timed_out")),
            Self::Cancelled => ("completed", json!("cancelled")),
            Self::Pending => ("in_progress", Value::Null),
            Self::Skipped => ("completed", json!("skipped")),
            Self::SkippedAsSuccess => ("completed", json!("neutral")),
            Self::UnknownWord => ("completed", json!("passed")),
            Self::OfAnotherCommit | Self::OfAnotherApp => ("completed", json!("success")),
        }
    }
}

/// Plants in the statuses that were read.
pub(super) struct Plants<'a> {
    pub(super) plan: &'a Plan,
    pub(super) record: &'a Record,
}

impl Plants<'_> {
    /// All statuses of these contexts turned.
    pub(super) fn turned(&self, contexts: &[String], how: Turned) -> Plant {
        let mut record = self.record.clone();
        for row in rows_of(&mut record.statuses, "context", contexts) {
            let (word, description) = how.status();
            row["status"] = json!(word);
            row["description"] = json!(description);
            if let Some(row) = row.as_object_mut() {
                row.remove("state");
            }
            if matches!(how, Turned::OfAnotherCommit) {
                row["url"] = json!(format!("https://forge.invalid/statuses/{OTHER_COMMIT}"));
            }
        }
        for row in rows_of(&mut record.check_runs, "name", contexts) {
            let (status, conclusion) = how.check_run();
            row["status"] = json!(status);
            row["conclusion"] = conclusion;
            if matches!(how, Turned::OfAnotherCommit) {
                row["head_sha"] = json!(OTHER_COMMIT);
            }
            if matches!(how, Turned::OfAnotherApp) {
                row["app"] = json!({"id": OTHER_APP, "slug": "planted"});
            }
        }
        self.plant(record.to_json().to_string())
    }

    /// These contexts were never posted.
    pub(super) fn without(&self, contexts: &[String]) -> Plant {
        let mut record = self.record.clone();
        record
            .statuses
            .retain(|row| !is_of(row, "context", contexts));
        record
            .check_runs
            .retain(|row| !is_of(row, "name", contexts));
        self.plant(record.to_json().to_string())
    }

    /// One more red status, the newest, first in the list.
    pub(super) fn with_red(&self, context: &str) -> Plant {
        self.with(context, Turned::Red)
    }

    /// An older red of another run, before the green one.
    pub(super) fn with_red_run(&self, context: &str) -> Plant {
        let mut record = self.record.clone();
        let mut of_context: Vec<u64> =
            rows_of(&mut record.statuses, "context", &[context.to_owned()])
                .filter_map(|row| row.get("id")?.as_u64())
                .collect();
        of_context.sort_unstable();
        let newest = of_context.pop();
        // That the second run began later is not to be seen.
        record.statuses.retain(|row| {
            let id = row.get("id").and_then(Value::as_u64);
            !is_of(row, "context", &[context.to_owned()]) || id == newest
        });
        let link = |run: u64| json!(format!("/planted/actions/runs/{run}/jobs/0"));
        for row in rows_of(&mut record.statuses, "context", &[context.to_owned()]) {
            row["target_url"] = link(2);
        }
        let (word, description) = Turned::Red.status();
        record.statuses.push(json!({
            "id": 0,
            "context": context,
            "status": word,
            "description": description,
            "target_url": link(1),
        }));
        self.plant(record.to_json().to_string())
    }

    /// One more status, the newest, first in the list.
    pub(super) fn with(&self, context: &str, how: Turned) -> Plant {
        let mut record = self.record.clone();
        let newest = record
            .statuses
            .iter()
            .filter_map(|row| row.get("id")?.as_u64())
            .max();
        let (word, description) = how.status();
        let row = json!({
            "id": newest.unwrap_or(0) + 1,
            "context": context,
            "status": word,
            "description": description,
        });
        record.statuses.insert(0, row);
        self.plant(record.to_json().to_string())
    }

    pub(super) fn of_another_commit(&self) -> Plant {
        let record = Record {
            sha: Some(OTHER_COMMIT.to_owned()),
            ..self.record.clone()
        };
        self.plant(record.to_json().to_string())
    }

    /// The answer ends in its middle.
    pub(super) fn cut_off(&self) -> Plant {
        let mut text = self.record.to_json().to_string().into_bytes();
        text.truncate(text.len() / 2);
        self.plant(text)
    }

    pub(super) fn plant(&self, bytes: impl Into<Vec<u8>>) -> Plant {
        match &self.plan.recorded {
            Some(Input::File(path)) => Plant::in_root(Change::write(path, bytes)),
            _ => Plant::answer(STATUSES, AnswerChange::Whole(bytes.into())),
        }
    }
}

fn is_of(row: &Value, key: &str, contexts: &[String]) -> bool {
    row.get(key)
        .and_then(Value::as_str)
        .is_some_and(|name| contexts.iter().any(|context| context == name))
}

fn rows_of<'r>(
    rows: &'r mut [Value],
    key: &'r str,
    contexts: &'r [String],
) -> impl Iterator<Item = &'r mut Value> {
    rows.iter_mut().filter(move |row| is_of(row, key, contexts))
}
