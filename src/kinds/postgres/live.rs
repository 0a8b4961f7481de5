use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::apply::ApplyError;
use super::catalog::CatalogSet;
use super::chain::apply_all;
use super::files::{MigrationSet, SqlFile, Unread};
use super::migrations::Migrations;
use super::plan::Plan;
use super::plants::Plants;
use super::server::{SERVER_LOST, Server};
use super::servers::Servers;
use super::spec::{FileTransaction, MigrationsSpec, Order};
use crate::backend::{BackendName, PostgresSpec, StagePlan, StageSpec, SystemWanted, check_stage};
use crate::config::{GateFile, SpecError};
use crate::context::Context;
use crate::gate::{Change, Finding, Obstacle, Plant};
use crate::tree::TreePath;

/// A database that is made of migrations, to be asked what it has.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LiveSpec {
    /// Where the database server runs.
    #[serde(default)]
    pub backend: BackendName,
    /// The database server. All gates of a run that say the same of it have one in common.
    pub server: Option<PostgresSpec>,
    /// The migrations that make it.
    pub migrations: LiveMigrationsSpec,
}

/// The migrations of a database that is only read.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LiveMigrationsSpec {
    /// The folder in which they stand.
    #[schemars(with = "String")]
    pub folder: Spanned<String>,
    /// The names in the folder that go forward; `*.up.sql` without the key.
    #[schemars(with = "Option<String>")]
    pub up: Option<Spanned<String>>,
    /// The names that undo them, which are left alone; `*.down.sql` without the key.
    #[schemars(with = "Option<String>")]
    pub undo: Option<Spanned<String>>,
    /// The order in which they are applied.
    #[serde(default)]
    pub order: Order,
    /// Whether each file runs in a transaction of its own.
    #[serde(default)]
    pub transaction: FileTransaction,
}

/// A database to be asked, as it was loaded.
#[derive(Debug, Clone)]
pub(crate) struct Live {
    stage: StagePlan,
    migrations: Migrations,
}

/// What a migrated database has.
#[derive(Debug)]
pub(crate) struct LiveCatalog {
    pub(crate) sets: Arc<Vec<CatalogSet>>,
    /// The migrations, in the order in which they were applied.
    pub(crate) files: Vec<LiveFile>,
}

/// A migration that was applied.
#[derive(Debug)]
pub(crate) struct LiveFile {
    pub(crate) path: TreePath,
    /// As reports name it.
    pub(crate) place: String,
    pub(crate) text: String,
}

impl From<&SqlFile> for LiveFile {
    fn from(file: &SqlFile) -> Self {
        Self {
            path: file.path.clone(),
            place: file.place.clone(),
            text: file.text.clone(),
        }
    }
}

/// Why it could not be asked.
#[derive(Debug)]
pub(crate) enum LiveProblem {
    Finding(Box<Finding>),
    Obstacle(Box<Obstacle>),
}

impl From<Obstacle> for LiveProblem {
    fn from(obstacle: Obstacle) -> Self {
        Self::Obstacle(Box::new(obstacle))
    }
}

impl From<Unread> for LiveProblem {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::Finding(finding) => Self::Finding(finding),
            Unread::Obstacle(obstacle) => Self::Obstacle(obstacle),
        }
    }
}

impl Live {
    /// Reads what a gate file says of it.
    pub(crate) fn load(
        file: &GateFile,
        spec: &LiveSpec,
        errors: &mut Vec<SpecError>,
    ) -> Option<Self> {
        let LiveMigrationsSpec {
            folder,
            up,
            undo,
            order,
            transaction,
        } = spec.migrations.clone();
        let migrations = MigrationsSpec {
            folder,
            up,
            undo,
            order,
            transaction,
            down: false,
            repeatable: false,
            consecutive: false,
            min: None,
            irreversible: Vec::new(),
        };
        let wanted = StageSpec {
            backend: spec.backend,
            postgres: spec.server.as_ref(),
            services: &[],
            system: SystemWanted::No,
        };
        let stage = check_stage(file, wanted)
            .map_err(|found| errors.extend(found))
            .ok();
        Some(Self {
            stage: stage?,
            migrations: Migrations::load(file, &migrations, errors)?,
        })
    }

    /// The folder of its migrations.
    pub(crate) fn folder(&self) -> &TreePath {
        &self.migrations.folder
    }

    /// Brings the database up, and asks what it has.
    pub(crate) fn read(&self, context: &Context) -> Result<LiveCatalog, LiveProblem> {
        let set = self.migrations.read(context)?;
        let ups = set.migrations.iter().map(|migration| &migration.up);
        let files = ups.map(LiveFile::from).collect();
        let server = Servers::of(context, &self.stage)?;
        let sets = context.block_on(self.ask(&server, &set))?;
        drop(server);
        if let Err(LiveProblem::Obstacle(obstacle)) = &sets
            && obstacle.code == &SERVER_LOST
            && let Some(left) = Servers::forget(context, &self.stage)
        {
            return Err(obstacle.clone().besides(&left).into());
        }
        let sets = sets?;
        Ok(LiveCatalog { sets, files })
    }

    async fn ask(
        &self,
        server: &Server,
        set: &MigrationSet,
    ) -> Result<Arc<Vec<CatalogSet>>, LiveProblem> {
        let plan = Plan::new(&self.migrations, set);
        let state = plan.state(plan.len());
        if let Some(sets) = server.store.catalog(&state) {
            return Ok(sets);
        }
        let mut applied = apply_all(server, &plan, true).await?;
        let Some(migrated) = applied.database else {
            return Err(match applied.findings.pop() {
                Some(finding) => LiveProblem::Finding(Box::new(finding)),
                None => super::server::refused("a migration failed without a reason").into(),
            });
        };
        // Nobody may be in a database that others are copied from.
        let database = server.create(Some(&migrated.database)).await?;
        let session = server.session(&database).await?;
        let sets = CatalogSet::all(&session).await;
        drop(session);
        server.remove(&database).await;
        if !migrated.kept {
            server.remove(&migrated.database).await;
        }
        match sets {
            Ok(sets) => {
                let sets = Arc::new(sets);
                server.store.keep_catalog(state, &sets);
                Ok(sets)
            }
            Err(ApplyError::Lost(obstacle)) => Err(LiveProblem::Obstacle(obstacle)),
            Err(ApplyError::Refused(refusal)) => Err(super::server::refused(&format!(
                "failed to read the catalog: {}",
                refusal.say()
            ))
            .into()),
        }
    }

    /// One more migration after the others.
    pub(crate) fn one_more(&self, context: &Context, text: &str) -> Result<Plant, String> {
        let set = self
            .migrations
            .read(context)
            .map_err(|problem| match problem {
                Unread::Finding(finding) => finding.message,
                Unread::Obstacle(obstacle) => obstacle.message,
            })?;
        let plants = Plants {
            rules: &self.migrations,
            set: &set,
        };
        Ok(Plant::in_root(Change::write(
            plants.next_file("catalog")?.as_bytes(),
            text,
        )))
    }
}
