use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::client::Client;
use super::target::Target;
use crate::config::ForgeName;
use crate::context::{Context, HttpRequest};
use crate::gate::Obstacle;
use crate::kinds::SUBJECT_MISSING;
use crate::kinds::statuses::codes::{FORGE_REFUSED, FORGE_UNREACHABLE, STATUS_OF_ANOTHER};
use crate::kinds::statuses::observed::Observed;
use crate::kinds::statuses::posted::Posted;
use crate::kinds::statuses::record::{Record, malformed};
use crate::kinds::statuses::run_report::RunReport;

/// What is posted where.
#[derive(Debug, Clone)]
pub struct Posting {
    pub commit: String,
    /// What all contexts begin with: `driftgate / <gate>`. Nothing else is ever written.
    pub prefix: String,
    /// Where the status leads who clicks on it.
    pub link: Option<String>,
    /// Whom the token belongs to, where the forge does not say it.
    pub login: Option<String>,
}

/// What became of a gate's status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub context: String,
    /// The state, where one is there now.
    pub state: Option<&'static str>,
    /// In a few words.
    pub told: String,
}

/// Sets a status for each gate of a run. Everything is looked at before the first one is written.
///
/// # Errors
/// When one of the contexts is somebody else's, or the forge does not take it.
pub fn post(
    context: &Context,
    target: &Target,
    posting: &Posting,
    report: &RunReport,
) -> Result<Vec<Row>, Obstacle> {
    let client = Client::new(context, target)?;
    let there = client.there(&posting.commit)?;
    let name = |id: &str| format!("{} / {id}", posting.prefix);
    let taken: Vec<&Posted> = report
        .gates
        .iter()
        .filter(|gate| gate.state().is_ok())
        .filter_map(|gate| there.get(&name(&gate.id)))
        .flatten()
        .collect();
    if !taken.is_empty() {
        let own = client.own_login(posting)?;
        let foreign = taken.iter().find(|row| {
            !row.creator
                .as_ref()
                .is_some_and(|who| who.eq_ignore_ascii_case(&own))
        });
        if let Some(row) = foreign {
            let who = row
                .creator
                .as_deref()
                .unwrap_or("somebody whom the forge does not name");
            return Err(Obstacle::refused(
                &STATUS_OF_ANOTHER,
                format!(
                    "`{}` is posted by `{who}`, and this token is of `{own}`; nothing was posted",
                    row.context
                ),
            ));
        }
    }
    let url = client.in_repository(&format!("/statuses/{}", posting.commit));
    let mut rows = Vec::with_capacity(report.gates.len());
    for gate in &report.gates {
        let name = name(&gate.id);
        let description = gate.description();
        let state = match gate.state() {
            Ok(state) => state,
            Err(why) => {
                rows.push(Row {
                    context: name,
                    state: None,
                    told: why.to_owned(),
                });
                continue;
            }
        };
        let is_there = there
            .get(&name)
            .and_then(|rows| rows.last())
            .is_some_and(|row| row.word == state && row.description == description);
        if !is_there {
            let mut body = json!({"state": state, "context": name, "description": description});
            if let Some(link) = &posting.link {
                body["target_url"] = Value::from(link.as_str());
            }
            let set = client
                .tell(&url, &body)
                .and_then(|answer| is_set(&answer, &name, state));
            set.map_err(|mut obstacle| {
                let done = rows.iter().filter(|row: &&Row| row.state.is_some()).count();
                obstacle.message = format!("{}; {done} statuses were set before", obstacle.message);
                obstacle
            })?;
        }
        rows.push(Row {
            context: name,
            state: Some(state),
            told: if is_there {
                format!("{description} (as it was)")
            } else {
                description
            },
        });
    }
    Ok(rows)
}

/// Whether the forge took what it was told. What it does not repeat is believed.
fn is_set(answer: &Value, name: &str, state: &str) -> Result<(), Obstacle> {
    let is = |key: &str, wanted: &str| {
        answer
            .get(key)
            .and_then(Value::as_str)
            .is_none_or(|said| said == wanted)
    };
    if is("context", name) && is("state", state) && is("status", state) {
        return Ok(());
    }
    Err(malformed(format!(
        "`{name}` was to be set to {state}, and the forge answers that it set something else"
    )))
}

impl Client<'_> {
    /// What is posted for the commit already, by context, ascending by id, with who posted it.
    fn there(&self, commit: &str) -> Result<BTreeMap<String, Vec<Posted>>, Obstacle> {
        // Only Gitea says in the combined status who posted what.
        let (path, key) = match self.target.forge {
            ForgeName::Gitea | ForgeName::Forgejo => ("status", Some("statuses")),
            ForgeName::Github => ("statuses", None),
        };
        let url = self.in_repository(&format!("/commits/{commit}/{path}"));
        let listed = self.list(&url, key)?.ok_or_else(|| {
            Obstacle::refused(
                &SUBJECT_MISSING,
                format!("{} has no commit {commit}", self.target.repository),
            )
        })?;
        let sha = listed.head.get("sha").and_then(Value::as_str);
        let record = Record {
            sha: sha.filter(|sha| !sha.is_empty()).map(str::to_owned),
            statuses: listed.rows,
            ..Record::default()
        };
        // What is about another commit, and two rows of one id, are refused.
        Observed::of(&url, &record, Some(commit))?;
        let mut there: BTreeMap<String, Vec<Posted>> = BTreeMap::new();
        let mut rows = record.posted(&url)?;
        rows.sort_by_key(|row| row.id);
        for row in rows {
            there.entry(row.context.clone()).or_default().push(row);
        }
        Ok(there)
    }

    /// Whom the token belongs to.
    fn own_login(&self, posting: &Posting) -> Result<String, Obstacle> {
        let unknown = |why: String| {
            Obstacle::refused(
                &FORGE_REFUSED,
                format!("whom the token belongs to is not known: {why}"),
            )
            .help("name the account that posts with `--login`")
        };
        let answer = match (
            self.ask(&HttpRequest::get(format!("{}/user", self.target.api))),
            &posting.login,
        ) {
            (Ok(answer), _) => answer,
            (Err(obstacle), _) if obstacle.code.name == FORGE_UNREACHABLE.name => {
                return Err(obstacle);
            }
            // What is said to be one's own is believed only where the forge does not tell.
            (Err(_), Some(login)) => return Ok(login.clone()),
            (Err(obstacle), None) => return Err(unknown(obstacle.message)),
        };
        let told = answer
            .get("login")
            .and_then(Value::as_str)
            .ok_or_else(|| unknown("the answer names nobody".to_owned()))?;
        match &posting.login {
            Some(login) if !login.eq_ignore_ascii_case(told) => Err(Obstacle::refused(
                &STATUS_OF_ANOTHER,
                format!("the token is of `{told}`, and `{login}` was named; nothing was posted"),
            )),
            _ => Ok(told.to_owned()),
        }
    }
}
