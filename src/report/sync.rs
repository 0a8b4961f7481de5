use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use schemars::JsonSchema;
use serde::Serialize;

use super::document::{FindingReport, Tool};
use super::finding_text::{DiffLines, write_finding};
use super::{Detail, printable};
use crate::exit_code::ExitCode;
use crate::gate::{ObstacleKind, VerdictName};
use crate::ssot::{Change, EntryOutcome, LockOutcome, Origin, SyncOutcome, Synced};

/// The name of the format; a change that could break a reader changes it.
pub const SYNC_SCHEMA_NAME: &str = "driftgate.sync.v1";

const GREEN: Style = AnsiColor::Green.on_default().bold();
const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
const DIM: Style = Style::new().dimmed();

/// Writes what a sync did, for people.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_sync(out: &mut dyn Write, outcome: &SyncOutcome, detail: Detail) -> io::Result<()> {
    let name = |entry: &EntryOutcome| entry.source.to_string();
    let width = outcome.entries.iter().map(|e| name(e).len()).max();
    let width = width.unwrap_or(0).min(48);
    for entry in &outcome.entries {
        let (style, word, rest) = match &entry.result {
            Ok(synced) => (GREEN, word(synced), told(entry, synced)),
            Err(obstacle) => match obstacle.kind {
                ObstacleKind::Refused => (RED, "refused", entry.repo.clone()),
                ObstacleKind::Unreachable => (YELLOW, "unreachable", entry.repo.clone()),
                ObstacleKind::Vacuous => (RED, "vacuous", entry.repo.clone()),
            },
        };
        let is_news = match &entry.result {
            Ok(synced) => synced.change != Change::Unchanged,
            Err(_) => true,
        };
        if detail == Detail::Quiet && !is_news {
            continue;
        }
        writeln!(
            out,
            "{style}{word:<11}{style:#}  {:<width$}  {}",
            name(entry),
            printable(&rest)
        )?;
    }
    for source in &outcome.removed {
        writeln!(out, "{DIM}removed{DIM:#}      {source}")?;
    }
    for finding in &outcome.findings {
        write_finding(out, "", finding, DiffLines::All)?;
    }
    for obstacle in outcome.all_obstacles() {
        write_finding(out, "", &obstacle.to_finding(), DiffLines::All)?;
    }
    writeln!(out, "{}", summary(outcome))
}

fn word(synced: &Synced) -> &'static str {
    match synced.origin {
        Origin::Cache => "cached",
        Origin::Network => "fetched",
    }
}

fn told(entry: &EntryOutcome, synced: &Synced) -> String {
    let short = |commit: &str| commit.get(..12).unwrap_or(commit).to_owned();
    let at = match &synced.change {
        Change::Moved { from } => format!("{} -> {}", short(from), short(&synced.commit)),
        _ => short(&synced.commit),
    };
    let reference = if entry.reference.eq_ignore_ascii_case(&synced.commit) {
        String::new()
    } else {
        format!(" ({})", entry.reference)
    };
    format!("{at}  {}{reference}", entry.repo)
}

fn summary(outcome: &SyncOutcome) -> String {
    if !outcome.findings.is_empty() {
        return "nothing was synced: the manifest is not sound".to_owned();
    }
    let total = outcome.entries.len();
    if total == 0 {
        return match outcome.obstacles.is_empty() {
            true => "nothing was synced: the manifest has no entries".to_owned(),
            false => "nothing was synced".to_owned(),
        };
    }
    let synced = || {
        outcome
            .entries
            .iter()
            .filter_map(|e| e.result.as_ref().ok())
    };
    let ready = synced().count();
    let fetched = synced().filter(|s| s.origin == Origin::Network).count();
    let moved = synced()
        .filter(|s| matches!(s.change, Change::Moved { .. }))
        .count();
    let lock = match outcome.lock {
        LockOutcome::Written => "lock written",
        LockOutcome::Unchanged => "lock unchanged",
    };
    format!("{ready} of {total} sources ready ({fetched} fetched, {moved} moved), {lock}")
}

/// What `driftgate sync --output json` writes.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "driftgate sync report, version 1")]
pub struct SyncReport {
    /// Always `driftgate.sync.v1`.
    #[schemars(extend("const" = SYNC_SCHEMA_NAME))]
    pub schema: &'static str,
    pub tool: Tool,
    /// By the rule for whole runs.
    pub verdict: VerdictName,
    pub exit_code: u8,
    /// Whether the lock was written.
    pub lock_written: bool,
    /// In the order of the manifest.
    pub sources: Vec<SourceReport>,
    /// Entries that left the lock, as `list/name`.
    pub removed: Vec<String>,
    /// What is wrong with the manifest, and what stood in the way apart from single sources.
    pub findings: Vec<FindingReport>,
}

/// What became of one entry of the manifest.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SourceReport {
    /// The list of the manifest.
    pub category: crate::gate::Category,
    pub name: String,
    pub repo: String,
    /// As the manifest writes it.
    #[serde(rename = "ref")]
    pub reference: String,
    /// `cached`, `fetched`, `refused` or `unreachable`.
    pub state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The id of the commit's tree.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tree: Option<String>,
    /// The commit that was locked before, where it moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moved_from: Option<String>,
    /// Why it is not ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finding: Option<FindingReport>,
}

impl SyncReport {
    pub fn new(outcome: &SyncOutcome, exit_code: ExitCode) -> Self {
        Self {
            schema: SYNC_SCHEMA_NAME,
            tool: Tool {
                name: env!("CARGO_PKG_NAME"),
                version: env!("CARGO_PKG_VERSION"),
            },
            verdict: outcome.verdict(),
            exit_code: exit_code.number(),
            lock_written: outcome.lock == LockOutcome::Written,
            sources: outcome.entries.iter().map(source_report).collect(),
            removed: outcome
                .removed
                .iter()
                .map(|source| format!("{}/{}", source.category.key(), source.name))
                .collect(),
            findings: outcome
                .findings
                .iter()
                .cloned()
                .chain(
                    outcome
                        .obstacles
                        .iter()
                        .map(crate::gate::Obstacle::to_finding),
                )
                .map(|finding| FindingReport::from(&finding))
                .collect(),
        }
    }
}

fn source_report(entry: &EntryOutcome) -> SourceReport {
    let synced = entry.result.as_ref().ok();
    SourceReport {
        category: entry.source.category,
        name: entry.source.name.clone(),
        repo: entry.repo.clone(),
        reference: entry.reference.clone(),
        state: match &entry.result {
            Ok(synced) => word(synced),
            Err(obstacle) => match obstacle.kind {
                ObstacleKind::Refused => "refused",
                ObstacleKind::Unreachable => "unreachable",
                ObstacleKind::Vacuous => "vacuous",
            },
        },
        commit: synced.map(|synced| synced.commit.clone()),
        tree: synced.map(|synced| synced.tree.clone()),
        moved_from: synced.and_then(|synced| match &synced.change {
            Change::Moved { from } => Some(from.clone()),
            _ => None,
        }),
        finding: entry
            .result
            .as_ref()
            .err()
            .map(|obstacle| FindingReport::from(&obstacle.to_finding())),
    }
}
