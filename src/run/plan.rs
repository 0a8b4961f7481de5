use std::sync::Arc;

use super::Partition;
use crate::config::nearest;
use crate::gate::{Lane, NotRun, skip_before_run};
use crate::kinds::{Check, LoadedGates};

/// Which gates a run is about.
#[derive(Debug, Clone, Copy)]
pub struct Selection<'a> {
    /// Gates named one by one, which run whatever their lane; empty for all.
    pub names: &'a [String],
    pub lane: Lane,
    pub partition: Option<Partition>,
    /// The date that waivers are measured against.
    pub today: jiff::civil::Date,
}

/// What becomes of a gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    Run,
    /// It has its verdict without running: skipped, or refused to be skipped.
    Settled(NotRun),
}

/// A gate of the run.
#[derive(Clone)]
pub struct Planned {
    pub check: Arc<dyn Check>,
    pub fate: Fate,
}

/// The gates of a run by name, whatever order they finish in.
pub struct Plan {
    pub gates: Vec<Planned>,
    /// How many gates would run without a partition.
    pub runnable_in_all_shares: usize,
}

/// A name that no gate has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no gate is named `{name}`")]
pub struct UnknownGate {
    pub name: String,
    /// The nearest name there is.
    pub nearest: Option<String>,
}

impl Plan {
    /// # Errors
    /// When a named gate does not exist.
    pub fn new(gates: LoadedGates, selection: &Selection<'_>) -> Result<Self, UnknownGate> {
        for name in selection.names {
            if !gates.contains_key(name) {
                return Err(UnknownGate {
                    name: name.clone(),
                    nearest: nearest(name, gates.keys().map(String::as_str)).map(str::to_owned),
                });
            }
        }
        let named = !selection.names.is_empty();
        let mut plan = Self {
            gates: Vec::new(),
            runnable_in_all_shares: 0,
        };
        let mut settled = 0;
        for (id, check) in gates {
            if named && !selection.names.contains(&id) {
                continue;
            }
            let fate = match skip_before_run(check.header(), selection.lane, named, selection.today)
            {
                None => Fate::Run,
                Some(end) => Fate::Settled(end),
            };
            // Those that run are dealt out apart from the others, so that shares are of equal work.
            let counter = match fate {
                Fate::Run => &mut plan.runnable_in_all_shares,
                Fate::Settled(_) => &mut settled,
            };
            let position = *counter;
            *counter += 1;
            if selection
                .partition
                .is_none_or(|partition| partition.holds(position, &id))
            {
                plan.gates.push(Planned {
                    check: Arc::from(check),
                    fate,
                });
            }
        }
        Ok(plan)
    }

    /// How many of its gates are to run.
    pub fn to_run(&self) -> usize {
        self.gates
            .iter()
            .filter(|gate| gate.fate == Fate::Run)
            .count()
    }
}
