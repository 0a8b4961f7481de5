use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use super::chain::{Applied, Migrated, apply_all};
use super::files::{MigrationSet, Unread};
use super::migrations::Migrations;
use super::numbers::check_names;
use super::plan::Plan;
use super::probe::{Asked, ask};
use super::protections;
use super::rules::Rules;
use super::server::{SERVER_LOST, Server};
use super::servers::Servers;
use crate::backend::Database;
use crate::context::Context;
use crate::gate::{Header, Inspection, Obstacle, Protection, Witness};
use crate::kinds::Check;

/// How long it may take to remove a server that does not come up in time.
const CLEAN_UP: Duration = Duration::from_secs(75);

/// A loaded gate of this kind.
#[derive(Debug)]
pub(super) struct PostgresCheck {
    pub(super) rules: Rules,
    /// Whether the gate has looked before: what is looked at later is a planted violation, or
    /// another try, and its databases are of no use to anybody else.
    pub(super) looked: AtomicBool,
}

impl Check for PostgresCheck {
    fn header(&self) -> &Header {
        &self.rules.header
    }

    fn grace(&self) -> Option<Duration> {
        Some(CLEAN_UP)
    }

    fn inspect(&self, context: &Context) -> Inspection {
        let mut inspection = Inspection::new();
        let set = match &self.rules.migrations {
            None => None,
            Some(migrations) => match read(migrations, context, &mut inspection) {
                Some(set) => Some((migrations, set)),
                None => return inspection,
            },
        };
        if !self.rules.probes.is_empty() {
            inspection.part("probes");
        }
        let looked = Servers::of(context, &self.rules.stage)
            .and_then(|server| context.block_on(self.look(&server, set, &mut inspection))?);
        if let Err(obstacle) = looked {
            let is_lost = obstacle.code == &SERVER_LOST;
            inspection.obstacle(obstacle);
            if is_lost && let Some(left) = Servers::forget(context, &self.rules.stage) {
                inspection.obstacle(left);
            }
        }
        inspection
    }

    fn protections(&self, context: &Context) -> Vec<Protection> {
        protections::all(&self.rules, context)
    }
}

/// The migrations with all that their names tell; `None` where they cannot be read.
fn read(
    rules: &Migrations,
    context: &Context,
    inspection: &mut Inspection,
) -> Option<MigrationSet> {
    inspection.part("migrations");
    match rules.read(context) {
        Ok(set) => {
            for finding in check_names(rules, &set) {
                inspection.find(finding);
            }
            Some(set)
        }
        Err(Unread::Finding(finding)) => {
            inspection.find(*finding);
            None
        }
        Err(Unread::Obstacle(obstacle)) => {
            inspection.obstacle(*obstacle);
            None
        }
    }
}

impl PostgresCheck {
    async fn look(
        &self,
        server: &Server,
        set: Option<(&Migrations, MigrationSet)>,
        inspection: &mut Inspection,
    ) -> Result<(), Obstacle> {
        let begun = Instant::now();
        inspection.fact("backend", format!("{}: {}", server.backend(), server.why()));
        inspection.fact("server", server.name());
        inspection.fact("server_version", server.version());
        let database = match set {
            None => None,
            Some((rules, set)) => {
                let plan = Plan::new(rules, &set);
                let first = !self.looked.swap(true, Ordering::Relaxed);
                let applied = apply_all(server, &plan, first).await?;
                record(&plan, applied, inspection)
            }
        };
        // Probes are about the whole schema; where a migration failed they would tell nothing.
        if database.is_some() || self.rules.migrations.is_none() {
            let migrated = database.as_ref().map(|migrated| &migrated.database);
            let probed = self.probe(server, migrated, inspection).await;
            if let Some(migrated) = database.filter(|migrated| !migrated.kept) {
                server.remove(&migrated.database).await;
            }
            probed?;
        }
        inspection.fact(
            "milliseconds",
            json!({
                "server_start": millis(server.started_in()),
                "own": millis(begun.elapsed()),
            }),
        );
        Ok(())
    }

    /// Asks all probes in a copy of the migrated database.
    async fn probe(
        &self,
        server: &Server,
        migrated: Option<&Database>,
        inspection: &mut Inspection,
    ) -> Result<(), Obstacle> {
        if self.rules.probes.is_empty() {
            return Ok(());
        }
        // What somebody else filled is asked as it is: nothing a probe does outlives its transaction.
        let given = server.given().filter(|_| migrated.is_none());
        let database = match given {
            Some(given) => given.clone(),
            None => server.create(migrated).await?,
        };
        let mut session = server.session(&database).await?;
        let mut outcome = Ok(());
        for probe in &self.rules.probes {
            match ask(&session, probe).await {
                Ok(Asked { finding, is_busy }) => {
                    if is_busy {
                        session = server.session(&database).await?;
                    }
                    let seen = finding
                        .as_ref()
                        .map_or("as expected", |finding| finding.message.as_str());
                    inspection
                        .part("probes")
                        .looked(&probe.name, Witness::of(seen));
                    inspection.findings.extend(finding);
                }
                Err(obstacle) => {
                    outcome = Err(obstacle);
                    break;
                }
            }
        }
        drop(session);
        if given.is_none() {
            server.remove(&database).await;
        }
        inspection.fact("probes", self.rules.probes.len());
        outcome
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Writes down what became of the migrations, and gives the migrated database.
fn record(plan: &Plan<'_>, applied: Applied, inspection: &mut Inspection) -> Option<Migrated> {
    let part = inspection.part("migrations");
    let mut undone = 0;
    for migration in plan.migrations.iter().take(applied.count) {
        part.looked(&migration.up.name, Witness::of(&migration.up.digest()));
        if let Some(down) = plan.undone(migration) {
            part.looked(&down.name, Witness::of(&down.digest()));
            undone += 1;
        }
    }
    inspection.findings.extend(applied.findings);
    inspection.fact("migrations", plan.len());
    inspection.fact("applied", applied.count);
    inspection.fact("undone", undone);
    let database = applied.database?;
    inspection.fact("schema_digest", database.snapshot.digest());
    let counts: serde_json::Map<_, _> = database
        .snapshot
        .counts()
        .into_iter()
        .map(|(kind, count)| (kind.to_owned(), json!(count)))
        .collect();
    inspection.fact("schema", counts);
    Some(database)
}
