use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use schemars::JsonSchema;
use serde::Serialize;

use super::document::{FindingReport, Tool};
use super::finding_text::{DiffLines, write_finding};
use super::{Detail, printable};
use crate::exit_code::ExitCode;
use crate::gate::{Finding, Inspection, Judged, Level, Location, Obstacle, VerdictName};
use crate::kinds::statuses::{Posted, Row, Standing, State, Table};

/// The name of the format; a change that could break a reader changes it.
pub const STATUSES_SCHEMA_NAME: &str = "driftgate.statuses.v1";

/// What `driftgate statuses --output json` writes.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "driftgate statuses report, version 1")]
pub struct StatusesReport {
    /// Always `driftgate.statuses.v1`.
    #[schemars(extend("const" = STATUSES_SCHEMA_NAME))]
    pub schema: &'static str,
    pub tool: Tool,
    /// `owner/name`, where a forge was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// The commit that the statuses are about, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    pub verdict: VerdictName,
    pub exit_code: u8,
    /// Whether the head may be merged: the verdict is `pass`, and it is not about setting statuses.
    pub mergeable: bool,
    /// Whether what lacks could be told from what is late.
    pub settled: bool,
    /// Required contexts, the worst first.
    pub required: Vec<ContextReport>,
    /// Contexts that were posted and are not required, the worst first.
    pub others: Vec<ContextReport>,
    /// Lanes that the workflows of the commit post, and that were not posted.
    pub vanished: Vec<LaneReport>,
    /// Statuses that were set, with `--post`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub posted: Vec<SetReport>,
    pub findings: Vec<FindingReport>,
}

/// A context, and how it stands.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ContextReport {
    /// Without its event, where the worst of several counts.
    pub context: String,
    pub state: State,
    /// Whether it keeps the head from being merged.
    pub blocks: bool,
    /// Whether its statuses under several events do not agree.
    pub duplicated: bool,
    /// Whether a workflow of the commit posts it; absent where no workflow was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub derived: Option<bool>,
    /// Where it is required.
    pub locations: Vec<Location>,
    /// Its statuses, the worst first.
    pub statuses: Vec<StatusReport>,
}

/// A status as it was posted.
#[derive(Debug, Serialize, JsonSchema)]
pub struct StatusReport {
    pub id: u64,
    pub context: String,
    pub state: State,
    /// As the forge writes the state.
    pub word: String,
    pub description: String,
    /// Who posted it, where the forge says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creator: Option<String>,
}

/// A lane that was not posted.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LaneReport {
    pub context: String,
    pub location: Location,
}

/// A status that was set, or not.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SetReport {
    pub context: String,
    /// As the forge writes it; absent where none was set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<&'static str>,
    /// Its description, or why none was set.
    pub description: String,
}

impl StatusesReport {
    fn empty(verdict: VerdictName, code: ExitCode) -> Self {
        Self {
            schema: STATUSES_SCHEMA_NAME,
            tool: Tool {
                name: env!("CARGO_PKG_NAME"),
                version: env!("CARGO_PKG_VERSION"),
            },
            repository: None,
            commit: None,
            verdict,
            exit_code: code.number(),
            mergeable: false,
            settled: false,
            required: Vec::new(),
            others: Vec::new(),
            vanished: Vec::new(),
            posted: Vec::new(),
            findings: Vec::new(),
        }
    }

    /// `table`: `None` where it did not come to a judgement.
    pub fn new(
        table: Option<&Table>,
        about: (Option<String>, Option<String>),
        settled: bool,
        judged: &Judged,
        code: ExitCode,
    ) -> Self {
        let verdict = judged.verdict.name();
        let inspection = &judged.inspection;
        let findings = inspection.findings.iter().map(FindingReport::from);
        let obstacles = inspection
            .obstacles
            .iter()
            .map(|obstacle| FindingReport::from(&obstacle.to_finding()));
        let (repository, commit) = about;
        let contexts = |list: &[Standing]| list.iter().map(context_report).collect();
        Self {
            repository,
            commit,
            mergeable: verdict == VerdictName::Pass,
            settled,
            required: table
                .map(|table| contexts(&table.required))
                .unwrap_or_default(),
            others: table
                .map(|table| contexts(&table.others))
                .unwrap_or_default(),
            vanished: table.map(vanished).unwrap_or_default(),
            findings: findings.chain(obstacles).collect(),
            ..Self::empty(verdict, code)
        }
    }

