use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::codes::{APPROVALS_MISSING, CHANGES_REQUESTED};
use super::observed::same_commit;
use super::record::malformed;
use crate::gate::{Finding, Inspection, Obstacle, Witness};

/// What is asked of the reviews of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewRule {
    /// How many people have to approve.
    pub approvals: usize,
    /// Who may approve. Where it is empty, whoever the forge says has a say: an owner, or a member or collaborator
    /// who may write (GitHub), or whoever gave an official review (Gitea, Forgejo). Anybody may ask for changes.
    pub roster: Vec<String>,
}

/// Whose change it is, and what is to be merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Proposal {
    pub(super) head: String,
    pub(super) author: String,
}

/// A review, in the shape of Gitea or GitHub.
#[derive(Debug, Clone, Deserialize)]
struct Review {
    id: u64,
    user: Option<User>,
    state: String,
    commit_id: Option<String>,
    #[serde(default)]
    dismissed: Option<Value>,
    #[serde(default)]
    stale: Option<Value>,
    /// Whether the reviewer may approve (Gitea, Forgejo).
    official: Option<bool>,
    /// What the reviewer is to the repository (GitHub).
    author_association: Option<String>,
}

impl Review {
    /// Whether it is of somebody who has a seat, and may read with it alone.
    fn may_be_a_reader(&self) -> bool {
        matches!(
            self.author_association.as_deref(),
            Some("MEMBER" | "COLLABORATOR")
        )
    }
}

#[derive(Debug, Clone, Deserialize)]
struct User {
    login: String,
}

/// What one person last said.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Word {
    Approved,
    /// An approval that does not count, and whether it takes back an objection all the same.
    Void {
        why: String,
        lifts: bool,
    },
    Objects,
}

/// Why a reviewer may not write to the repository, if so; asked of those of whom the reviews do not tell.
pub(super) type MayNotWrite<'a> = dyn Fn(&str) -> Result<Option<String>, Obstacle> + 'a;

/// Judges reviews. Each is checked before any takes another's place: a forged row hides no genuine one.
///
/// # Errors
/// When the reviews cannot be read, or it is not told who may write.
pub(super) fn judge(
    name: &str,
    rows: &[Value],
    rule: &ReviewRule,
    proposal: &Proposal,
    may_not_write: &MayNotWrite<'_>,
    inspection: &mut Inspection,
) -> Result<(), Obstacle> {
    let mut reviews = Vec::with_capacity(rows.len());
    for (index, row) in rows.iter().enumerate() {
        let review = Review::deserialize(row)
            .map_err(|error| malformed(format!("{name}: review [{index}]: {error}")))?;
        reviews.push(review);
    }
    reviews.sort_by_key(|review| review.id);
    let mut words: BTreeMap<String, Word> = BTreeMap::new();
    // Each is asked about once.
    let mut writers: BTreeMap<String, Option<String>> = BTreeMap::new();
    let mut void = Vec::new();
    let part = inspection.part("reviews");
    // That there is no review was seen as well.
    part.looked("the list of reviews", Witness::of(&rows.len().to_string()));
    for review in &reviews {
        let login = review.user.as_ref().map_or("", |user| user.login.as_str());
        part.looked(
            review.id.to_string(),
            Witness::of(&format!("{login} {} {:?}", review.state, review.commit_id)),
        );
        let mut said = word(review, rule, proposal);
        if said == Some(Word::Approved) && rule.roster.is_empty() && review.may_be_a_reader() {
            let key = login.to_lowercase();
            if !writers.contains_key(&key) {
                writers.insert(key.clone(), may_not_write(login)?);
            }
            if let Some(Some(why)) = writers.get(&key).cloned() {
                said = Some(Word::Void { why, lifts: true });
            }
        }
        match said {
            Some(Word::Void { why, lifts }) => {
                void.push(format!("that of `{login}` ({why})"));
                let login = login.to_lowercase();
                if lifts && words.get(&login) == Some(&Word::Objects) {
                    words.remove(&login);
                }
            }
            Some(word) => {
                words.insert(login.to_lowercase(), word);
            }
            None => {}
        }
    }
    let approved: Vec<_> = words
        .iter()
        .filter(|(_, word)| **word == Word::Approved)
        .map(|(login, _)| login.clone())
        .collect();
    if approved.len() < rule.approvals {
        let besides = if void.is_empty() {
            String::new()
        } else {
            format!("; not counted: {}", void.join(", "))
        };
        inspection.find(Finding::new(
            &APPROVALS_MISSING,
            format!(
                "{} of {} approvals of commit {}{besides}",
                approved.len(),
                rule.approvals,
                proposal.head
            ),
        ));
    }
    for (login, _) in words.iter().filter(|(_, word)| **word == Word::Objects) {
        inspection.find(Finding::new(
            &CHANGES_REQUESTED,
            format!("`{login}` asked for changes"),
        ));
    }
    inspection.fact("approved_by", approved);
    Ok(())
}

