use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use super::bring_up::{self, Setting};
use super::check::Bound;
use super::engine::{End, Lived};
use super::life::Life;
use super::life_check::LifeCheck;
use super::registry::check_named;
use super::rules::Rules;
use super::select::with_what_it_rests_on;
use crate::backend::{Backend, Look, Stage, SystemPlan, Wait};
use crate::context::{Context, Memo};
use crate::gate::{Fault, Obstacle, Plant, Protection};

/// The shortest time that a check gets to fail in.
const SHORTEST: Duration = Duration::from_secs(3);
/// How much longer than on the right server a check may take before it counts as too late.
const PATIENCE: u32 = 5;
/// A runtime reports what it did a moment after it was seen.
const UNTIL_REPORTED: Duration = Duration::from_secs(2);

/// All that a gate promises to catch: for each of its checks the faults that turn it red.
pub(super) fn protections(rules: &Rules, context: &Context) -> Vec<Protection> {
    let is_ours = matches!(rules.stage.system, SystemPlan::Embedded { .. });
    let passed = Baseline::of(context);
    let passed = passed.as_ref().map(|baseline| baseline.passed(rules));
    let looked = |check: &LifeCheck| {
        passed
            .as_ref()
            .is_none_or(|passed| passed.contains_key(check.id()))
    };
    let mut protections = Vec::new();
    for check in rules.checks.iter().filter(|check| looked(check)) {
        let mut promise = |name: String, plant| {
            protections.push(Protection {
                name,
                expected: &check.code,
                mentions: check.id().to_owned(),
                plant,
            });
        };
        if check.faults.is_empty() {
            promise(
                check.id().to_owned(),
                Err("no fault of the reference turns it red".to_owned()),
            );
        }
        for fault in check.faults {
            let plant = if is_ours {
                Ok(Plant::fault(Fault {
                    name: fault,
                    aim: check.id(),
                }))
            } else {
                Err(
                    "only the reference that is built in can be told to be wrong; prove a gate without `system`"
                        .to_owned(),
                )
            };
            promise(format!("{}: {fault}", check.id()), plant);
        }
    }
    protections
}

/// The check that is to catch a fault, and what it rests on.
pub(super) fn checks(rules: &Rules, fault: Fault) -> Vec<&'static LifeCheck> {
    check_named(fault.aim)
        .map(|check| with_what_it_rests_on(check, rules.profile))
        .unwrap_or_default()
}

/// What was seen of a gate on the right server.
#[derive(Debug, Default)]
pub(super) struct Baseline(Mutex<BTreeMap<String, BTreeMap<&'static str, Duration>>>);

impl Baseline {
    fn of(context: &Context) -> Option<Arc<Self>> {
        context.memo().map(Memo::room)
    }

    /// Keeps which checks passed, and how long each took.
    pub(super) fn remember(rules: &Rules, context: &Context, lived: &[Lived]) {
        if let Some(baseline) = Self::of(context) {
            let passed = lived
                .iter()
                .filter(|lived| matches!(lived.end, End::Passed))
                .map(|lived| (lived.check.id(), lived.took))
                .collect();
            let id = rules.header.id.to_string();
            baseline.0.lock().insert(id, passed);
        }
    }

    fn passed(&self, rules: &Rules) -> BTreeMap<&'static str, Duration> {
        let all = self.0.lock();
        all.get(&rules.header.id.to_string())
            .cloned()
            .unwrap_or_default()
    }

    /// How long the check gets that is to catch a fault: whoever waits for what never comes should not have to
    /// wait as long as for what comes late.
    pub(super) fn bound(rules: &Rules, context: &Context, fault: Fault) -> Option<Bound> {
        let took = *Self::of(context)?.passed(rules).get(fault.aim)?;
        Some(Bound {
            check: fault.aim,
            within: SHORTEST.max(took * PATIENCE),
        })
    }
}

/// The servers on which broken systems are brought up, by gate: one database server for all of a gate's.
#[derive(Debug, Default)]
struct Hosts(Mutex<BTreeMap<String, Arc<Stage>>>);

/// The stage whose database server all broken systems of the gate share. It goes with what `prove` remembers.
pub(super) fn host(rules: &Arc<Rules>, context: &Context) -> Result<Arc<Stage>, Obstacle> {
    let hosts: Arc<Hosts> = context.memo().map(Memo::room).unwrap_or_default();
    let mut hosts = hosts.0.lock();
    let id = rules.header.id.to_string();
    if let Some(host) = hosts.get(&id) {
        return Ok(Arc::clone(host));
    }
    let stage = bring_up::bring_up(&Setting::new(rules, &[]), context)?;
    // It has migrated its database, which is copied from now on.
    stage.end_system();
    let host = Arc::new(stage);
    hosts.insert(id, Arc::clone(&host));
    Ok(host)
}

/// Brings up a system that is wrong in one way.
pub(super) fn bring_up(
    setting: &Setting<'_>,
    context: &Context,
    host: &Stage,
) -> Result<Stage, Obstacle> {
    let (plan, within) = (&setting.rules.stage, setting.within());
    let backend = host.choice.backend;
    if backend == Backend::Process {
        let variables = setting.variables(backend);
        return Stage::bring_up_on(context, host, plan, within, &variables);
    }
    // On one network all systems would bear one name, and runtimes would reach another one than their own.
    Stage::bring_up(context, plan, within, &|backend| setting.variables(backend))
}

/// Asks the system, and the one beside it, whether it was wrong as it was told.
pub(super) async fn was_exercised(life: &Life) -> bool {
    let wait = Wait::new("the fault is exercised", UNTIL_REPORTED);
    let found = wait
        .until(async || {
            for life in [Some(life), life.neighbour.as_deref()]
                .into_iter()
                .flatten()
            {
                let times = match life.server.get("/reference/fault").await {
                    Ok(answer) => answer.peek().and_then(|said| said["exercised"].as_u64()),
                    Err(_) => None,
                };
                if times.is_some_and(|times| times > 0) {
                    return Look::Ready(());
                }
            }
            Look::NotYet("never".to_owned())
        })
        .await;
    found.is_ok()
}
