use std::sync::LazyLock;

use driftgate::context::strict_json;
use driftgate::gate::{Verdict, VerdictName};
use driftgate::kinds::Check;
use driftgate::run::GateOutcome;
use serde_json::Value;

use super::gate::{context, gate, judged, looked, promises_hold};
use super::parts::parts;

const STATUSES: &str = "statuses.json";
const FORGES: [&str; 2] = [
    "forge: { name: github }\n",
    "forge: { name: gitea, version: '1.26.4' }\n",
];
/// What is known besides the statuses.
const BESIDES: [(&str, &str); 3] = [
    ("required.txt", "required_contexts: required.txt\n"),
    (
        "protection.json",
        "protection: { snapshot: protection.json, branch: main }\n",
    ),
    (
        "reviews.json",
        "reviews: { approvals: 1, roster: [bob], file: reviews.json, author: ann }\n",
    ),
];

/// The gates that know nothing else, the list of required contexts, branch protection, and reviews too.
static GATES: LazyLock<[Box<dyn Check>; 4]> = LazyLock::new(|| {
    [0, 1, 2, 3].map(|known| {
        let keys: String = BESIDES[..known].iter().map(|(_, key)| *key).collect();
        gate(&format!(
            "id: fuzzed\nabout: It holds.\nkind: statuses\ncontexts: ['Lint / *']\nstatuses: {STATUSES}\n\
             commit: 8b33b67e098c8b9daebe9b8e1b9d704c02b66c3e\n{keys}"
        ))
    })
});

/// The gate over recorded statuses and check runs, by the rules of both forges. Lines of `%%` part them from a list of
/// required contexts, branch protection and reviews.
pub fn check(data: &[u8]) {
    let parts = parts(data);
    let known = parts.len().min(4) - 1;
    let mut files = vec![(STATUSES, parts[0])];
    for ((path, _), bytes) in BESIDES.iter().zip(&parts[1..]).take(known) {
        files.push((*path, *bytes));
    }
    let gate = GATES[known].as_ref();
    let turned = turned(parts[0]);
    for forge in FORGES {
        let context = context(&files, forge);
        let outcome = looked(gate, &context, &files);
        if matches!(outcome.verdict, Verdict::Pass(_)) {
            promises_hold(gate, &context, data.len());
        }
        if let Some(turned) = &turned {
            files[0].1 = turned;
            same(&outcome, &judged(gate, &self::context(&files, forge)));
            files[0].1 = parts[0];
        }
    }
}

/// The statuses with their rows in the other order, where they are a list of such.
fn turned(statuses: &[u8]) -> Option<Vec<u8>> {
    let mut value = strict_json(statuses).ok()?;
    match &mut value {
        Value::Array(rows) => rows.reverse(),
        Value::Object(object) => {
            for key in ["statuses", "check_runs"] {
                if let Some(Value::Array(rows)) = object.get_mut(key) {
                    rows.reverse();
                }
            }
        }
        _ => return None,
    }
    Some(value.to_string().into_bytes())
}

/// Forges give rows in no order that anything may hang on. Which row a refusal names may.
fn same(one: &GateOutcome, other: &GateOutcome) {
    assert_eq!(one.verdict.name(), other.verdict.name());
    if one.verdict.name() != VerdictName::Refused {
        let told = |outcome: &GateOutcome| {
            let findings = outcome.findings.iter();
            let mut told: Vec<_> = findings
                .map(|one| (one.code.name, one.message.clone()))
                .collect();
            told.sort_unstable();
            told
        };
        assert_eq!(told(one), told(other));
        assert_eq!(one.inspected, other.inspected);
    }
}
