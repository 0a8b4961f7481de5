use serde::Deserialize;
use serde_json::{Map, Value};

use super::codes::STATUSES_MALFORMED;
use super::posted::Posted;
use super::state::State;
use crate::context::strict_json;
use crate::gate::Obstacle;

/// Statuses as a forge answers them, or as they were recorded: rows that are not judged yet.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Record {
    /// The commit that the answer says it is about.
    pub(super) sha: Option<String>,
    /// Commit statuses, in the shape of Gitea or GitHub.
    pub(super) statuses: Vec<Value>,
    /// Check runs, in the shape of GitHub.
    pub(super) check_runs: Vec<Value>,
    /// How many there are, as the answer says it. Pages are never counted by it.
    pub(super) said: Option<u64>,
}

/// A commit status. Gitea writes `status`, GitHub writes `state`.
#[derive(Debug, Deserialize)]
struct StatusRow {
    id: u64,
    context: String,
    status: Option<String>,
    state: Option<String>,
    description: Option<String>,
    /// The status itself; its last part is the commit.
    url: Option<String>,
    /// What it leads to: a job of a run, where a workflow posted it.
    target_url: Option<String>,
    creator: Option<Login>,
}

#[derive(Debug, Deserialize)]
struct CheckRun {
    id: u64,
    name: String,
    head_sha: Option<String>,
    status: String,
    conclusion: Option<String>,
    output: Option<CheckOutput>,
    check_suite: Option<Suite>,
    app: Option<App>,
}

#[derive(Debug, Deserialize)]
struct CheckOutput {
    title: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Suite {
    id: u64,
}

#[derive(Debug, Deserialize)]
struct App {
    id: Option<u64>,
    slug: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Login {
    login: Option<String>,
}

pub(super) fn malformed(message: impl Into<String>) -> Obstacle {
    Obstacle::refused(&STATUSES_MALFORMED, message)
}

impl Record {
    /// Reads a combined status, a list of check runs, both in one object, or a bare list of statuses.
    ///
    /// # Errors
    /// When it is none of them, or cut off.
    pub(super) fn parse(name: &str, bytes: &[u8]) -> Result<Self, Obstacle> {
        let value = strict_json(bytes)
            .map_err(|error| malformed(format!("{name} is not JSON: {error}")))?;
        Self::from_value(name, value)
    }

    pub(super) fn from_value(name: &str, value: Value) -> Result<Self, Obstacle> {
        let object = match value {
            Value::Array(statuses) => {
                return Ok(Self {
                    statuses,
                    ..Self::default()
                });
            }
            Value::Object(object) => object,
            _ => return Err(malformed(format!("{name} is neither an object nor a list"))),
        };
        let statuses = rows(name, &object, "statuses")?;
        let check_runs = rows(name, &object, "check_runs")?;
        if statuses.is_none() && check_runs.is_none() {
            return Err(malformed(format!(
                "{name} has neither `statuses` nor `check_runs`{}",
                said(&object)
            )));
        }
        Ok(Self {
            sha: object
                .get("sha")
                .and_then(Value::as_str)
                .filter(|sha| !sha.is_empty())
                .map(str::to_owned),
            statuses: statuses.unwrap_or_default(),
            check_runs: check_runs.unwrap_or_default(),
            said: object.get("total_count").and_then(Value::as_u64),
        })
    }

    /// The rows as they are judged.
    ///
    /// # Errors
    /// When a row has no id, no context or no state.
    pub(super) fn posted(&self, name: &str) -> Result<Vec<Posted>, Obstacle> {
        let wrong = |list: &str, index: usize, problem: &dyn std::fmt::Display| {
            malformed(format!("{name}: {list}[{index}]: {problem}"))
        };
        let mut posted = Vec::with_capacity(self.statuses.len() + self.check_runs.len());
        for (index, row) in self.statuses.iter().enumerate() {
            let row =
                StatusRow::deserialize(row).map_err(|error| wrong("statuses", index, &error))?;
            let description = row.description.unwrap_or_default();
            // Where both are there and differ, the worse one counts.
            let (state, word) = [row.status, row.state]
                .into_iter()
                .flatten()
                .map(|word| (State::of_status(&word, &description), word))
                .max_by_key(|(state, _)| *state)
                .ok_or_else(|| wrong("statuses", index, &"neither `status` nor `state`"))?;
            posted.push(Posted {
                id: row.id,
                state,
                context: row.context,
                word,
                description,
                creator: row.creator.and_then(|creator| creator.login),
                run: row.target_url.as_deref().and_then(run_of),
                app: None,
                suite: None,
                commit: row.url.as_deref().and_then(commit_of),
            });
        }
        for (index, row) in self.check_runs.iter().enumerate() {
            let row =
                CheckRun::deserialize(row).map_err(|error| wrong("check_runs", index, &error))?;
            let state = State::of_check_run(&row.status, row.conclusion.as_deref());
            posted.push(Posted {
                id: row.id,
                context: row.name,
                state,
                word: row.conclusion.unwrap_or(row.status),
                description: row
                    .output
                    .and_then(|output| output.title)
                    .unwrap_or_default(),
                run: None,
                app: row.app.as_ref().and_then(|app| app.id),
                creator: row.app.and_then(|app| app.slug),
                suite: Some(row.check_suite.map_or(0, |suite| suite.id)),
                commit: row.head_sha,
            });
        }
        Ok(posted)
    }

    /// Whether it has GitHub's shape: check runs, or statuses whose word is `state` alone. Names of GitHub have no
    /// event behind them.
    pub(super) fn is_of_github(&self) -> bool {
        !self.check_runs.is_empty()
            || !self.statuses.is_empty()
                && self.statuses.iter().all(|row| row.get("status").is_none())
    }

