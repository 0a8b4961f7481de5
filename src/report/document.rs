use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::gate::{Digests, Finding, Lane, Level, Location, Matrix, Severity, VerdictName};
use crate::run::{Counts, GateOutcome, RunEnd, RunStart};

/// The name of the report's format; a change that could break a reader changes it.
pub const SCHEMA_NAME: &str = "driftgate.report.v1";

/// What `driftgate run --output json` writes.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "driftgate report, version 1")]
pub struct Report {
    /// Always `driftgate.report.v1`.
    #[schemars(extend("const" = SCHEMA_NAME))]
    pub schema: &'static str,
    pub tool: Tool,
    pub lane: Lane,
    /// The share of the gates that this run was about, such as `slice:1/4`; absent for all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partition: Option<String>,
    /// When the run began, in UTC.
    #[schemars(extend("format" = "date-time"))]
    pub started: String,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    pub summary: Summary,
    /// By name.
    pub gates: Vec<GateReport>,
}

/// The program that made the report.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Tool {
    pub name: &'static str,
    pub version: &'static str,
}

/// How many gates ended as what.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Summary {
    pub pass: usize,
    pub fail: usize,
    pub vacuous: usize,
    pub refused: usize,
    pub unreachable: usize,
    pub skipped: usize,
    /// Subjects inspected in all gates.
    pub inspected: usize,
    /// The exit code of the process.
    pub exit_code: u8,
}

/// One gate.
#[derive(Debug, Serialize, JsonSchema)]
pub struct GateReport {
    pub id: String,
    pub kind: &'static str,
    pub severity: Severity,
    pub verdict: VerdictName,
    /// Subjects inspected.
    pub inspected: usize,
    /// How long it took, all attempts together, in milliseconds.
    pub duration_ms: u64,
    /// Why the verdict is neither `pass` nor `fail`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    pub findings: Vec<FindingReport>,
    /// Kind-specific evidence: commits, digests, counts.
    #[schemars(with = "Facts")]
    pub facts: Map<String, Value>,
}

/// What of the facts has a shape that is the same for all gates that have it.
#[derive(JsonSchema)]
#[expect(
    dead_code,
    reason = "it says in the schema what is written from elsewhere"
)]
struct Facts {
    /// Of a gate with several deliveries.
    #[serde(skip_serializing_if = "Option::is_none")]
    matrix: Option<Matrix>,
}

/// One finding.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FindingReport {
    /// A stable name; `driftgate explain CODE` tells about it.
    pub code: &'static str,
    pub level: Level,
    pub message: String,
    /// How to mend it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// The places concerned, the one to mend first.
    pub locations: Vec<Location>,
    /// The SHA-256 of both sides of a difference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digests: Option<Digests>,
    /// A unified diff from the source (`-`) to what is delivered (`+`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diff: Option<String>,
    /// The subject that it is about, such as a file by its name in the source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The part of the gate that it was found in, such as a delivery, by its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
}

/// The JSON Schema of the report.
pub fn report_schema() -> schemars::Schema {
    schemars::generate::SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<Report>()
}

impl Report {
    pub fn new(start: &RunStart, gates: Vec<GateReport>, end: &RunEnd) -> Self {
        Self {
            schema: SCHEMA_NAME,
            tool: Tool {
                name: env!("CARGO_PKG_NAME"),
                version: env!("CARGO_PKG_VERSION"),
            },
            lane: start.lane,
            partition: start.partition.map(|partition| partition.to_string()),
            started: format!("{:.3}", start.started),
            duration_ms: millis(end.duration),
            summary: Summary::new(&end.counts, end.exit_code.number()),
            gates,
        }
    }
}

impl Summary {
    fn new(counts: &Counts, exit_code: u8) -> Self {
        Self {
            pass: counts.get(VerdictName::Pass),
            fail: counts.get(VerdictName::Fail),
            vacuous: counts.get(VerdictName::Vacuous),
            refused: counts.get(VerdictName::Refused),
            unreachable: counts.get(VerdictName::Unreachable),
            skipped: counts.get(VerdictName::Skipped),
            inspected: counts.inspected,
            exit_code,
        }
    }
}

impl From<&GateOutcome> for GateReport {
    fn from(outcome: &GateOutcome) -> Self {
        Self {
            id: outcome.id.to_string(),
            kind: outcome.kind,
            severity: outcome.severity,
            verdict: outcome.verdict.name(),
            inspected: outcome.inspected,
            duration_ms: millis(outcome.duration),
            reason: outcome.verdict.reason().map(str::to_owned),
            findings: outcome.findings.iter().map(FindingReport::from).collect(),
            facts: outcome.facts.clone(),
        }
    }
}

impl From<&Finding> for FindingReport {
    fn from(finding: &Finding) -> Self {
        Self {
            code: finding.code.name,
            level: finding.level,
            message: finding.message.clone(),
            help: finding.help.clone(),
            locations: finding.locations.clone(),
            digests: finding.digests.clone(),
            diff: finding.diff.clone(),
            subject: finding.subject.clone(),
            part: finding.part.clone(),
        }
    }
}

fn millis(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
