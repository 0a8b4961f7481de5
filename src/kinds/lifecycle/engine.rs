use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use super::check::Bound;
use super::codes::CHECK_TIMED_OUT;
use super::journal::milliseconds;
use super::life::Life;
use super::life_check::LifeCheck;
use super::stop::Stop;
use crate::gate::{Obstacle, ObstacleKind};

/// What became of a check.
#[derive(Debug)]
pub(super) enum End {
    Passed,
    Stopped(Stop),
    /// It rests on another one that did not come through.
    NotReached(&'static str),
    /// Something that it needs is not there; nobody failed.
    LeftOut(String),
}

/// A check, what became of it, and what it saw.
#[derive(Debug)]
pub(super) struct Lived {
    pub(super) check: &'static LifeCheck,
    pub(super) end: End,
    pub(super) evidence: Vec<Value>,
    pub(super) took: Duration,
}

impl Lived {
    /// As reports name what became of it.
    pub(super) fn outcome(&self) -> &'static str {
        match &self.end {
            End::Passed => "passed",
            End::Stopped(Stop::Wrong(_)) => "failed",
            End::Stopped(Stop::Obstacle(_)) => "could-not-look",
            End::NotReached(_) => "not-reached",
            End::LeftOut(_) => "left-out",
        }
    }

    pub(super) fn to_json(&self) -> Value {
        let check = self.check;
        let mut fields = Map::new();
        fields.insert("id".into(), check.id().into());
        fields.insert("chapter".into(), check.chapter.as_str().into());
        fields.insert("outcome".into(), self.outcome().into());
        match &self.end {
            End::NotReached(because) => {
                fields.insert("because".into(), (*because).into());
            }
            End::LeftOut(because) => {
                fields.insert("because".into(), because.as_str().into());
            }
            End::Passed | End::Stopped(_) => {
                fields.insert("ms".into(), milliseconds(self.took));
            }
        }
        fields.insert("proves".into(), check.proves.into());
        fields.insert("cites".into(), check.cites.into());
        if !self.evidence.is_empty() {
            fields.insert("evidence".into(), json!(self.evidence));
        }
        Value::Object(fields)
    }
}

/// Why a check is left out, if it is.
pub(super) type LeftOut<'a> = &'a (dyn Fn(&LifeCheck) -> Option<String> + Sync);

/// Lives a life: every check in its turn. A check that does not come through stops those that rest
/// on it, and no others; a server that does not answer any more stops all.
pub(super) async fn live(
    life: &Life,
    checks: &[&'static LifeCheck],
    left_out: LeftOut<'_>,
) -> Vec<Lived> {
    let mut lived: Vec<Lived> = Vec::with_capacity(checks.len());
    let mut silent: Option<&'static str> = None;
    for &check in checks {
        let begun = Instant::now();
        let end = match (left_out(check), silent) {
            (Some(because), _) => End::LeftOut(because),
            (None, Some(since)) => End::NotReached(since),
            (None, None) => match blocked(check, &lived) {
                Some(end) => end,
                None => one(life, check).await,
            },
        };
        if let End::Stopped(Stop::Obstacle(obstacle)) = &end
            && obstacle.kind == ObstacleKind::Unreachable
            && obstacle.code != &CHECK_TIMED_OUT
        {
            silent = Some(check.id());
        }
        lived.push(Lived {
            check,
            end,
            evidence: life.journal.take(),
            took: begun.elapsed(),
        });
    }
    lived
}

/// What keeps a check from being reached: the first of its dependencies that did not come through.
fn blocked(check: &LifeCheck, lived: &[Lived]) -> Option<End> {
    check.after.iter().find_map(|before| {
        let earlier = lived.iter().find(|lived| lived.check.id() == *before)?;
        match &earlier.end {
            End::Passed => None,
            End::Stopped(_) => Some(End::NotReached(earlier.check.id())),
            End::NotReached(root) => Some(End::NotReached(root)),
            End::LeftOut(_) => Some(End::LeftOut(format!("it rests on {before}"))),
        }
    })
}

async fn one(life: &Life, check: &'static LifeCheck) -> End {
    let deadline = Bound::of(life.bound, check, check.deadline(life.rules.deadlines));
    life.begin(deadline);
    // A wait ends by itself when its time is up, and says what it saw; this is for what hangs.
    let hard = deadline + deadline / 10;
    match tokio::time::timeout(hard, (check.run)(life)).await {
        Ok(Ok(())) => End::Passed,
        Ok(Err(stop)) => End::Stopped(stop),
        Err(_) => End::Stopped(
            Obstacle::unreachable(
                &CHECK_TIMED_OUT,
                format!(
                    "{} did not end within {:.1} s",
                    check.id(),
                    hard.as_secs_f64()
                ),
            )
            .into(),
        ),
    }
}
