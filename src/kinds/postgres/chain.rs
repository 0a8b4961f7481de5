use std::sync::Arc;

use super::apply::{ApplyError, execute};
use super::codes::MIGRATION_FAILS;
use super::connection::Session;
use super::files::{Migration, SqlFile};
use super::plan::Plan;
use super::server::Server;
use super::snapshot::Snapshot;
use super::spec::FileTransaction;
use super::step::check_step;
use super::store::State;
use crate::backend::Database;
use crate::gate::{Finding, Obstacle};

/// What became of a set of migrations.
#[derive(Debug)]
pub(crate) struct Applied {
    /// In the order of the migrations.
    pub(super) findings: Vec<Finding>,
    /// The migrated database; `None` where a migration failed.
    pub(super) database: Option<Migrated>,
    /// How many migrations applied.
    pub(super) count: usize,
}

/// A migrated database. Whoever asks it anything asks a copy.
#[derive(Debug, Clone)]
pub(crate) struct Migrated {
    pub(super) database: Database,
    pub(super) snapshot: Arc<Snapshot>,
    /// Whether others may still need it.
    pub(super) kept: bool,
}

/// A database that migrations are being applied to.
pub(super) struct Bench<'a> {
    pub(super) server: &'a Server,
    pub(super) database: Database,
    session: Option<Session>,
}

impl<'a> Bench<'a> {
    /// A new database, copied from another one or empty.
    async fn new(server: &'a Server, from: Option<&Database>) -> Result<Self, Obstacle> {
        let database = server.create(from).await?;
        Ok(Self {
            server,
            database,
            session: None,
        })
    }

    pub(super) async fn session(&mut self) -> Result<&Session, Obstacle> {
        let session = match self.session.take() {
            Some(session) => session,
            None => self.server.session(&self.database).await?,
        };
        Ok(self.session.insert(session))
    }

    /// A copy of the database as it is now.
    pub(super) async fn copy(&mut self) -> Result<Self, Obstacle> {
        self.leave().await;
        Self::new(self.server, Some(&self.database)).await
    }

    /// Ends the session: a database that somebody is in cannot be copied.
    async fn leave(&mut self) {
        if let Some(session) = self.session.take() {
            drop(session);
            // Whether it was left is seen again by whoever copies it.
            let _ = self.server.is_left(&self.database).await;
        }
    }

    pub(super) async fn remove(self) {
        self.server.remove(&self.database).await;
    }
}

/// Applies all migrations, and checks each one that was not checked before. `keep`: whether the
/// migrated database is kept for others.
pub(super) async fn apply_all(
    server: &Server,
    plan: &Plan<'_>,
    keep: bool,
) -> Result<Applied, Obstacle> {
    let last = plan.len();
    let turn = server.store.turn(plan.state(last));
    let _alone = turn.lock().await;
    let is_open = |index: &usize| {
        plan.check(*index)
            .is_some_and(|key| server.store.check(&key).is_none())
    };
    let open: Vec<usize> = (0..last).filter(is_open).collect();
    let migrated = server.store.state(&plan.state(last));
    // The state up to which a database must be brought, and the nearest one that is there.
    let target = match &migrated {
        Some(_) => open.last().map_or(0, |index| index + 1),
        None => last,
    };
    let latest = open.first().copied().unwrap_or(last).min(target);
    let (from, state) = (1..=latest)
        .rev()
        .find_map(|applied| Some((applied, server.store.state(&plan.state(applied))?)))
        .map_or((0, None), |(applied, state)| (applied, Some(state)));
    let mut database = migrated.map(|state| Migrated {
        database: state.database,
        snapshot: state.snapshot,
        kept: true,
    });
    if target > from || database.is_none() {
        let mut bench = Bench::new(server, state.as_ref().map(|state| &state.database)).await?;
        let walk = Walk {
            plan,
            open: &open,
            before: state.map(|state| state.snapshot),
        };
        match walk.go(&mut bench, from, target).await? {
            Walked::Failed(count, finding) => {
                bench.remove().await;
                let mut findings = known(server, plan, count);
                findings.push(*finding);
                return Ok(Applied {
                    findings,
                    database: None,
                    count,
                });
            }
            Walked::Through(snapshot) if database.is_none() => {
                bench.leave().await;
                let state = State {
                    database: bench.database.clone(),
                    snapshot,
                };
                let kept = keep && server.store.keep_state(plan.state(last), state.clone());
                database = Some(Migrated {
                    database: state.database,
                    snapshot: state.snapshot,
                    kept,
                });
            }
            Walked::Through(_) => bench.remove().await,
        }
    }
    Ok(Applied {
        findings: known(server, plan, last),
        database,
        count: last,
    })
}

