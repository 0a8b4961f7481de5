use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::codes::CHECK_NOT_REACHED;
use super::engine::{End, Lived};
use super::failure::Failure;
use super::journal::milliseconds;
use super::rules::Rules;
use super::stop::Stop;
use crate::context::Secrets;
use crate::gate::{Finding, Inspection, Location, Obstacle, Witness};

/// Where a contract is written down for everybody.
const CONTRACT: &str = "EnterOS-AI/enteros-core at 8a56e7bc70";

/// The time that a life took, apart by whose it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    /// What the network's and the database's own start took, and how long containers of the system
    /// were being started and ended.
    pub(super) floor: Duration,
    /// Until the system's database was made, after its server was up.
    pub(super) database: Duration,
    /// Until the system was ready.
    pub(super) system: Duration,
    /// From the beginning to the first check.
    pub(super) until_first_check: Duration,
    pub(super) whole: Duration,
}

/// Turns a life into what the judge and the reports want.
pub(super) fn record(
    rules: &Rules,
    lived: &[Lived],
    secrets: &Secrets,
    inspection: &mut Inspection,
) {
    let at = || Location::file(&rules.header.file);
    for lived in lived {
        let check = lived.check;
        // A chapter of which everything was left out is listed as that, not as an empty promise.
        if matches!(lived.end, End::LeftOut(_)) {
            continue;
        }
        let part = inspection.part(check.chapter.as_str());
        match &lived.end {
            End::Passed => {
                let seen = json!(lived.evidence).to_string();
                part.looked(check.id(), Witness::of(&seen));
            }
            End::Stopped(Stop::Wrong(failure)) => {
                let seen = format!("{}{}", failure.expected, failure.got);
                part.looked(check.id(), Witness::of(&seen));
                inspection.find(finding(lived, failure, secrets).at(at()));
            }
            End::Stopped(Stop::Obstacle(obstacle)) => {
                let mut obstacle = Obstacle::clone(obstacle);
                obstacle.message = secrets.scrub(&format!("{}: {}", check.id(), obstacle.message));
                inspection.obstacle(obstacle.at(at()));
            }
            End::NotReached(_) | End::LeftOut(_) => {}
        }
    }
    for obstacle in not_reached(lived) {
        inspection.obstacle(obstacle.at(at()));
    }
}

/// A finding with all that was seen: request, answer, expected, rows, containers.
fn finding(lived: &Lived, failure: &Failure, secrets: &Secrets) -> Finding {
    let check = lived.check;
    let message = format!(
        "{}: expected {}, got {}",
        check.id(),
        failure.expected,
        failure.got
    );
    let mut diff = format!("--- expected\n+++ seen\n@@ {} @@\n", check.id());
    for step in &lived.evidence {
        let line = match step {
            Value::Object(fields) => fields
                .iter()
                .map(|(key, value)| match value {
                    Value::String(text) => format!("{key} {text}"),
                    other => format!("{key} {other}"),
                })
                .collect::<Vec<_>>()
                .join("; "),
            other => other.to_string(),
        };
        diff.push_str(&format!(" {}\n", one_line(&line)));
    }
    diff.push_str(&format!("-{}\n", one_line(&failure.expected)));
    diff.push_str(&format!("+{}\n", one_line(&failure.got)));
    for line in &failure.context {
        diff.push_str(&format!(" {}\n", one_line(line)));
    }
    Finding::new(&check.code, secrets.scrub(&one_line(&message))).diff(secrets.scrub(&diff))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// One obstacle for each check that others rest on and that did not come through.
fn not_reached(lived: &[Lived]) -> Vec<Obstacle> {
    let mut by_cause: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for lived in lived {
        if let End::NotReached(cause) = &lived.end {
            by_cause.entry(cause).or_default().push(lived.check.id());
        }
    }
    by_cause
        .into_iter()
        .map(|(cause, checks)| {
            Obstacle::vacuous(
                &CHECK_NOT_REACHED,
                format!(
                    "{} {} not reached because of {cause}: {}",
                    checks.len(),
                    if checks.len() == 1 {
                        "check was"
                    } else {
                        "checks were"
                    },
                    checks.join(", ")
                ),
            )
        })
        .collect()
}

/// The facts of a life.
pub(super) fn facts(
    rules: &Rules,
    backend: &str,
    times: Times,
    lived: &[Lived],
    inspection: &mut Inspection,
) {
    inspection.fact("profile", rules.profile.as_str());
    inspection.fact("contract", CONTRACT);
    inspection.fact("backend", backend);
    inspection.fact(
        "without",
        rules
            .without
            .iter()
            .map(|capability| capability.as_str())
            .collect::<Vec<_>>(),
    );
    if !rules.added.is_empty() {
        inspection.fact("added", rules.added.clone());
    }
    let count = |outcome: &str| lived.iter().filter(|one| one.outcome() == outcome).count();
    let counts: BTreeMap<&str, usize> = [
        "passed",
        "failed",
        "could-not-look",
        "not-reached",
        "left-out",
    ]
    .into_iter()
    .map(|outcome| (outcome, count(outcome)))
    .collect();
    inspection.fact("outcomes", json!(counts));
    inspection.fact(
        "times",
        json!({
            "floor_ms": milliseconds(times.floor),
            "own_ms": milliseconds(times.whole.saturating_sub(times.floor)),
            "database_ms": milliseconds(times.database),
            "system_ms": milliseconds(times.system),
            "first_check_after_ms": milliseconds(times.until_first_check),
        }),
    );
    inspection.fact(
        "checks",
        lived.iter().map(Lived::to_json).collect::<Vec<_>>(),
    );
}