    /// The report of statuses that were set.
    pub fn of_post(
        repository: String,
        commit: String,
        verdict: VerdictName,
        code: ExitCode,
        rows: &[Row],
        problem: Option<&Obstacle>,
    ) -> Self {
        Self {
            repository: Some(repository),
            commit: Some(commit),
            posted: rows
                .iter()
                .map(|row| SetReport {
                    context: row.context.clone(),
                    state: row.state,
                    description: row.told.clone(),
                })
                .collect(),
            findings: problem
                .map(|problem| FindingReport::from(&problem.to_finding()))
                .into_iter()
                .collect(),
            ..Self::empty(verdict, code)
        }
    }
}

fn vanished(table: &Table) -> Vec<LaneReport> {
    table
        .vanished
        .iter()
        .map(|lane| LaneReport {
            context: lane.name.to_string(),
            location: lane.at.clone(),
        })
        .collect()
}

fn context_report(standing: &Standing) -> ContextReport {
    ContextReport {
        context: standing.context.clone(),
        state: standing.state,
        blocks: standing.blocks(),
        duplicated: standing.is_duplicated(),
        derived: standing.lane.as_ref().map(Option::is_some),
        locations: standing.at.clone(),
        statuses: standing.rows.iter().map(status_report).collect(),
    }
}

fn status_report(row: &Posted) -> StatusReport {
    StatusReport {
        id: row.id,
        context: row.context.clone(),
        state: row.state,
        word: row.word.clone(),
        description: row.description.clone(),
        creator: row.creator.clone(),
    }
}

const GREEN: Style = AnsiColor::Green.on_default().bold();
const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
const DIM: Style = Style::new().dimmed();

fn style(state: State) -> Style {
    match state {
        State::Green => GREEN,
        State::Skipped | State::Pending | State::Stale => YELLOW,
        State::Cancelled | State::Red | State::Missing => RED,
    }
}

/// Writes whether a head is mergeable, for people.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_statuses(
    out: &mut dyn Write,
    report: &StatusesReport,
    inspection: &Inspection,
    detail: Detail,
) -> io::Result<()> {
    for lane in &report.vanished {
        let word = if report.settled {
            "vanished"
        } else {
            "not yet"
        };
        writeln!(
            out,
            "{RED}{word:<9}{RED:#}  {}  {DIM}{}{DIM:#}",
            printable(&lane.context),
            printable(&lane.location.to_string())
        )?;
    }
    for context in &report.required {
        if detail != Detail::Quiet || context.blocks {
            write_context(out, context)?;
        }
    }
    let others: Vec<_> = report
        .others
        .iter()
        .filter(|context| match detail {
            Detail::Quiet => false,
            Detail::Normal => !matches!(context.state, State::Green | State::Skipped),
            Detail::Verbose => true,
        })
        .collect();
    if !others.is_empty() {
        writeln!(out, "{DIM}not required:{DIM:#}")?;
    }
    for context in others {
        write_context(out, context)?;
    }
    for finding in inspection
        .findings
        .iter()
        .filter(|finding| !is_told(finding))
    {
        write_finding(out, "", finding, DiffLines::All)?;
    }
    for obstacle in &inspection.obstacles {
        write_finding(out, "", &obstacle.to_finding(), DiffLines::All)?;
    }
    writeln!(out, "{}", printable(&summary(report)))
}

/// Whether a finding says what a line of the table says already.
fn is_told(finding: &Finding) -> bool {
    // That one context hides several jobs is in no line.
    if finding.code.name == "context-duplicated" && finding.level == Level::Block {
        return false;
    }
    finding.code.name.starts_with("context-") || finding.code.name == "lane-vanished"
}