/// The findings of the first `count` migrations.
fn known(server: &Server, plan: &Plan<'_>, count: usize) -> Vec<Finding> {
    (0..count)
        .filter_map(|index| server.store.check(&plan.check(index)?))
        .flat_map(|checked| checked.findings.clone())
        .collect()
}

/// A way through migrations.
struct Walk<'a> {
    plan: &'a Plan<'a>,
    /// Those that are to be checked, by index.
    open: &'a [usize],
    /// The schema at the beginning, where it is known.
    before: Option<Arc<Snapshot>>,
}

enum Walked {
    /// So many applied, and the next one did not.
    Failed(usize, Box<Finding>),
    Through(Arc<Snapshot>),
}

impl Walk<'_> {
    /// Applies the migrations from `from` up to `to`.
    async fn go(self, bench: &mut Bench<'_>, from: usize, to: usize) -> Result<Walked, Obstacle> {
        let plan = self.plan;
        let mut before = self.before;
        for index in from..to {
            let migration = &plan.migrations[index];
            let checked = self.open.contains(&index);
            if self.open.first() == Some(&index) && index >= from + LONG_WAY {
                before = Some(keep(bench, plan, index).await?);
            }
            if checked && before.is_none() {
                before = Some(take(bench).await?);
            }
            if let Some(refused) = forward(bench, plan, migration).await? {
                return Ok(Walked::Failed(index, Box::new(refused)));
            }
            let is_end = index + 1 == to;
            // The schema between two migrations is asked for only where somebody compares it.
            let after = match checked || is_end || self.open.contains(&(index + 1)) {
                true => Some(take(bench).await?),
                false => None,
            };
            if let (true, Some(key), Some(before), Some(after)) =
                (checked, plan.check(index), &before, &after)
            {
                let checked = check_step(bench, plan, migration, before, after).await?;
                bench.server.store.keep_check(key, checked);
            }
            before = after;
        }
        match before {
            Some(snapshot) => Ok(Walked::Through(snapshot)),
            None => Ok(Walked::Through(take(bench).await?)),
        }
    }
}

/// A way of so many migrations, all of them known, is not gone twice.
const LONG_WAY: usize = 8;

/// Keeps a copy of the database as it is after `applied` migrations.
async fn keep(
    bench: &mut Bench<'_>,
    plan: &Plan<'_>,
    applied: usize,
) -> Result<Arc<Snapshot>, Obstacle> {
    let snapshot = take(bench).await?;
    let copy = bench.copy().await?;
    let state = State {
        database: copy.database.clone(),
        snapshot: Arc::clone(&snapshot),
    };
    if !bench.server.store.keep_state(plan.state(applied), state) {
        copy.remove().await;
    }
    Ok(snapshot)
}

async fn take(bench: &mut Bench<'_>) -> Result<Arc<Snapshot>, Obstacle> {
    match Snapshot::take(bench.session().await?).await {
        Ok(snapshot) => Ok(Arc::new(snapshot)),
        Err(ApplyError::Lost(obstacle)) => Err(*obstacle),
        Err(ApplyError::Refused(refusal)) => Err(super::server::refused(&format!(
            "failed to read the schema: {}",
            refusal.say()
        ))),
    }
}

/// Applies one migration, as the program does that the gate describes.
async fn forward(
    bench: &mut Bench<'_>,
    plan: &Plan<'_>,
    migration: &Migration,
) -> Result<Option<Finding>, Obstacle> {
    let file = &migration.up;
    let session = bench.session().await?;
    match run_file(session, file, plan.rules.transaction).await {
        Ok(()) => {}
        Err(ApplyError::Lost(obstacle)) => return Err(*obstacle),
        Err(ApplyError::Refused(refusal)) => {
            return Ok(Some(refusal.finding(
                &MIGRATION_FAILS,
                "does not apply",
                file,
            )));
        }
    }
    match session.reset().await {
        Ok(true) => Ok(None),
        Ok(false) => Ok(Some(
            Finding::new(
                &MIGRATION_FAILS,
                format!("`{}` begins a transaction and does not end it", file.name),
            )
            .at(file.location()),
        )),
        Err(ApplyError::Lost(obstacle)) => Err(*obstacle),
        Err(ApplyError::Refused(refusal)) => Err(super::server::refused(&refusal.say())),
    }
}

/// Runs a file as it runs in life.
pub(super) async fn run_file(
    session: &Session,
    file: &SqlFile,
    transaction: FileTransaction,
) -> Result<(), ApplyError> {
    match transaction {
        FileTransaction::None => execute(session, &file.text).await,
        FileTransaction::File => {
            session.query("BEGIN").await?;
            let run = match execute(session, &file.text).await {
                Ok(()) => session.query("COMMIT").await.map(|_| ()),
                refused => refused,
            };
            if run.is_err() {
                // Of a server that is gone, the error above has told.
                let _ = session.query("ROLLBACK").await;
            }
            run
        }
    }
}
