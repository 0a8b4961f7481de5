use std::collections::HashMap;
use std::sync::Arc;

use crossbeam_channel::Receiver;
use rayon::prelude::*;

use super::planted::PlantedCheck;
use super::protection::{not_planted, proof};
use super::{GateProof, Proof};
use crate::context::Context;
use crate::exit_code::ExitCode;
use crate::gate::{Level, Protection, Verdict, VerdictName};
use crate::run::{Event, Fate, Finished, GateOutcome, Limits, Plan, Planned, run};

/// What became of all gates.
#[derive(Debug)]
pub struct Proofs {
    /// In order of names.
    pub gates: Vec<GateProof>,
    pub exit_code: ExitCode,
}

/// Proves the gates of a plan: first runs them with nothing planted, then once for each violation
/// that the green ones promise to catch, or for those alone whose name contains one of the texts of `only`.
///
/// `tell` hears of both runs.
pub fn prove(
    plan: &Plan,
    context: &Context,
    limits: &Limits,
    only: &[String],
    started: jiff::Timestamp,
    interrupts: &Receiver<()>,
    tell: &mut dyn FnMut(Event<'_>),
) -> Proofs {
    let limits = Limits {
        fail_fast: false,
        ..*limits
    };
    let context = &context.with_memo();
    let baseline = run(plan, context, &limits, None, started, interrupts, tell);
    if baseline.end.exit_code == ExitCode::Interrupted {
        baseline.stragglers.stop(context.cancel(), limits.grace);
        return interrupted();
    }
    let promised: Vec<Promised> = plan
        .gates
        .par_iter()
        .zip(&baseline.outcomes)
        .map(|(planned, outcome)| Promised::of(planned, outcome, only, context))
        .collect();
    let limits = Limits {
        jobs: if breaks_systems(&promised) {
            limits.jobs_of_waiting
        } else {
            limits.jobs
        },
        ..limits
    };
    let planted = run(
        &violations(&promised),
        context,
        &limits,
        None,
        started,
        interrupts,
        tell,
    );
    let is_interrupted =
        planted.end.exit_code == ExitCode::Interrupted || context.cancel().is_cancelled();
    let proofs = if is_interrupted {
        interrupted()
    } else {
        judge(plan, &promised, [&baseline, &planted])
    };
    // Last of all, for it cancels what is under way.
    for finished in [baseline, planted] {
        finished.stragglers.stop(context.cancel(), limits.grace);
    }
    proofs
}

fn judge(plan: &Plan, promised: &[Promised], [baseline, planted]: [&Finished; 2]) -> Proofs {
    let mut outcomes = planted.outcomes.iter();
    let gates: Vec<GateProof> = promised
        .iter()
        .zip(&baseline.outcomes)
        .map(|(promised, outcome)| promised.judge(outcome, &mut outcomes))
        .collect();
    let exit_code = exit_code(plan, &gates, [baseline, planted]);
    Proofs { gates, exit_code }
}

/// Half a proof is none.
fn interrupted() -> Proofs {
    Proofs {
        gates: Vec::new(),
        exit_code: ExitCode::Interrupted,
    }
}

/// What a green gate promises; nothing for any other.
struct Promised {
    violations: Vec<Violation>,
    /// How many more it promises that nobody asked for.
    left_out: usize,
}

/// A promise, and the gate that looks at its violation, or why that could not be planted.
struct Violation {
    protection: Protection,
    planted: Result<Arc<PlantedCheck>, String>,
}

impl Promised {
    fn of(planned: &Planned, outcome: &GateOutcome, only: &[String], context: &Context) -> Self {
        let mut promises = match outcome.verdict {
            Verdict::Pass(_) => planned.check.protections(context),
            _ => Vec::new(),
        };
        let all = promises.len();
        let is_wanted =
            |name: &str| only.is_empty() || only.iter().any(|text| name.contains(text.as_str()));
        promises.retain(|promise| is_wanted(&promise.name));
        let left_out = all - promises.len();
        let plant = |protection: &Protection| {
            let plant = protection.plant.as_ref().map_err(Clone::clone)?;
            let planted = context.plant(plant)?;
            Ok(Arc::new(PlantedCheck::new(
                Arc::clone(&planned.check),
                planted,
            )))
        };
        Self {
            left_out,
            violations: promises
                .into_iter()
                .map(|protection| Violation {
                    planted: plant(&protection),
                    protection,
                })
                .collect(),
        }
    }

    /// `outcomes` are those of all planted violations that are still to be judged, in order.
    fn judge<'a>(
        &self,
        baseline: &GateOutcome,
        outcomes: &mut impl Iterator<Item = &'a GateOutcome>,
    ) -> GateProof {
        let mut protections: Vec<Proof> = Vec::with_capacity(self.violations.len());
        for Violation {
            protection,
            planted,
        } in &self.violations
        {
            protections.push(match planted {
                Err(reason) => not_planted(protection, reason),
                Ok(check) => match outcomes.next() {
                    Some(outcome) => proof(protection, outcome, check.noticed()),
                    None => not_planted(protection, "it was not run"),
                },
            });
        }
        refuse_duplicates(&mut protections);
        let green = matches!(baseline.verdict, Verdict::Pass(_));
        GateProof {
            id: baseline.id.to_string(),
            baseline: baseline.verdict.name(),
            reason: if !green {
                Some(why_not_green(baseline))
            } else if protections.is_empty() && self.left_out == 0 {
                Some("it names nothing that it protects: a gate that cannot fail".to_owned())
            } else {
                None
            },
            protections,
            left_out: self.left_out,
        }
    }
}

