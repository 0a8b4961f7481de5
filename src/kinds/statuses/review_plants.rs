use serde_json::{Value, json};

use super::check::{REVIEWS, Subject, review_rows};
use super::codes::{APPROVALS_MISSING, CHANGES_REQUESTED, STATUSES_MALFORMED};
use super::forge::{answer_to, in_path};
use super::halt::Halt;
use super::plan::{Input, Plan};
use super::plants::OTHER_COMMIT;
use super::protections::protection;
use crate::config::ForgeName;
use crate::context::Context;
use crate::gate::{AnswerChange, Change, Plant, Protection};

/// Approvals that are none, and an objection.
pub(super) fn all(
    plan: &Plan,
    context: &Context,
    subject: &Subject<'_>,
) -> Result<Vec<Protection>, Halt> {
    let (_, rows, author) = review_rows(plan, context, subject)?;
    let plant = |rows: Vec<Value>| plant_text(plan, Value::from(rows).to_string());
    let each = |change: &dyn Fn(&mut Value)| {
        let mut rows = rows.clone();
        for row in rows.iter_mut().filter(|row| row["state"] == "APPROVED") {
            change(row);
        }
        Ok(plant(rows))
    };
    let approvals = |name: &str, planted| protection(name, &APPROVALS_MISSING, "", planted);
    let mut all = vec![
        approvals(
            "approvals of another commit",
            each(&|row| row["commit_id"] = json!(OTHER_COMMIT)),
        ),
        approvals(
            "approvals of no commit",
            each(&|row| row["commit_id"] = Value::Null),
        ),
        approvals(
            "dismissed approvals",
            each(&|row| row["dismissed"] = json!(true)),
        ),
        approvals("stale approvals", each(&|row| row["stale"] = json!(true))),
        approvals(
            "approvals in another spelling",
            each(&|row| row["state"] = json!("approved")),
        ),
        approvals(
            "approvals of nobody",
            each(&|row| row["user"] = Value::Null),
        ),
        approvals(
            "the author's own approvals",
            each(&|row| row["user"] = json!({"login": author})),
        ),
    ];
    let has_roster = plan
        .reviews
        .as_ref()
        .is_some_and(|reviews| !reviews.rule.roster.is_empty());
    all.push(approvals(
        "approvals of strangers",
        each(&|row| {
            if has_roster {
                row["user"] = json!({"login": "nobody-of-the-roster"});
            } else if row.get("author_association").is_some() {
                row["author_association"] = json!("NONE");
            } else {
                row["official"] = json!(false);
            }
        }),
    ));
    all.extend(of_readers(plan, subject, &rows));
    let newest = rows.iter().filter_map(|row| row.get("id")?.as_u64()).max();
    let mut objected = rows.clone();
    objected.push(json!({
        "id": newest.unwrap_or(0) + 1,
        "user": {"login": "planted-reviewer"},
        "state": "REQUEST_CHANGES",
        "commit_id": subject.commit,
    }));
    all.push(protection(
        "an objection",
        &CHANGES_REQUESTED,
        "planted-reviewer",
        Ok(plant(objected)),
    ));
    let mut text = Value::from(rows.clone()).to_string().into_bytes();
    text.truncate(text.len() / 2);
    all.push(protection(
        "cut-off reviews",
        &STATUSES_MALFORMED,
        "",
        Ok(plant_text(plan, text)),
    ));
    Ok(all)
}

/// A reviewer of GitHub without the right to write.
fn of_readers(plan: &Plan, subject: &Subject<'_>, rows: &[Value]) -> Option<Protection> {
    let wanted = plan.reviews.as_ref()?;
    let forge = subject.client.as_ref()?.target().forge;
    let approver = rows.iter().find(|row| {
        row["state"] == "APPROVED"
            && matches!(
                row["author_association"].as_str(),
                Some("MEMBER" | "COLLABORATOR")
            )
    })?;
    if forge != ForgeName::Github || !wanted.rule.roster.is_empty() {
        return None;
    }
    // Whoever else approves would make up for one.
    let others = rows.iter().filter(|row| {
        row["state"] == "APPROVED" && row["user"]["login"] != approver["user"]["login"]
    });
    if others.count() >= wanted.rule.approvals {
        return None;
    }
    let login = approver["user"]["login"].as_str()?;
    let path = format!("/collaborators/{}/permission", in_path(login));
    let body = json!({"permission": "read"}).to_string().into_bytes();
    let plant = Plant::answer(answer_to(&path, None), AnswerChange::Whole(body));
    Some(protection(
        "an approval of somebody who may only read",
        &APPROVALS_MISSING,
        login,
        Ok(plant),
    ))
}

fn plant_text(plan: &Plan, text: impl Into<Vec<u8>>) -> Plant {
    let recorded = plan
        .reviews
        .as_ref()
        .and_then(|reviews| reviews.recorded.as_ref());
    match recorded {
        Some((Input::File(path), _)) => Plant::in_root(Change::write(path, text)),
        _ => Plant::answer(REVIEWS, AnswerChange::Whole(text.into())),
    }
}
