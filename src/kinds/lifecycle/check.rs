use std::sync::Arc;
use std::time::{Duration, Instant};

use super::bring_up::{Opened, Setting, bring_up, open};
use super::broken::{self, Baseline, was_exercised};
use super::engine::{End, Lived, doubt, live};
use super::left_over;
use super::life_check::LifeCheck;
use super::report::{Times, facts, record};
use super::rules::{Rules, Template};
use super::without::left_out;
use crate::backend::{Backend, Stage};
use crate::context::{Context, PlantedFault};
use crate::gate::{Header, Inspection, Obstacle, Protection, SourceRef};
use crate::kinds::Check;

/// How long it may take to remove what a life has brought up.
const CLEAN_UP: Duration = Duration::from_secs(75);

/// A loaded gate of this kind.
#[derive(Debug)]
pub(super) struct LifecycleCheck {
    pub(super) rules: Arc<Rules>,
}

impl Check for LifecycleCheck {
    fn header(&self) -> &Header {
        &self.rules.header
    }

    fn sources(&self) -> Vec<SourceRef> {
        match self
            .rules
            .identity
            .as_ref()
            .map(|identity| &identity.template)
        {
            Some(Template::Source(source)) => vec![source.clone()],
            _ => Vec::new(),
        }
    }

    fn grace(&self) -> Option<Duration> {
        Some(CLEAN_UP)
    }

    fn inspect(&self, context: &Context) -> Inspection {
        match context.fault() {
            None => self.whole(context),
            Some(fault) => self.broken(context, fault),
        }
        .unwrap_or_else(Inspection::from)
    }

    fn protections(&self, context: &Context) -> Vec<Protection> {
        broken::protections(&self.rules, context)
    }
}

impl LifecycleCheck {
    /// A life with all of the gate's checks.
    fn whole(&self, context: &Context) -> Result<Inspection, Obstacle> {
        let begun = Instant::now();
        let setting = Setting::new(&self.rules, &self.rules.checks);
        let stage = bring_up(&setting, context)?;
        let (inspection, lived) = self.on(stage, &setting, context, begun)?;
        Baseline::remember(&self.rules, context, &lived);
        Ok(inspection)
    }

    /// A life with one check and what it rests on, on a server that is wrong in one way.
    fn broken(&self, context: &Context, fault: &PlantedFault) -> Result<Inspection, Obstacle> {
        let begun = Instant::now();
        let checks = broken::checks(&self.rules, fault.fault());
        let setting = Setting {
            fault: Some(fault.fault()),
            bound: Baseline::bound(&self.rules, context, fault.fault()),
            ..Setting::new(&self.rules, &checks)
        };
        let host = broken::host(&self.rules, context)?;
        let stage = broken::bring_up(&setting, context, &host)?;
        let database = stage.database.clone();
        let ended = self.on(stage, &setting, context, begun);
        if let Some(database) = database
            && host.choice.backend == Backend::Process
        {
            // It would go with its server; a hundred of them would fill a small disk before.
            host.drop_database(context, database)?;
        }
        ended.map(|(inspection, _)| inspection)
    }

    fn on(
        &self,
        stage: Stage,
        setting: &Setting<'_>,
        context: &Context,
        begun: Instant,
    ) -> Result<(Inspection, Vec<Lived>), Obstacle> {
        let rules = &self.rules;
        let mut inspection = Inspection::new();
        let lived = context.block_on(async {
            let Opened { life, missing } = open(setting, context, &stage).await?;
            let until_first_check = begun.elapsed();
            let reasons = left_out(rules, &missing);
            let lived = live(&life, setting.checks, &reasons).await;
            // Where that fails, a check has told why already, and the volumes stay.
            let _ = left_over::record(&life, &stage).await;
            if let Some(fault) = context.fault()
                && was_exercised(&life).await
            {
                fault.was_exercised();
            }
            let times = Times {
                floor: stage.timings.network + stage.timings.postgres + stage.run.docker_time(),
                database: stage.timings.database,
                system: stage.timings.system,
                until_first_check,
                whole: begun.elapsed(),
            };
            Ok::<_, Obstacle>((lived, times))
        });
        let (mut lived, times) = match lived {
            Ok(Ok((lived, times))) => (lived, times),
            Ok(Err(obstacle)) | Err(obstacle) => {
                // What was opened half-way has its reasons in the logs.
                let logs = stage.keep_logs().ok();
                let obstacle = match logs {
                    Some(logs) => obstacle.help(format!("logs are kept in {}", logs.display())),
                    None => obstacle,
                };
                let mut inspection = Inspection::from(obstacle);
                if let Err(left) = stage.take_down() {
                    inspection.obstacle(left);
                }
                return Ok((inspection, Vec::new()));
            }
        };
        let is_red = lived
            .iter()
            .any(|lived| matches!(lived.end, End::Stopped(_) | End::NotReached(_)));
        // A server that was told to be wrong has no log that anybody wants.
        if is_red
            && setting.fault.is_none()
            && let Ok(logs) = stage.keep_logs()
        {
            inspection.fact("logs", logs.display().to_string());
        }
        let about = format!(
            "{}, because {}",
            stage.choice.backend.name(),
            stage.choice.why
        );
        let loss = stage.run.docker_loss();
        let left = stage.take_down();
        // Only now it is known whether the daemon was about to end.
        doubt(&mut lived, &loss);
        facts(rules, &about, times, &lived, &mut inspection);
        record(rules, &lived, context.secrets(), &mut inspection);
        if let Err(left) = left {
            inspection.obstacle(left);
        }
        Ok((inspection, lived))
    }
}

/// What a check's deadline is cut to in a life where it is to fail.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bound {
    pub(super) check: &'static str,
    pub(super) within: Duration,
}

impl Bound {
    /// The deadline of a check, under this bound.
    pub(super) fn of(bound: Option<Self>, check: &LifeCheck, deadline: Duration) -> Duration {
        match bound {
            Some(bound) if bound.check == check.id() => bound.within.min(deadline),
            _ => deadline,
        }
    }
}