/// Whether a running system is told to be wrong for any of these promises.
fn breaks_systems(promised: &[Promised]) -> bool {
    let mut violations = promised.iter().flat_map(|promised| &promised.violations);
    violations.any(|violation| {
        let plant = violation.protection.plant.as_ref();
        plant.is_ok_and(|plant| plant.fault.is_some())
    })
}

/// All planted violations as gates of one run.
fn violations(promised: &[Promised]) -> Plan {
    let gates: Vec<Planned> = promised
        .iter()
        .flat_map(|promised| &promised.violations)
        .filter_map(|violation| violation.planted.as_ref().ok())
        .map(|check| Planned {
            check: Arc::clone(check) as Arc<_>,
            fate: Fate::Run,
        })
        .collect();
    Plan {
        runnable_in_all_shares: gates.len(),
        gates,
    }
}

/// Two promises under one name cannot be told apart in a report, so neither counts.
fn refuse_duplicates(proofs: &mut [Proof]) {
    let mut times: HashMap<String, usize> = HashMap::new();
    for proof in proofs.iter() {
        *times.entry(proof.name.clone()).or_default() += 1;
    }
    for proof in proofs {
        let n = times.get(&proof.name).copied().unwrap_or(1);
        if n > 1 {
            proof.unproved = Some(format!("{n} protections of this gate have this name"));
        }
    }
}

/// The reason of a baseline that is not `pass`, or its first finding.
fn why_not_green(baseline: &GateOutcome) -> String {
    let because = baseline.verdict.reason().map(str::to_owned).or_else(|| {
        baseline
            .findings
            .iter()
            .find(|finding| finding.level == Level::Block)
            .map(|finding| match finding.locations.first() {
                Some(location) => format!("{} at {location}: {}", finding.code, finding.message),
                None => format!("{}: {}", finding.code, finding.message),
            })
    });
    let it = match baseline.verdict.name() {
        VerdictName::Skipped => "skipped",
        VerdictName::Fail => "red as it stands",
        _ => "not green as it stands",
    };
    match because {
        Some(because) => format!("{it}: {because}"),
        None => it.to_owned(),
    }
}

/// Zero only if every gate was looked at and keeps every promise. A gate outside of the lane, or
/// waived as a whole, counts neither way, as does what was not asked for; but something must have been proved.
fn exit_code(plan: &Plan, gates: &[GateProof], runs: [&Finished; 2]) -> ExitCode {
    let broke_down = runs
        .iter()
        .flat_map(|run| &run.outcomes)
        .any(|outcome| outcome.broke_down);
    let any = |verdicts: &[VerdictName]| gates.iter().any(|gate| verdicts.contains(&gate.baseline));
    let unproved = gates
        .iter()
        .any(|gate| gate.baseline == VerdictName::Pass && !gate.keeps_its_promises());
    let nothing_asked_for = gates.iter().any(|gate| gate.left_out > 0)
        && gates.iter().all(|gate| gate.protections.is_empty());
    if broke_down {
        ExitCode::Bug
    } else if unproved || any(&[VerdictName::Fail]) {
        ExitCode::Failed
    } else if any(&[VerdictName::Refused, VerdictName::Vacuous]) {
        ExitCode::NotChecked
    } else if any(&[VerdictName::Unreachable]) {
        ExitCode::Unreachable
    } else if plan.runnable_in_all_shares == 0 || nothing_asked_for {
        ExitCode::NotChecked
    } else {
        // Also where this share of the gates is empty: the other shares prove them.
        ExitCode::Ok
    }
}
