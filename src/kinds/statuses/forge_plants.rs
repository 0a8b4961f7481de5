use serde_json::{Value, json};

use super::check::Subject;
use super::codes::{
    CHANGE_NOT_OPEN, CONTEXT_MISSING, CONTEXT_NEVER_DERIVED, CONTEXT_RED, FORGE_REFUSED,
    FORGE_UNREACHABLE, REQUIRED_EMPTY, STATUSES_MALFORMED,
};
use super::forge::{Pull, answer_to, in_path};
use super::plan::{Demands, Plan};
use super::protections::protection;
use super::table::Standing;
use crate::config::ForgeName;
use crate::gate::{AnswerChange, Plant, Protection};
use crate::kinds::SUBJECT_MISSING;
use crate::kinds::workflows::contexts::strip_event;

/// An id that no forge has come to.
const LAST_ID: u64 = 1 << 52;

/// What a rule requires that nobody posts.
const NEVER_POSTED: &str = "planted / never posted";

/// Answers of a forge that are refused, fail, or have something on a page that is easily overlooked.
pub(super) fn all(plan: &Plan, subject: &Subject<'_>, named: Option<&Standing>) -> Vec<Protection> {
    let Some(client) = &subject.client else {
        return Vec::new();
    };
    let forge = client.target().forge;
    let mut all = Vec::new();
    if let (None, Some(commit)) = (&plan.recorded, &subject.commit) {
        all.extend(of_statuses(commit, named));
        all.extend(named.and_then(|standing| on_page_two(commit, standing)));
    }
    all.extend(
        subject
            .pull
            .iter()
            .flat_map(|(number, pull)| of_change(*number, pull)),
    );
    for demand in &plan.demands {
        if let Demands::Branch(name) = demand {
            all.extend(of_branch(name, forge, plan.expect.is_some()));
            all.extend(named.and_then(|standing| without_event(name, forge, standing)));
        }
    }
    all
}

/// The list that a status stands in, below the commit.
fn list_of(standing: Option<&Standing>) -> &'static str {
    match standing.and_then(|standing| standing.rows.first()) {
        Some(row) if row.suite.is_some() => "check-runs",
        _ => "status",
    }
}

fn of_statuses(commit: &str, named: Option<&Standing>) -> Vec<Protection> {
    let path = format!("/commits/{commit}/{}", list_of(named));
    let on = |page, status| {
        let answer = answer_to(&path, Some(page));
        Ok(Plant::answer(answer, AnswerChange::Status(status)))
    };
    let mut all = vec![
        protection(
            "statuses that the forge refuses",
            &FORGE_REFUSED,
            "403",
            on(1, 403),
        ),
        protection(
            "a forge that is not able to answer",
            &FORGE_UNREACHABLE,
            "503",
            on(1, 503),
        ),
    ];
    // A list without rows has one page.
    if named.is_some() {
        all.push(protection(
            "a second page that is refused",
            &FORGE_REFUSED,
            "401",
            on(2, 401),
        ));
        all.push(protection(
            "a second page that is not there",
            &STATUSES_MALFORMED,
            "page 2",
            on(2, 404),
        ));
    }
    all
}

/// A red status on the second page, which those who read the first alone never see.
fn on_page_two(commit: &str, standing: &Standing) -> Option<Protection> {
    let row = standing.rows.first()?;
    let path = list_of(Some(standing));
    let body = match row.suite {
        None => json!({"sha": commit, "statuses": [{
            "id": LAST_ID, "context": row.context, "status": "failure", "state": "failure",
        }]}),
        Some(_) => json!({"check_runs": [{
            "id": LAST_ID, "name": row.context, "head_sha": commit, "status": "completed",
            "conclusion": "failure",
        }]}),
    };
    Some(protection(
        format!("red on the second page: {}", standing.context),
        &CONTEXT_RED,
        &standing.context,
        Ok(whole(&format!("/commits/{commit}/{path}"), Some(2), &body)),
    ))
}

fn of_branch(name: &str, forge: ForgeName, expects: bool) -> Vec<Protection> {
    let branch = format!("/branches/{}", in_path(name));
    let status = |status| {
        let answer = answer_to(&branch, None);
        Ok(Plant::answer(answer, AnswerChange::Status(status)))
    };
    let missing = if expects {
        &CONTEXT_NEVER_DERIVED
    } else {
        &CONTEXT_MISSING
    };
    let mut all = vec![
        protection(
            format!("rules of {name} that the forge refuses"),
            &FORGE_REFUSED,
            "403",
            status(403),
        ),
        protection(
            format!("vanished branch: {name}"),
            &SUBJECT_MISSING,
            name,
            status(404),
        ),
    ];
    let more = match forge {
        ForgeName::Github => {
            let rules = json!([{"type": "required_status_checks", "parameters": {
                "required_status_checks": [{"context": NEVER_POSTED}],
            }}]);
            whole(&format!("/rules{branch}"), None, &rules)
        }
        ForgeName::Gitea | ForgeName::Forgejo => {
            let open = json!({"name": name, "protected": false});
            all.push(protection(
                format!("branch without protection: {name}"),
                &REQUIRED_EMPTY,
                name,
                Ok(whole(&branch, None, &open)),
            ));
            let rule = json!({
                "name": name, "protected": true, "enable_status_check": true,
                "status_check_contexts": [NEVER_POSTED],
            });
            whole(&branch, None, &rule)
        }
    };
    all.push(protection(
        format!("a rule of {name} that nobody satisfies"),
        missing,
        NEVER_POSTED,
        Ok(more),
    ));
    all
}

/// A change that nobody can merge.
fn of_change(number: u64, pull: &Pull) -> Vec<Protection> {
    let shut = |name: &str, state: &str, draft: bool| {
        let body = json!({
            "number": number, "state": state, "draft": draft, "user": {"login": pull.author},
            "head": {"sha": pull.head, "ref": "planted"},
            "base": {"sha": pull.head, "ref": pull.base},
        });
        let plant = Ok(whole(&format!("/pulls/{number}"), None, &body));
        protection(name, &CHANGE_NOT_OPEN, &format!("#{number}"), plant)
    };
    vec![
        shut("a change that was closed", "closed", false),
        shut("a change that is a draft", "open", true),
    ]
}

/// A rule for what was posted with an event, without it.
fn without_event(name: &str, forge: ForgeName, standing: &Standing) -> Option<Protection> {
    let posted = &standing.rows.first()?.context;
    let (base, event) = strip_event(posted);
    if forge == ForgeName::Github || event.is_none() {
        return None;
    }
    let rule = json!({
        "name": name, "protected": true, "enable_status_check": true, "status_check_contexts": [base],
    });
    Some(protection(
        format!("a rule of {name} without the event: {base}"),
        &CONTEXT_MISSING,
        base,
        Ok(whole(&format!("/branches/{}", in_path(name)), None, &rule)),
    ))
}

fn whole(path: &str, page: Option<usize>, body: &Value) -> Plant {
    let body = body.to_string().into_bytes();
    Plant::answer(answer_to(path, page), AnswerChange::Whole(body))
}
