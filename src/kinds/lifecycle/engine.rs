use std::cell::Cell;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::{Map, Value, json};

use super::check::Bound;
use super::codes::{CHECK_TIMED_OUT, WORLD_SILENT};
use super::failure::Failure;
use super::journal::milliseconds;
use super::life::Life;
use super::life_check::LifeCheck;
use super::stop::Stop;
use super::turn::Turn;
use crate::backend::DockerLoss;
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
    /// When it was over.
    pub(super) ended: Instant,
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

/// Lives a life: every check in its turn, and strands that touch nothing of each other's at the same time. A check that does not
/// come through stops those that rest on it, and no others; a server that does not answer any more stops all.
pub(super) async fn live(
    life: &Life,
    checks: &[&'static LifeCheck],
    left_out: LeftOut<'_>,
) -> Vec<Lived> {
    let stretch = Stretch {
        life,
        left_out,
        silent: Cell::new(None),
    };
    let mut lived: Vec<Lived> = Vec::with_capacity(checks.len());
    for together in checks.chunk_by(|one, next| one.strand().is_some() == next.strand().is_some()) {
        let strands = strands(together);
        let strands = strands.iter().map(|strand| stretch.strand(strand, &lived));
        let mut came: Vec<Lived> = join_all(strands).await.into_iter().flatten().collect();
        // Whatever was lived beside it, a report has the order of a life.
        let place = |lived: &Lived| {
            let is_it = |check: &&LifeCheck| check.id() == lived.check.id();
            together.iter().position(is_it)
        };
        came.sort_by_key(place);
        lived.extend(came);
    }
    lived
}

/// Sorts checks by their strands, each in the order of a life.
fn strands(checks: &[&'static LifeCheck]) -> Vec<Vec<&'static LifeCheck>> {
    let mut strands: Vec<Vec<&'static LifeCheck>> = Vec::new();
    for &check in checks {
        let same = |strand: &&mut Vec<&'static LifeCheck>| strand[0].strand() == check.strand();
        match strands.iter_mut().find(same) {
            Some(strand) => strand.push(check),
            None => strands.push(vec![check]),
        }
    }
    strands
}

/// What all strands of a life have in common.
struct Stretch<'a> {
    life: &'a Life,
    left_out: LeftOut<'a>,
    /// The check at which the server did not answer any more.
    silent: Cell<Option<&'static str>>,
}

impl Stretch<'_> {
    /// Lives checks one after the other.
    async fn strand(&self, checks: &[&'static LifeCheck], before: &[Lived]) -> Vec<Lived> {
        let mut lived: Vec<Lived> = Vec::with_capacity(checks.len());
        for &check in checks {
            let end = match ((self.left_out)(check), self.silent.get()) {
                (Some(because), _) => Some(End::LeftOut(because)),
                (None, Some(since)) => Some(End::NotReached(since)),
                (None, None) => blocked(check, before, &lived),
            };
            let begun = Instant::now();
            let (end, evidence) = match end {
                Some(end) => (end, Vec::new()),
                None => one(self.life, check).await,
            };
            if let End::Stopped(Stop::Obstacle(obstacle)) = &end
                && obstacle.kind == ObstacleKind::Unreachable
                && obstacle.code != &CHECK_TIMED_OUT
            {
                self.silent.set(Some(check.id()));
            }
            lived.push(Lived {
                check,
                end,
                evidence,
                took: begun.elapsed(),
                ended: Instant::now(),
            });
        }
        lived
    }
}

/// What keeps a check from being reached: the first of its dependencies that did not come through.
fn blocked(check: &LifeCheck, before: &[Lived], strand: &[Lived]) -> Option<End> {
    check.after.iter().find_map(|after| {
        let earlier = before
            .iter()
            .chain(strand)
            .find(|lived| lived.check.id() == *after)?;
        match &earlier.end {
            End::Passed => None,
            End::Stopped(_) => Some(End::NotReached(earlier.check.id())),
            End::NotReached(root) => Some(End::NotReached(root)),
            End::LeftOut(_) => Some(End::LeftOut(format!("it rests on {after}"))),
        }
    })
}

/// What a check found wrong is the server's fault only where its containers have a place to be.
async fn in_doubt(life: &Life, stop: Stop) -> Stop {
    let (Stop::Wrong(failure), Some(world)) = (&stop, &life.world) else {
        return stop;
    };
    match world.trouble().await {
        None => stop,
        Some(trouble) => proves_nothing(&trouble, failure),
    }
}

fn proves_nothing(trouble: &str, failure: &Failure) -> Stop {
    Obstacle::unreachable(
        &WORLD_SILENT,
        format!(
            "{trouble}, so that this proves nothing: expected {}, got {}",
            failure.expected, failure.got
        ),
    )
    .into()
}

/// What checks found wrong shortly before the daemon was lost may have been its doing: it ends containers before it
/// ends itself.
pub(super) fn doubt(lived: &mut [Lived], loss: &DockerLoss) {
    for lived in lived.iter_mut().filter(|lived| loss.explains(lived.ended)) {
        if let End::Stopped(Stop::Wrong(failure)) = &lived.end {
            let trouble = "the Docker daemon went away right after";
            lived.end = End::Stopped(proves_nothing(trouble, failure));
        }
    }
}

/// Gives one check its turn; returns what became of it, and its evidence.
async fn one(life: &Life, check: &'static LifeCheck) -> (End, Vec<Value>) {
    let deadline = Bound::of(life.bound, check, check.deadline(life.rules.deadlines));
    let turn = Turn::new(deadline);
    // A wait ends by itself when its time is up, and says what it saw; this is for what hangs.
    let hard = deadline + deadline / 10;
    let end = match tokio::time::timeout(hard, turn.of((check.run)(life))).await {
        Ok(Ok(())) => End::Passed,
        Ok(Err(stop)) => End::Stopped(in_doubt(life, stop).await),
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
    };
    (end, turn.end())
}
