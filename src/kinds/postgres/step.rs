use super::apply::{ApplyError, Refusal, execute};
use super::chain::{Bench, run_file};
use super::codes::{DOWN_FAILS, DOWN_INCOMPLETE, LABEL_STAYS, NOT_REPEATABLE, UP_AGAIN_FAILS};
use super::connection::Session;
use super::files::{Migration, SqlFile};
use super::plan::Plan;
use super::script::Script;
use super::snapshot::{Difference, Snapshot, diff, summary};
use super::spec::FileTransaction;
use super::store::Checked;
use crate::gate::{Code, Finding, Obstacle};

/// Checks a migration that was just applied: whether it can be applied once more, undone, and
/// applied after that. The database stays as it is.
pub(super) async fn check_step(
    bench: &mut Bench<'_>,
    plan: &Plan<'_>,
    migration: &Migration,
    before: &Snapshot,
    after: &Snapshot,
) -> Result<Checked, Obstacle> {
    let mut findings = Vec::new();
    let up = &migration.up;
    if plan.rules.repeatable {
        let trial = Trial {
            steps: vec![Step {
                file: up,
                wanted: after,
                sides: ["after it", "after it was applied twice"],
                refused: (&NOT_REPEATABLE, "does not apply a second time"),
                differs: &NOT_REPEATABLE,
            }],
            transaction: plan.rules.transaction,
        };
        findings.extend(trial.run(bench).await?);
    }
    if let Some(down) = plan.undone(migration) {
        let trial = Trial {
            steps: vec![
                Step {
                    file: down,
                    wanted: before,
                    sides: ["before the migration", "after it was undone"],
                    refused: (&DOWN_FAILS, "does not apply right after its migration"),
                    differs: &DOWN_INCOMPLETE,
                },
                Step {
                    file: up,
                    wanted: after,
                    sides: [
                        "after the migration",
                        "after it was undone and applied again",
                    ],
                    refused: (&UP_AGAIN_FAILS, "does not apply again after it was undone"),
                    differs: &UP_AGAIN_FAILS,
                },
            ],
            transaction: plan.rules.transaction,
        };
        findings.extend(trial.run(bench).await?);
    }
    Ok(Checked {
        findings,
        if_not_undone: if_not_undone(&before.differences(after)),
    })
}

fn if_not_undone(differences: &[Difference]) -> Option<&'static Code> {
    let labels = differences
        .iter()
        .filter(|one| one.more_labels().is_some())
        .count();
    match (labels, differences.len()) {
        (_, 0) => None,
        (0, _) => Some(&DOWN_INCOMPLETE),
        (labels, all) => (labels == all).then_some(&LABEL_STAYS),
    }
}

/// Files to run one after the other, and the schema that each must leave.
struct Trial<'a> {
    steps: Vec<Step<'a>>,
    transaction: FileTransaction,
}

struct Step<'a> {
    file: &'a SqlFile,
    wanted: &'a Snapshot,
    /// What the two sides of a diff are called.
    sides: [&'static str; 2],
    refused: (&'static Code, &'static str),
    differs: &'static Code,
}

/// What the first step that went wrong came to.
enum Outcome {
    Good,
    Refused(Finding),
    Differs(Vec<Finding>),
}

impl Trial<'_> {
    /// Runs in a transaction that is rolled back, which is quick. What cannot be run so, or was
    /// refused there, runs in a copy of the database, just as in life.
    async fn run(&self, bench: &mut Bench<'_>) -> Result<Vec<Finding>, Obstacle> {
        if let Some(texts) = self.plain_texts() {
            match self.in_transaction(bench.session().await?, &texts).await {
                Ok(Outcome::Good) => return Ok(Vec::new()),
                Ok(Outcome::Differs(findings)) => return Ok(findings),
                Ok(Outcome::Refused(_)) | Err(ApplyError::Refused(_)) => {}
                Err(ApplyError::Lost(obstacle)) => return Err(*obstacle),
            }
        }
        let mut copy = bench.copy().await?;
        let outcome = self.as_in_life(copy.session().await?).await;
        copy.remove().await;
        match outcome {
            Ok(Outcome::Good) => Ok(Vec::new()),
            Ok(Outcome::Refused(finding)) => Ok(vec![finding]),
            Ok(Outcome::Differs(findings)) => Ok(findings),
            Err(ApplyError::Lost(obstacle)) => Err(*obstacle),
            Err(ApplyError::Refused(refusal)) => Err(super::server::refused(&format!(
                "failed to try a migration: {}",
                refusal.say()
            ))),
        }
    }

    /// The files without transactions of their own; `None` where one has several, or cannot be told
    /// apart into statements.
    fn plain_texts(&self) -> Option<Vec<String>> {
        self.steps
            .iter()
            .map(|step| Script::split(&step.file.text)?.without_own_transaction())
            .collect()
    }

    async fn in_transaction(
        &self,
        session: &Session,
        texts: &[String],
    ) -> Result<Outcome, ApplyError> {
        session.query("BEGIN").await?;
        let mut outcome = Ok(Outcome::Good);
        for (step, text) in self.steps.iter().zip(texts) {
            outcome = step.judge(session, execute(session, text).await).await;
            if !matches!(outcome, Ok(Outcome::Good)) {
                break;
            }
        }
        session.query("ROLLBACK").await?;
        outcome
    }

    async fn as_in_life(&self, session: &Session) -> Result<Outcome, ApplyError> {
        for step in &self.steps {
            let run = run_file(session, step.file, self.transaction).await;
            match step.judge(session, run).await? {
                Outcome::Good => {}
                wrong => return Ok(wrong),
            }
            session.reset().await?;
        }
        Ok(Outcome::Good)
    }
}

impl Step<'_> {
    async fn judge(
        &self,
        session: &Session,
        run: Result<(), ApplyError>,
    ) -> Result<Outcome, ApplyError> {
        match run {
            Ok(()) => {}
            Err(ApplyError::Refused(refusal)) => {
                return Ok(Outcome::Refused(self.refusal(&refusal)));
            }
            Err(lost) => return Err(lost),
        }
        let now = Snapshot::take(session).await?;
        let differences = self.wanted.differences(&now);
        if differences.is_empty() {
            return Ok(Outcome::Good);
        }
        Ok(Outcome::Differs(self.differing(differences)))
    }

    fn refusal(&self, refusal: &Refusal) -> Finding {
        let (code, what) = self.refused;
        refusal.finding(code, what, self.file)
    }

    fn differing(&self, differences: Vec<Difference>) -> Vec<Finding> {
        let file = self.file;
        let [before, after] = self.sides;
        let (labels, others): (Vec<Difference>, Vec<Difference>) = differences
            .into_iter()
            .partition(|one| self.differs == &DOWN_INCOMPLETE && one.more_labels().is_some());
        let mut findings = Vec::new();
        for label in &labels {
            let more = label.more_labels().unwrap_or_default().join(", ");
            findings.push(
                Finding::new(
                    &LABEL_STAYS,
                    format!("`{}` leaves {more} in enum {}", file.name, label.name),
                )
                .at(file.location())
                .diff(diff(before, after, std::slice::from_ref(label))),
            );
        }
        if !others.is_empty() {
            findings.push(
                Finding::new(
                    self.differs,
                    format!(
                        "`{}` leaves another schema than the one {before}: {}",
                        file.name,
                        summary(&others)
                    ),
                )
                .at(file.location())
                .diff(diff(before, after, &others)),
            );
        }
        findings
    }
}