    /// The same as a document that [`Record::parse`] reads.
    pub(super) fn to_json(&self) -> Value {
        let mut object = Map::new();
        if let Some(sha) = &self.sha {
            object.insert("sha".to_owned(), Value::from(sha.as_str()));
        }
        object.insert("statuses".to_owned(), Value::from(self.statuses.clone()));
        object.insert(
            "check_runs".to_owned(),
            Value::from(self.check_runs.clone()),
        );
        Value::Object(object)
    }
}

/// A list of the object; Gitea writes `null` for one without rows.
fn rows(
    name: &str,
    object: &Map<String, Value>,
    key: &str,
) -> Result<Option<Vec<Value>>, Obstacle> {
    match object.get(key) {
        None => Ok(None),
        Some(Value::Null) => Ok(Some(Vec::new())),
        Some(Value::Array(rows)) => Ok(Some(rows.clone())),
        Some(_) => Err(malformed(format!("{name}: `{key}` is not a list"))),
    }
}

/// What an object of an error says of itself.
fn said(object: &Map<String, Value>) -> String {
    match object.get("message").and_then(Value::as_str) {
        Some(message) => format!(
            "; it says `{}`",
            message.chars().take(120).collect::<String>()
        ),
        None => String::new(),
    }
}

/// The run in `…/actions/runs/<run>/jobs/<job>`, where Gitea and Forgejo lead to what one of their jobs posted.
/// A status that a script sets leads elsewhere, or to the run alone.
fn run_of(url: &str) -> Option<String> {
    let (before, job) = url.rsplit_once("/jobs/")?;
    let (repository, run) = before.rsplit_once("/actions/runs/")?;
    // Attempts of one run are one producer.
    let run = run.split('/').next()?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (is_number(run) && is_number(job)).then(|| format!("{repository}/actions/runs/{run}"))
}

/// The commit in `…/statuses/<commit>`.
fn commit_of(url: &str) -> Option<String> {
    let (_, commit) = url.rsplit_once("/statuses/")?;
    let is_commit = commit.len() >= 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_commit.then(|| commit.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn one(row: &Value) -> Result<Posted, String> {
        let record = Record::from_value("a record", json!({ "statuses": [row] }))
            .map_err(|obstacle| obstacle.to_string())?;
        let posted = record
            .posted("a record")
            .map_err(|obstacle| obstacle.to_string())?;
        Ok(posted.into_iter().next().expect("a row"))
    }

    #[test]
    fn both_words_for_the_state_are_read_and_the_worse_counts() {
        let state = |row: &Value| one(row).expect("a row").state;
        assert_eq!(
            state(&json!({"id": 1, "context": "a", "status": "success"})),
            State::Green
        );
        assert_eq!(
            state(&json!({"id": 1, "context": "a", "state": "success"})),
            State::Green
        );
        let both = json!({"id": 1, "context": "a", "status": "failure", "state": "success"});
        assert_eq!(state(&both), State::Red);
        let both = json!({"id": 1, "context": "a", "status": "success", "state": "failure"});
        assert_eq!(state(&both), State::Red);
    }

    #[test]
    fn a_row_without_a_state_is_no_row() {
        let problem = one(&json!({"id": 1, "context": "a"})).expect_err("it has no state");
        assert_eq!(
            problem,
            "a record: statuses[0]: neither `status` nor `state`"
        );
        let twice = Record::parse("a record", br#"{"statuses": [{"id": 1, "context": "a""#);
        assert!(twice.is_err());
    }

    #[test]
    fn an_answer_about_something_else_is_no_list_without_rows() {
        let answer = br#"{"message": "Not here", "url": "x"}"#;
        let problem = Record::parse("the answer", answer).expect_err("no list");
        let expected = "the answer has neither `statuses` nor `check_runs`; it says `Not here`";
        assert_eq!(problem.to_string(), expected);
        let empty = Record::parse("the answer", br#"{"sha": "", "statuses": null}"#);
        assert_eq!(empty.expect("a list"), Record::default());
    }

    #[test]
    fn a_status_names_its_commit_in_its_url() {
        let commit = "0123456789".repeat(4);
        let url = format!("https://forge.example.org/api/v1/repos/o/r/statuses/{commit}");
        let row = json!({"id": 1, "context": "a", "status": "success", "url": url});
        assert_eq!(one(&row).expect("a row").commit, Some(commit));
    }

    #[test]
    fn a_link_to_a_job_tells_the_run_and_no_other_link_does() {
        let run = |url: &str| {
            let row = json!({"id": 1, "context": "a", "status": "success", "target_url": url});
            one(&row).expect("a row").run
        };
        assert_eq!(
            run("/o/r/actions/runs/12/jobs/0").as_deref(),
            Some("/o/r/actions/runs/12")
        );
        assert_eq!(
            run("/o/r/actions/runs/12/attempts/2/jobs/31").as_deref(),
            Some("/o/r/actions/runs/12")
        );
        for url in [
            "",
            "/o/r/actions/runs/12",
            "/o/r/actions/runs/x/jobs/0",
            "https://ci.example.org/jobs/7",
        ] {
            assert_eq!(run(url), None, "{url}");
        }
    }

    #[test]
    fn a_row_with_a_key_twice_is_no_row() {
        let text = br#"{"statuses": [{"id": 1, "context": "a", "status": "failure", "status": "success"}]}"#;
        let problem = Record::parse("a record", text).expect_err("which of them?");
        assert!(
            problem
                .to_string()
                .contains("the key `status` stands twice"),
            "{problem}"
        );
    }
}