fn write_context(out: &mut dyn Write, context: &ContextReport) -> io::Result<()> {
    let style = style(context.state);
    let said: Vec<_> = context
        .statuses
        .iter()
        .map(|row| {
            let said = if row.description.is_empty() {
                &row.word
            } else {
                &row.description
            };
            let event = row
                .context
                .strip_prefix(&context.context)
                .unwrap_or(&row.context)
                .trim();
            match (event, row.state == context.state) {
                ("", true) => said.clone(),
                (event, true) => format!("{said} {event}"),
                (event, false) => format!("{}: {said} {event}", row.state),
            }
        })
        .collect();
    let said = match (context.state, context.derived) {
        (State::Missing, Some(false)) => {
            "not posted, and no workflow of this commit posts it".to_owned()
        }
        (State::Missing, _) => "not posted".to_owned(),
        _ => said.join("; "),
    };
    writeln!(
        out,
        "{style}{:<9}{style:#}  {}  {DIM}{}{DIM:#}",
        context.state,
        printable(&context.context),
        printable(said.trim())
    )
}

/// `8b33b67e09 of o/r is not mergeable: 3 red, 2 cancelled of 11 required contexts`.
fn summary(report: &StatusesReport) -> String {
    let commit = match &report.commit {
        Some(commit) => commit.get(..10).unwrap_or(commit).to_owned(),
        None => "the head".to_owned(),
    };
    let head = match &report.repository {
        Some(repository) => format!("{commit} of {repository}"),
        None => commit,
    };
    let of = |states: &[State]| {
        let told: Vec<_> = states
            .iter()
            .filter_map(|state| {
                // What does not block is no reason; what is green never blocks.
                let told =
                    |c: &&ContextReport| c.blocks || report.mergeable || *state == State::Green;
                let count = report
                    .required
                    .iter()
                    .filter(|c| c.state == *state)
                    .filter(told)
                    .count();
                (count > 0).then(|| format!("{count} {state}"))
            })
            .collect();
        told.join(", ")
    };
    let total = report.required.len();
    let plural = if total == 1 { "" } else { "s" };
    match report.verdict {
        VerdictName::Pass | VerdictName::Skipped => {
            format!(
                "{head} is mergeable: {} of {total} required context{plural}",
                of(&State::ALL)
            )
        }
        VerdictName::Fail => {
            let mut bad: Vec<State> = State::ALL.into_iter().rev().collect();
            bad.retain(|state| *state != State::Green);
            let told = of(&bad);
            let mut reasons = Vec::new();
            if report.settled && !report.vanished.is_empty() {
                let count = report.vanished.len();
                let lanes = if count == 1 { "lane" } else { "lanes" };
                reasons.push(format!("{count} {lanes} vanished"));
            }
            if !told.is_empty() {
                reasons.push(format!("{told} of {total} required context{plural}"));
            }
            for code in [
                "context-duplicated",
                "approvals-missing",
                "changes-requested",
                "subject-missing",
            ] {
                let blocks = |finding: &&FindingReport| {
                    finding.code == code && finding.level == Level::Block
                };
                if report.findings.iter().any(|finding| blocks(&finding)) {
                    reasons.push(code.to_owned());
                }
            }
            format!("{head} is not mergeable: {}", reasons.join("; "))
        }
        verdict => format!("whether {head} is mergeable is not known: {verdict}"),
    }
}

/// Writes which statuses were set, for people.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_posted(
    out: &mut dyn Write,
    report: &StatusesReport,
    problem: Option<&Obstacle>,
) -> io::Result<()> {
    for row in &report.posted {
        let (style, word) = match row.state {
            Some("success") => (GREEN, "success"),
            Some(word) => (RED, word),
            None => (DIM, "not set"),
        };
        writeln!(
            out,
            "{style}{word:<9}{style:#}  {}  {DIM}{}{DIM:#}",
            printable(&row.context),
            printable(&row.description)
        )?;
    }
    if let Some(problem) = problem {
        write_finding(out, "", &problem.to_finding(), DiffLines::All)?;
    }
    let set = report
        .posted
        .iter()
        .filter(|row| row.state.is_some())
        .count();
    writeln!(out, "{set} of {} statuses set", report.posted.len())
}
