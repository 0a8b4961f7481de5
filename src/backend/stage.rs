use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::choose::choose;
use super::plan::{StagePlan, SystemPlan};
use super::postgres::{Database, Postgres, start_container, start_process, use_external};
use super::system::{self, Surroundings, System};
use super::{Backend, Choice, Run, Values, network, services};
use crate::context::{Context, Http};
use crate::gate::Obstacle;

/// All that a gate over running systems has brought up. Dropped, all of it goes.
#[derive(Debug)]
pub struct Stage {
    pub choice: Choice,
    /// `None` for a system that runs elsewhere, where the gate names no database.
    pub postgres: Option<Postgres>,
    /// The database of the system under test.
    pub database: Option<Database>,
    /// `None` where the gate is about a database alone.
    pub system: Option<System>,
    /// The run's Docker network.
    pub network: Option<String>,
    pub timings: Timings,
    pub run: Run,
}

/// How long each part took to come up.
#[derive(Debug, Clone, Copy, Default)]
pub struct Timings {
    pub network: Duration,
    pub postgres: Duration,
    pub database: Duration,
    pub services: Duration,
    pub system: Duration,
}

/// Variables for a system, by where it is brought up.
pub type Extra<'a> = &'a (dyn Fn(Backend) -> BTreeMap<String, String> + Sync);

/// The name of the database of the system under test.
const DATABASE: &str = "system";
/// The name of the database of a second one.
const DATABASE_BESIDE: &str = "beside";

impl Stage {
    /// Brings up what the plan says. `extra` are variables for the system, which the gate's own
    /// override. Where something fails, what is up already goes again, and the logs are kept.
    ///
    /// # Errors
    /// Why it is not up.
    pub fn bring_up(
        context: &Context,
        plan: &StagePlan,
        within: Duration,
        extra: Extra<'_>,
    ) -> Result<Self, Obstacle> {
        let run = Run::begin(context, within)?;
        let came = context.block_on(parts(&run, plan, extra));
        match came {
            Ok(Ok(parts)) => Ok(parts.stage(run)),
            Ok(Err(obstacle)) => {
                let obstacle = Obstacle {
                    message: run.secrets().scrub(&obstacle.message),
                    ..obstacle
                };
                let obstacle = with_logs(obstacle, run.keep_logs().ok());
                Err(abandoned(&run, obstacle))
            }
            // Why it was stopped, whoever stopped it knows best.
            Err(cancelled) => Err(run.take_down().err().unwrap_or(cancelled)),
        }
    }

    /// Brings up one more system on the server of another stage, in a run of its own and with a database of its
    /// own: a copy of the other stage's, whose system has ended by now. For processes: in containers both systems
    /// would bear one name on the other stage's network.
    ///
    /// # Errors
    /// Why it is not up.
    pub fn bring_up_on(
        context: &Context,
        host: &Self,
        plan: &StagePlan,
        within: Duration,
        extra: &BTreeMap<String, String>,
    ) -> Result<Self, Obstacle> {
        let run = Run::begin(context, within)?;
        let came = context.block_on(parts_on(&run, host, plan, extra));
        match came {
            Ok(Ok(parts)) => Ok(parts.stage(run)),
            Ok(Err(obstacle)) => {
                let obstacle = Obstacle {
                    message: run.secrets().scrub(&obstacle.message),
                    ..obstacle
                };
                Err(abandoned(&run, obstacle))
            }
            Err(cancelled) => Err(run.take_down().err().unwrap_or(cancelled)),
        }
    }

    /// Ends the system, so that its database can be copied.
    pub fn end_system(&self) {
        self.run.end_process(system::NAME);
    }

    /// Removes a database that was made on this stage's server.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn drop_database(&self, context: &Context, database: Database) -> Result<(), Obstacle> {
        match &self.postgres {
            Some(postgres) => context.block_on(postgres.drop(database))?,
            None => Ok(()),
        }
    }

    /// Copies the logs of everything to where they outlive the run; returns the folder.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn keep_logs(&self) -> Result<PathBuf, Obstacle> {
        self.run.keep_logs()
    }

    /// Ends and removes everything.
    ///
    /// # Errors
    /// What is left.
    pub fn take_down(self) -> Result<(), Obstacle> {
        self.run.take_down()
    }
}

/// A second system on the same backend, with a database of its own.
#[derive(Debug)]
pub struct Beside {
    pub database: Database,
    pub system: System,
}

impl Stage {
    /// Brings up one more system like the first: on the same daemon or in the same folder, with a
    /// database of its own. `None` where the first one was not brought up here. It goes with the
    /// stage.
    ///
    /// # Errors
    /// Why it is not up.
    pub async fn beside(
        &self,
        plan: &StagePlan,
        extra: &BTreeMap<String, String>,
    ) -> Result<Option<Beside>, Obstacle> {
        let (Some(postgres), Some(_)) = (&self.postgres, &self.system) else {
            return Ok(None);
        };
        let is_own = matches!(
            plan.system,
            SystemPlan::Embedded { .. } | SystemPlan::Run(_)
        );
        // What a service holds for the first system would be the second one's too.
        if !is_own || !plan.services.is_empty() || self.choice.backend == Backend::External {
            return Ok(None);
        }
        let run = &self.run;
        // On one server several runs may have a second system.
        let name = format!("{DATABASE_BESIDE}_{}", run.id.short());
        let database = postgres.create(run, &name, None).await?;
        let mut values = Values::of_run(run, self.network.as_deref());
        values.database(postgres, &database);
        run.secrets().add(database.url());
        let around = Surroundings {
            name: system::BESIDE,
            run,
            backend: self.choice.backend,
            network: self.network.as_deref(),
            values: &mut values,
            http: &Http::default(),
            extra,
        };
        let system = system::bring_up(&plan.system, around).await?;
        Ok(system.map(|system| Beside { database, system }))
    }
}