/// What a review says; `None` where it decides nothing, as a comment.
fn word(review: &Review, rule: &ReviewRule, proposal: &Proposal) -> Option<Word> {
    let login = review.user.as_ref().map(|user| user.login.as_str());
    match review.state.as_str() {
        "REQUEST_CHANGES" | "CHANGES_REQUESTED" => {
            // Whoever objects needs no seat; only a dismissal takes it back.
            let is_author = login.is_some_and(|login| login.eq_ignore_ascii_case(&proposal.author));
            (!set(&review.dismissed) && !is_author).then_some(Word::Objects)
        }
        "APPROVED" => Some(match void(review, login, rule, proposal) {
            Some(why) => Word::Void {
                why,
                // Whoever is satisfied objects no more, with a seat or without, now or a commit ago.
                lifts: !set(&review.dismissed) && review.commit_id.as_deref().is_some_and(is_full),
            },
            None => Word::Approved,
        }),
        // What looks like an approval and is none is worth a word.
        state if state.trim().eq_ignore_ascii_case("approved") => Some(Word::Void {
            why: format!("its state is `{state}`"),
            lifts: false,
        }),
        _ => None,
    }
}

/// Why an approval does not count.
fn void(
    review: &Review,
    login: Option<&str>,
    rule: &ReviewRule,
    proposal: &Proposal,
) -> Option<String> {
    let Some(login) = login.filter(|login| !login.is_empty()) else {
        return Some("nobody is named".to_owned());
    };
    let of_author = login.eq_ignore_ascii_case(&proposal.author);
    let has_seat = rule
        .roster
        .iter()
        .any(|seat| seat.eq_ignore_ascii_case(login));
    let stranger = if rule.roster.is_empty() {
        no_say(review)
    } else {
        (!has_seat).then(|| "not on the roster".to_owned())
    };
    match &review.commit_id {
        _ if of_author => Some("the author's own".to_owned()),
        _ if stranger.is_some() => stranger,
        _ if set(&review.dismissed) => Some("dismissed".to_owned()),
        _ if set(&review.stale) => Some("stale".to_owned()),
        None => Some("of no commit".to_owned()),
        Some(commit) if !is_full(commit) || !same_commit(commit, &proposal.head) => {
            Some(format!("of commit {commit}"))
        }
        Some(_) => None,
    }
}

/// What members of an organisation, and those whom a repository was opened to, are to it on GitHub.
const WITH_A_SAY: [&str; 3] = ["OWNER", "MEMBER", "COLLABORATOR"];

/// Why a reviewer has no say, as far as the forge tells.
fn no_say(review: &Review) -> Option<String> {
    match (&review.author_association, review.official) {
        (Some(word), _) if WITH_A_SAY.contains(&word.as_str()) => None,
        (Some(word), _) => Some(format!("a stranger to the repository: {word}")),
        (None, Some(true)) => None,
        (None, Some(false)) => Some("not official".to_owned()),
        (None, None) => Some("it is not told whether it has a say; name a roster".to_owned()),
    }
}

/// Whether a flag is set. One that is no flag counts as set: nobody knows what it means.
fn set(flag: &Option<Value>) -> bool {
    !matches!(flag, None | Some(Value::Null | Value::Bool(false)))
}

