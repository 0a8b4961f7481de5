use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use super::LedgerError;
use super::ledger::{Found, find, forget_drafts, machine};
use super::remove::{Removal, Remover};
use crate::context::{Environment, Runtime};

/// Whether to remove, or only to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reap {
    Remove,
    Rehearse,
}

/// What was found about the runs that have a ledger.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Reaped {
    /// Those whose owner is dead, in the order of their ids.
    pub runs: Vec<ReapedRun>,
    /// How many have an owner that lives; they are left alone.
    pub alive: usize,
    /// Ledgers that nobody can read; they are left alone.
    pub unreadable: Vec<String>,
}

/// A run whose owner is dead.
#[derive(Debug, Clone, Serialize)]
pub struct ReapedRun {
    pub run: String,
    /// In seconds since 1970.
    pub started: u64,
    /// The machine that its things are on, where that is another; they are left alone then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub elsewhere: Option<String>,
    /// What was found of it. What is gone already is not listed.
    pub removals: Vec<Removal>,
    /// Why its ledger is still there, although nothing else is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept: Option<String>,
}

/// How long the removal of one run's things may take.
const WITHIN: Duration = Duration::from_secs(60);

/// Removes what the ledgers of dead owners name, by the identities recorded there.
///
/// # Errors
/// When the ledgers cannot be looked for.
pub fn reap(
    state: &Path,
    environment: &Environment,
    runtime: &Runtime,
    how: Reap,
) -> Result<Reaped, LedgerError> {
    let mut reaped = Reaped::default();
    let here = machine();
    if how == Reap::Remove {
        forget_drafts(state);
    }
    for found in find(state)? {
        let ledger = match found {
            Found::Alive => {
                reaped.alive += 1;
                continue;
            }
            Found::Unreadable(error) => {
                reaped.unreadable.push(error.to_string());
                continue;
            }
            Found::Dead(ledger) => ledger,
        };
        let mut run = ReapedRun {
            run: ledger.opening.run.clone(),
            started: ledger.opening.started,
            elsewhere: (ledger.opening.machine != here).then(|| ledger.opening.machine.clone()),
            removals: Vec::new(),
            kept: None,
        };
        if run.elsewhere.is_none() {
            let remover = Remover {
                environment,
                runtime,
                docker: None,
                within: WITHIN,
                // Whoever reaps can see for himself that nobody answers, and come again.
                patience: Duration::ZERO,
            };
            let things = ledger.things();
            run.removals = match how {
                Reap::Remove => remover.remove(&things),
                Reap::Rehearse => remover.rehearse(&things),
            };
            let all_gone = run
                .removals
                .iter()
                .all(|removal| removal.problem().is_none());
            if how == Reap::Remove && all_gone {
                run.kept = ledger.close().err().map(|error| error.to_string());
            }
        }
        reaped.runs.push(run);
    }
    Ok(reaped)
}
