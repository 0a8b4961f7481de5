use std::time::Instant;

use crossbeam_channel::Receiver;

use super::schedule::{Ran, schedule};
use super::stragglers::Stragglers;
use super::{Counts, Event, GateOutcome, Limits, Partition, Plan, RunEnd, RunStart, exit_code};
use crate::context::Context;
use crate::exit_code::ExitCode;
use crate::gate::VerdictName;

/// A whole run: what it came to, gate by gate, and its end.
#[derive(Debug)]
pub struct Finished {
    pub outcomes: Vec<GateOutcome>,
    pub end: RunEnd,
    pub stragglers: Stragglers,
}

/// Runs a plan from the first event to the last.
pub fn run(
    plan: &Plan,
    context: &Context,
    limits: &Limits,
    partition: Option<Partition>,
    started: jiff::Timestamp,
    interrupts: &Receiver<()>,
    tell: &mut dyn FnMut(Event<'_>),
) -> Finished {
    let begun = Instant::now();
    let ids = plan
        .gates
        .iter()
        .map(|gate| gate.check.header().id.as_str());
    tell(Event::Start(&RunStart {
        lane: context.lane(),
        started,
        partition,
        gates: plan.gates.len(),
        to_run: plan.to_run(),
        longest_id: ids.map(str::len).max().unwrap_or_default(),
    }));
    let Ran {
        outcomes,
        interrupted,
        stragglers,
    } = schedule(plan, context, limits, interrupts, tell);
    let end = RunEnd {
        counts: Counts::of(&outcomes),
        duration: begun.elapsed(),
        exit_code: if interrupted {
            ExitCode::Interrupted
        } else {
            exit_code(&outcomes, plan.runnable_in_all_shares)
        },
        notes: notes(plan, context, partition, &outcomes),
    };
    tell(Event::End(&end));
    Finished {
        outcomes,
        end,
        stragglers,
    }
}

/// What the verdicts alone do not tell.
fn notes(
    plan: &Plan,
    context: &Context,
    partition: Option<Partition>,
    outcomes: &[GateOutcome],
) -> Vec<String> {
    let mut notes = Vec::new();
    if plan.runnable_in_all_shares == 0 {
        notes.push(if outcomes.is_empty() && partition.is_none() {
            "nothing was checked: there are no gates".to_owned()
        } else {
            format!(
                "nothing was checked: no gate runs in lane {}",
                context.lane()
            )
        });
    } else if let Some(partition) = partition
        && plan.to_run() == 0
    {
        notes.push(format!(
            "no gate falls into {partition}; {} run in other shares",
            plan.runnable_in_all_shares
        ));
    }
    let advisory = outcomes
        .iter()
        .filter(|outcome| {
            outcome.severity == crate::gate::Severity::Advisory
                && !matches!(
                    outcome.verdict.name(),
                    VerdictName::Pass | VerdictName::Skipped
                )
        })
        .count();
    if advisory > 0 {
        notes.push(format!(
            "{advisory} advisory {} not green, which changes no exit code",
            if advisory == 1 {
                "gate is"
            } else {
                "gates are"
            }
        ));
    }
    notes
}
