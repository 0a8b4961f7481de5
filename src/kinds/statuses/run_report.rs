use serde::Deserialize;

use super::record::malformed;
use crate::gate::{GateId, Obstacle};

/// The report of a run, as far as statuses are made of it.
#[derive(Debug, Deserialize)]
pub struct RunReport {
    schema: String,
    pub(super) gates: Vec<GateRow>,
}

/// A gate of the report.
#[derive(Debug, Deserialize)]
pub(super) struct GateRow {
    pub(super) id: String,
    pub(super) severity: String,
    pub(super) verdict: String,
    pub(super) inspected: u64,
    pub(super) reason: Option<String>,
    #[serde(default)]
    pub(super) findings: Vec<FindingRow>,
}

#[derive(Debug, Deserialize)]
pub(super) struct FindingRow {
    pub(super) code: String,
    pub(super) level: String,
}

/// The only version that is read.
const SCHEMA: &str = "driftgate.report.v1";

/// What GitHub takes of a description, in characters; Gitea takes more.
const DESCRIPTION: usize = 140;

impl RunReport {
    /// # Errors
    /// When it is not the report of a run, or not whole.
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Self, Obstacle> {
        let report: Self = serde_json::from_slice(bytes)
            .map_err(|error| malformed(format!("{name} is not the report of a run: {error}")))
            .map_err(|obstacle| {
                obstacle.help("write one with `driftgate run --output json=report.json`")
            })?;
        if report.schema != SCHEMA {
            return Err(malformed(format!(
                "{name} is `{}`, and `{SCHEMA}` is what statuses are made of",
                report.schema
            )));
        }
        let mut ids: Vec<&str> = Vec::with_capacity(report.gates.len());
        for gate in &report.gates {
            if GateId::new(&gate.id).is_err() {
                return Err(malformed(format!("{name}: `{}` is no gate's id", gate.id)));
            }
            if ids.contains(&gate.id.as_str()) {
                return Err(malformed(format!(
                    "{name}: the gate `{}` stands there twice; one of its verdicts would hide the other",
                    gate.id
                )));
            }
            if gate.verdict == "pass" && !gate.has_looked() {
                return Err(malformed(format!(
                    "{name}: `{}` passed, and inspected nothing or has a blocking finding; no run writes that",
                    gate.id
                )));
            }
            ids.push(&gate.id);
        }
        Ok(report)
    }
}

impl GateRow {
    /// Whether there is what a pass needs.
    fn has_looked(&self) -> bool {
        self.inspected > 0 && self.findings.iter().all(|finding| finding.level != "block")
    }

    /// The state to post, or why none is.
    pub(super) fn state(&self) -> Result<&'static str, &'static str> {
        match (self.verdict.as_str(), self.severity.as_str()) {
            ("pass", _) => Ok("success"),
            ("skipped", _) => Err("it was skipped, and nobody looked"),
            (_, "advisory") => {
                Err("it is advisory and not green, and forges have no state for that")
            }
            ("fail", _) => Ok("failure"),
            _ => Ok("error"),
        }
    }

    /// `fail: content-differs, file-missing`.
    pub(super) fn description(&self) -> String {
        let mut codes: Vec<&str> = self
            .findings
            .iter()
            .filter(|finding| finding.level == "block")
            .map(|finding| finding.code.as_str())
            .collect();
        codes.sort_unstable();
        codes.dedup();
        let said = match (self.verdict.as_str(), &self.reason) {
            ("pass", _) => format!("{} inspected", self.inspected),
            (_, Some(reason)) => reason.clone(),
            _ => codes.join(", "),
        };
        let whole = format!("{}: {said}", self.verdict);
        if whole.chars().count() <= DESCRIPTION {
            return whole;
        }
        let mut cut: String = whole.chars().take(DESCRIPTION - 1).collect();
        cut.push('…');
        cut
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(verdict: &str, severity: &str, reason: Option<&str>) -> GateRow {
        GateRow {
            id: "a".to_owned(),
            severity: severity.to_owned(),
            verdict: verdict.to_owned(),
            inspected: 3,
            reason: reason.map(str::to_owned),
            findings: ["b-code", "a-code", "b-code"]
                .map(|code| FindingRow {
                    code: code.to_owned(),
                    level: "block".to_owned(),
                })
                .into(),
        }
    }

    #[test]
    fn only_a_pass_becomes_a_success() {
        let state = |verdict, severity| row(verdict, severity, None).state().ok();
        assert_eq!(state("pass", "blocking"), Some("success"));
        assert_eq!(state("fail", "blocking"), Some("failure"));
        for verdict in ["vacuous", "refused", "unreachable", "a-new-one"] {
            assert_eq!(state(verdict, "blocking"), Some("error"), "{verdict}");
        }
        assert_eq!(state("skipped", "blocking"), None);
        assert_eq!(state("fail", "advisory"), None);
    }

    #[test]
    fn a_description_fits_where_it_is_shown() {
        assert_eq!(
            row("fail", "blocking", None).description(),
            "fail: a-code, b-code"
        );
        assert_eq!(
            row("pass", "blocking", None).description(),
            "pass: 3 inspected"
        );
        let long = "ä".repeat(300);
        let cut = row("refused", "blocking", Some(&long)).description();
        assert_eq!(cut.chars().count(), 140);
        assert!(cut.ends_with('…'));
    }
}
