use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use schemars::JsonSchema;
use serde::Serialize;

use super::document::Tool;
use super::printable;
use crate::backend::{Outcome, Reap, Reaped, ReapedRun, Removal};
use crate::exit_code::ExitCode;

/// The name of the format; a change that could break a reader changes it.
pub const REAP_SCHEMA_NAME: &str = "driftgate.reap.v1";

const GREEN: Style = AnsiColor::Green.on_default();
const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default();

/// Writes what was removed, for people.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_reap(out: &mut dyn Write, reaped: &Reaped, how: Reap) -> io::Result<()> {
    for run in &reaped.runs {
        if let Some(machine) = &run.elsewhere {
            writeln!(
                out,
                "{YELLOW}elsewhere{YELLOW:#}    run {} was on {}; reap it there",
                run.run,
                printable(machine)
            )?;
            continue;
        }
        for removal in &run.removals {
            let (style, word, reason) = told(removal);
            writeln!(
                out,
                "{style}{word:<11}{style:#}  {:<9}  {}{}",
                removal.thing,
                printable(&removal.name),
                reason.map_or_else(String::new, |reason| format!(": {}", printable(reason)))
            )?;
        }
        if let Some(problem) = &run.kept {
            writeln!(out, "{RED}failed{RED:#}       {}", printable(problem))?;
        }
    }
    for problem in &reaped.unreadable {
        writeln!(out, "{RED}unreadable{RED:#}   {}", printable(problem))?;
    }
    writeln!(out, "{}", summary(reaped, how))
}

fn told(removal: &Removal) -> (Style, &'static str, Option<&str>) {
    match &removal.outcome {
        Outcome::Removed => (GREEN, "removed", None),
        Outcome::Found => (YELLOW, "found", None),
        Outcome::Unreachable { reason } => (YELLOW, "unreachable", Some(reason)),
        Outcome::Failed { reason } => (RED, "failed", Some(reason)),
    }
}

fn summary(reaped: &Reaped, how: Reap) -> String {
    let here = || reaped.runs.iter().filter(|run| run.elsewhere.is_none());
    let removals = || here().flat_map(|run| &run.removals);
    let done = removals()
        .filter(|removal| removal.problem().is_none())
        .count();
    let left = removals().count() - done;
    let (dead, alive) = (here().count(), reaped.alive);
    let mut text = if dead == 0 {
        "no dead run left anything behind".to_owned()
    } else {
        let verb = match how {
            Reap::Remove => "removed",
            Reap::Rehearse => "would be removed",
        };
        format!("{done} things of {dead} dead runs {verb}")
    };
    if left > 0 {
        text.push_str(&format!(", {left} left"));
    }
    if alive > 0 {
        text.push_str(&format!("; {alive} runs are alive"));
    }
    text
}

/// What `driftgate reap --output json` writes.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "driftgate reap report, version 1")]
pub struct ReapReport {
    /// Always `driftgate.reap.v1`.
    #[schemars(extend("const" = REAP_SCHEMA_NAME))]
    pub schema: &'static str,
    pub tool: Tool,
    pub exit_code: u8,
    /// Whether it was only told what would be removed.
    pub dry_run: bool,
    /// How many runs are alive, and were left alone.
    pub alive: usize,
    /// Ledgers that cannot be read, and were left alone.
    pub unreadable: Vec<String>,
    /// Runs whose owner is dead.
    pub runs: Vec<RunReport>,
}

/// A run whose owner is dead.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RunReport {
    /// The run's id.
    pub run: String,
    /// In seconds since 1970.
    pub started: u64,
    /// The machine that it was on, where that is another; its things were left alone then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub elsewhere: Option<String>,
    /// What was found of it.
    pub removals: Vec<RemovalReport>,
    /// Why its ledger could not be removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept: Option<String>,
}

/// What became of one thing.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RemovalReport {
    /// `container`, `volume`, `network`, `process`, `folder`, `database`, or `labelled` where
    /// nobody could say what bears a label.
    pub thing: &'static str,
    pub name: String,
    /// `removed`, `found`, `unreachable` or `failed`.
    pub outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl ReapReport {
    pub fn new(reaped: &Reaped, how: Reap, exit_code: ExitCode) -> Self {
        Self {
            schema: REAP_SCHEMA_NAME,
            tool: Tool {
                name: env!("CARGO_PKG_NAME"),
                version: env!("CARGO_PKG_VERSION"),
            },
            exit_code: exit_code.number(),
            dry_run: how == Reap::Rehearse,
            alive: reaped.alive,
            unreadable: reaped.unreadable.clone(),
            runs: reaped.runs.iter().map(run_report).collect(),
        }
    }
}

fn run_report(run: &ReapedRun) -> RunReport {
    RunReport {
        run: run.run.clone(),
        started: run.started,
        elsewhere: run.elsewhere.clone(),
        removals: run
            .removals
            .iter()
            .map(|removal| {
                let (_, outcome, reason) = told(removal);
                RemovalReport {
                    thing: removal.thing,
                    name: removal.name.clone(),
                    outcome,
                    reason: reason.map(str::to_owned),
                }
            })
            .collect(),
        kept: run.kept.clone(),
    }
}