/// Takes down what came up so far; returns why the rest did not, and what could not be removed.
fn abandoned(run: &Run, obstacle: Obstacle) -> Obstacle {
    let left = run.take_down().err();
    let obstacle = run.judged(obstacle);
    match left {
        None => obstacle,
        Some(left) => obstacle.besides(&left),
    }
}

/// Names the folder of logs beside the help that there is.
fn with_logs(obstacle: Obstacle, folder: Option<PathBuf>) -> Obstacle {
    let Some(folder) = folder.filter(|folder| {
        std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
    }) else {
        return obstacle;
    };
    let logs = format!("logs are kept in {}", folder.display());
    let help = match &obstacle.help {
        Some(help) => format!("{help}; {logs}"),
        None => logs,
    };
    obstacle.help(help)
}

/// What came up, apart from the run that it belongs to.
struct Parts {
    choice: Choice,
    postgres: Option<Postgres>,
    database: Option<Database>,
    system: Option<System>,
    network: Option<String>,
    timings: Timings,
}

impl Parts {
    fn stage(self, run: Run) -> Stage {
        Stage {
            choice: self.choice,
            postgres: self.postgres,
            database: self.database,
            system: self.system,
            network: self.network,
            timings: self.timings,
            run,
        }
    }
}

async fn parts(run: &Run, plan: &StagePlan, extra: Extra<'_>) -> Result<Parts, Obstacle> {
    let choice = choose(run, plan).await?;
    let extra = &extra(choice.backend);
    let mut timings = Timings::default();
    let mut watch = Watch::start();
    let network = match choice.backend {
        Backend::Docker => Some(network::make(run).await?),
        Backend::Process | Backend::External => None,
    };
    timings.network = watch.lap();
    let (postgres, given) = match (&plan.postgres.url_env, choice.backend) {
        (Some(variable), _) => {
            let (postgres, database) = use_external(run, variable).await?;
            (Some(postgres), Some(database))
        }
        (None, Backend::Docker) => {
            let network = network.as_deref().unwrap_or_default();
            let postgres = start_container(run, network, &plan.postgres).await?;
            (Some(postgres), None)
        }
        (None, Backend::Process) => (Some(start_process(run, &plan.postgres).await?), None),
        (None, Backend::External) => (None, None),
    };
    timings.postgres = watch.lap();
    let database = match (&postgres, given) {
        // A system that runs already uses the database that the gate names; all else gets its own.
        (Some(_), Some(given)) if choice.backend == Backend::External => Some(given),
        (Some(postgres), _) => Some(postgres.create(run, DATABASE, None).await?),
        (None, _) => None,
    };
    timings.database = watch.lap();
    let mut values = Values::of_run(run, network.as_deref());
    if let (Some(postgres), Some(database)) = (&postgres, &database) {
        values.database(postgres, database);
        run.secrets().add(database.url());
    }
    let http = Http::default();
    for service in &plan.services {
        services::bring_up(
            run,
            choice.backend,
            network.as_deref(),
            service,
            &mut values,
            &http,
        )
        .await?;
    }
    timings.services = watch.lap();
    let around = Surroundings {
        name: system::NAME,
        run,
        backend: choice.backend,
        network: network.as_deref(),
        values: &mut values,
        http: &http,
        extra,
    };
    let system = system::bring_up(&plan.system, around).await?;
    timings.system = watch.lap();
    Ok(Parts {
        choice,
        postgres,
        database,
        system,
        network,
        timings,
    })
}

async fn parts_on(
    run: &Run,
    host: &Stage,
    plan: &StagePlan,
    extra: &BTreeMap<String, String>,
) -> Result<Parts, Obstacle> {
    let mut timings = Timings::default();
    let mut watch = Watch::start();
    let database = match &host.postgres {
        Some(postgres) => {
            let name = format!("{DATABASE}_{}", run.id.short());
            Some(postgres.create(run, &name, host.database.as_ref()).await?)
        }
        None => None,
    };
    timings.database = watch.lap();
    let network = host.network.clone();
    let mut values = Values::of_run(run, network.as_deref());
    if let (Some(postgres), Some(database)) = (&host.postgres, &database) {
        values.database(postgres, database);
        run.secrets().add(database.url());
    }
    let around = Surroundings {
        name: system::NAME,
        run,
        backend: host.choice.backend,
        network: network.as_deref(),
        values: &mut values,
        http: &Http::default(),
        extra,
    };
    let system = system::bring_up(&plan.system, around).await?;
    timings.system = watch.lap();
    Ok(Parts {
        choice: host.choice.clone(),
        postgres: host.postgres.clone(),
        database,
        system,
        network,
        timings,
    })
}

/// Measures one part after the other.
struct Watch(Instant);

impl Watch {
    fn start() -> Self {
        Self(Instant::now())
    }

    fn lap(&mut self) -> Duration {
        let lap = self.0.elapsed();
        self.0 = Instant::now();
        lap
    }
}
