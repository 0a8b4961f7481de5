use std::time::Duration;

use serde_json::{Map, Value};

use crate::exit_code::ExitCode;
use crate::gate::{Finding, GateId, Judged, Severity, Verdict, VerdictName};
use crate::kinds::Check;

/// What became of one gate.
#[derive(Debug)]
pub struct GateOutcome {
    pub id: GateId,
    pub kind: &'static str,
    pub about: String,
    /// The gate file, as reports name it.
    pub file: String,
    pub severity: Severity,
    pub verdict: Verdict,
    pub inspected: usize,
    pub duration: Duration,
    /// What was found, and after it what kept the gate from looking.
    pub findings: Vec<Finding>,
    pub facts: Map<String, Value>,
    /// How often it was tried; 0 if it did not run.
    pub attempts: u32,
    /// The check broke down: a bug in driftgate.
    pub broke_down: bool,
}

impl GateOutcome {
    /// A gate that did not run.
    pub(super) fn settled(check: &dyn Check, verdict: Verdict) -> Self {
        let header = check.header();
        Self {
            id: header.id.clone(),
            kind: header.kind,
            about: header.about.clone(),
            file: header.file.clone(),
            severity: header.severity,
            verdict,
            inspected: 0,
            duration: Duration::ZERO,
            findings: Vec::new(),
            facts: Map::new(),
            attempts: 0,
            broke_down: false,
        }
    }

    /// A gate that ran.
    pub(super) fn judged(
        check: &dyn Check,
        judged: Judged,
        duration: Duration,
        attempts: u32,
    ) -> Self {
        let Judged {
            verdict,
            inspection,
        } = judged;
        let inspected = inspection.inspected();
        let digest = (inspected > 0).then(|| inspection.digest());
        let mut findings = inspection.findings;
        findings.extend(
            inspection
                .obstacles
                .iter()
                .map(crate::gate::Obstacle::to_finding),
        );
        let mut facts = inspection.facts;
        if let Some(digest) = digest {
            facts.entry("digest").or_insert(Value::String(digest));
        }
        Self {
            inspected,
            duration,
            findings,
            facts,
            attempts,
            ..Self::settled(check, verdict)
        }
    }
}

/// How many gates ended as what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    by_verdict: [usize; VerdictName::ALL.len()],
    /// Subjects inspected in all gates.
    pub inspected: usize,
}

impl Counts {
    pub fn of<'a>(outcomes: impl IntoIterator<Item = &'a GateOutcome>) -> Self {
        let mut counts = Self::default();
        for outcome in outcomes {
            counts.by_verdict[outcome.verdict.name() as usize] += 1;
            counts.inspected += outcome.inspected;
        }
        counts
    }

    pub fn get(&self, verdict: VerdictName) -> usize {
        self.by_verdict[verdict as usize]
    }

    /// Gates in all.
    pub fn gates(&self) -> usize {
        self.by_verdict.iter().sum()
    }
}

/// The exit code of a run that was not interrupted. `runnable` is how many gates were to run in all
/// shares of the run: none at all means that nothing was checked, an empty share means nothing.
pub fn exit_code<'a>(
    outcomes: impl IntoIterator<Item = &'a GateOutcome>,
    runnable: usize,
) -> ExitCode {
    let mut seen = [false; VerdictName::ALL.len()];
    for outcome in outcomes {
        if outcome.broke_down {
            return ExitCode::Bug;
        }
        if outcome.severity == Severity::Blocking {
            seen[outcome.verdict.name() as usize] = true;
        }
    }
    let seen = |verdict: VerdictName| seen[verdict as usize];
    if seen(VerdictName::Fail) {
        ExitCode::Failed
    } else if seen(VerdictName::Vacuous) || seen(VerdictName::Refused) {
        ExitCode::NotChecked
    } else if seen(VerdictName::Unreachable) {
        ExitCode::Unreachable
    } else if runnable == 0 {
        ExitCode::NotChecked
    } else {
        ExitCode::Ok
    }
}