fn is_full(commit: &str) -> bool {
    commit.len() >= 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const HEAD: &str = "8b33b67e098c8b9daebe9b8e1b9d704c02b66c3e";
    const OLDER: &str = "79be72159151218bdecb49c0e2081aef65fbc88d";

    fn review(id: u64, login: &str, state: &str, commit: Option<&str>) -> Value {
        json!({"id": id, "user": {"login": login}, "state": state, "commit_id": commit})
    }

    fn found(rows: &[Value], approvals: usize, roster: &[&str]) -> Vec<(&'static str, String)> {
        let rule = ReviewRule {
            approvals,
            roster: roster.iter().map(|seat| (*seat).to_owned()).collect(),
        };
        let proposal = Proposal {
            head: HEAD.to_owned(),
            author: "ann".to_owned(),
        };
        let mut inspection = Inspection::new();
        let may_not_write =
            |login: &str| Ok((login == "reader").then(|| "may only read".to_owned()));
        judge(
            "the reviews",
            rows,
            &rule,
            &proposal,
            &may_not_write,
            &mut inspection,
        )
        .expect("reviews");
        inspection
            .findings
            .iter()
            .map(|finding| (finding.code.name, finding.message.clone()))
            .collect()
    }

    #[track_caller]
    fn misses(rows: &[Value], why: &str) {
        let found = found(rows, 1, &["bob"]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].0, "approvals-missing");
        assert!(found[0].1.contains(why), "{found:?}");
    }

    #[test]
    fn an_approval_of_the_head_by_somebody_of_the_roster_counts() {
        let genuine = [review(1, "bob", "APPROVED", Some(HEAD))];
        assert_eq!(found(&genuine, 1, &["bob"]), []);
    }

    #[test]
    fn without_a_roster_only_those_with_a_say_approve() {
        let with = |key: &str, value: Value| {
            let mut row = review(1, "bob", "APPROVED", Some(HEAD));
            if !key.is_empty() {
                row[key] = value;
            }
            found(&[row], 1, &[])
        };
        for word in ["OWNER", "MEMBER", "COLLABORATOR"] {
            assert_eq!(with("author_association", json!(word)), []);
        }
        assert_eq!(with("official", json!(true)), []);
        for (key, value, why) in [
            (
                "author_association",
                json!("NONE"),
                "a stranger to the repository: NONE",
            ),
            ("author_association", json!("CONTRIBUTOR"), "CONTRIBUTOR"),
            ("author_association", json!("owner"), "owner"),
            ("official", json!(false), "not official"),
            ("", Value::Null, "name a roster"),
        ] {
            let found = with(key, value);
            assert_eq!(found.len(), 1, "{found:?}");
            assert_eq!(found[0].0, "approvals-missing");
            assert!(found[0].1.contains(why), "{found:?}");
        }
    }

    #[test]
    fn a_member_who_may_only_read_approves_nothing_without_a_roster() {
        let of = |association: &str, roster: &[&str]| {
            let mut row = review(1, "reader", "APPROVED", Some(HEAD));
            row["author_association"] = json!(association);
            found(&[row], 1, roster)
        };
        for association in ["MEMBER", "COLLABORATOR"] {
            let found = of(association, &[]);
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(
                found[0].1.contains("that of `reader` (may only read)"),
                "{found:?}"
            );
            // Whoever is named need not be asked about.
            assert_eq!(of(association, &["reader"]), []);
        }
        assert_eq!(of("OWNER", &[]), []);
    }

    #[test]
    fn what_only_looks_like_an_approval_does_not_count() {
        misses(
            &[review(1, "bob", "approved", Some(HEAD))],
            "its state is `approved`",
        );
        misses(
            &[review(1, "bob", "APPROVED", Some(OLDER))],
            "of commit 79be",
        );
        misses(
            &[review(1, "bob", "APPROVED", Some("8b33b67e09"))],
            "of commit 8b33b67e09)",
        );
        misses(&[review(1, "bob", "APPROVED", None)], "of no commit");
        misses(
            &[review(1, "eve", "APPROVED", Some(HEAD))],
            "not on the roster",
        );
        misses(
            &[review(1, "Ann", "APPROVED", Some(HEAD))],
            "the author's own",
        );
        misses(&[review(1, "bob", "COMMENT", Some(HEAD))], "0 of 1");
        for flag in ["dismissed", "stale"] {
            for value in [json!(true), json!("true"), json!(1)] {
                let mut row = review(1, "bob", "APPROVED", Some(HEAD));
                row[flag] = value;
                misses(&[row], flag);
            }
        }
    }

    #[test]
    fn one_person_approves_once() {
        let twice = [
            review(1, "bob", "APPROVED", Some(HEAD)),
            review(2, "Bob", "APPROVED", Some(HEAD)),
        ];
        assert_eq!(found(&twice, 2, &["bob", "cid"])[0].0, "approvals-missing");
    }

    #[test]
    fn a_forged_row_hides_no_genuine_one() {
        let rows = [
            review(1, "bob", "APPROVED", Some(HEAD)),
            review(2, "bob", "APPROVED", None),
            review(3, "bob", "approved", Some(HEAD)),
        ];
        assert_eq!(found(&rows, 1, &["bob"]), []);
    }

    #[test]
    fn an_objection_of_anybody_stands_until_it_is_taken_back() {
        let genuine = review(1, "bob", "APPROVED", Some(HEAD));
        let objects = review(2, "eve", "REQUEST_CHANGES", Some(OLDER));
        let codes = |rows: &[Value]| {
            found(rows, 1, &["bob"])
                .into_iter()
                .map(|(code, _)| code)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            codes(&[genuine.clone(), objects.clone()]),
            ["changes-requested"]
        );
        let mut dismissed = objects.clone();
        dismissed["dismissed"] = json!(true);
        assert_eq!(codes(&[genuine.clone(), dismissed]), [""; 0]);
        // Bob himself, who approved before and after.
        let own = review(2, "bob", "REQUEST_CHANGES", Some(HEAD));
        assert_eq!(
            codes(&[genuine.clone(), own.clone()]),
            ["approvals-missing", "changes-requested"]
        );
        assert_eq!(
            codes(&[own, review(3, "bob", "APPROVED", Some(HEAD))]),
            [""; 0]
        );
        // Eve has no seat; that she is satisfied counts all the same.
        let satisfied = review(3, "eve", "APPROVED", Some(OLDER));
        assert_eq!(codes(&[genuine, objects, satisfied]), [""; 0]);
    }
}
