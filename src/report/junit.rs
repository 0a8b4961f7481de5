use std::io::{self, Write};

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::Reporter;
use super::finding_text::{DiffLines, write_finding};
use crate::gate::{Severity, VerdictName};
use crate::run::{Event, GateOutcome, RunEnd, RunStart};

/// The JUnit report: one test suite a run, one test case a gate. An advisory gate is never a failure.
#[derive(Debug)]
pub struct Junit<W> {
    out: W,
    start: Option<RunStart>,
    cases: Vec<TestCase>,
}

impl<W> Junit<W> {
    pub fn new(out: W) -> Self {
        Self {
            out,
            start: None,
            cases: Vec::new(),
        }
    }
}

impl<W: Write> Reporter for Junit<W> {
    fn tell(&mut self, event: &Event<'_>) -> io::Result<()> {
        match event {
            Event::Start(start) => self.start = Some((*start).clone()),
            Event::Gate(outcome) => self.cases.push(case(outcome)?),
            Event::End(end) => self.end(end)?,
            Event::Running { .. }
            | Event::Slow { .. }
            | Event::Retrying { .. }
            | Event::Done { .. } => {}
        }
        Ok(())
    }
}

impl<W: Write> Junit<W> {
    fn end(&mut self, end: &RunEnd) -> io::Result<()> {
        let mut suite = TestSuite::new("driftgate");
        suite.set_time(end.duration);
        if let Some(start) = &self.start {
            suite.add_property(("lane", start.lane.name()));
            // An attribute of its own accord, so that no second library of dates is needed.
            let started = format!("{:.3}", start.started);
            suite.extra.insert("timestamp".into(), started.into());
            if let Some(partition) = start.partition {
                suite.add_property(("partition", partition.to_string().as_str()));
            }
        }
        suite.add_property(("exit_code", end.exit_code.number().to_string().as_str()));
        if !end.notes.is_empty() {
            suite.set_system_out(end.notes.join("\n"));
        }
        suite.add_test_cases(std::mem::take(&mut self.cases));
        let mut report = Report::new("driftgate");
        report.set_time(end.duration);
        report.add_test_suite(suite);
        let mut out = io::BufWriter::new(&mut self.out);
        report.serialize(&mut out).map_err(io::Error::other)?;
        out.flush()
    }
}

fn case(outcome: &GateOutcome) -> io::Result<TestCase> {
    let verdict = outcome.verdict.name();
    let found = findings_text(outcome)?;
    let message = message(outcome);
    let mut status = status(outcome);
    if matches!(status, TestCaseStatus::Skipped { .. }) {
        status.set_message(message.as_str());
    } else if matches!(status, TestCaseStatus::NonSuccess { .. }) {
        status.set_message(message.as_str());
        status.set_type(verdict.as_str());
        status.set_description(found.as_str());
    }
    let is_success = matches!(status, TestCaseStatus::Success { .. });
    let mut case = TestCase::new(outcome.id.as_str(), status);
    case.set_classname(format!("driftgate.{}", outcome.kind));
    case.set_assertions(outcome.inspected);
    case.set_time(outcome.duration);
    if outcome.severity == Severity::Advisory {
        case.add_property(("severity", "advisory"));
        case.add_property(("verdict", verdict.as_str()));
    }
    // What a test case that is no failure has to say must not be lost.
    if is_success && verdict != VerdictName::Pass {
        case.set_system_out(format!("{verdict} (advisory): {message}\n{found}"));
    } else if is_success && !found.is_empty() {
        case.set_system_out(found);
    }
    Ok(case)
}

/// What the test case counts as. JUnit knows no advice: an advisory gate that is not green would
/// turn a build red that the exit code leaves green, so that it counts as passed and tells its
/// verdict in a property and on `system-out`. A check that broke down is an error all the same.
fn status(outcome: &GateOutcome) -> TestCaseStatus {
    let advisory = outcome.severity == Severity::Advisory && !outcome.broke_down;
    match outcome.verdict.name() {
        VerdictName::Pass => TestCaseStatus::success(),
        VerdictName::Skipped => TestCaseStatus::skipped(),
        _ if advisory => TestCaseStatus::success(),
        VerdictName::Fail => TestCaseStatus::non_success(NonSuccessKind::Failure),
        VerdictName::Vacuous | VerdictName::Refused | VerdictName::Unreachable => {
            TestCaseStatus::non_success(NonSuccessKind::Error)
        }
    }
}

/// The findings as the human report shows them, with whole diffs and without colours.
fn findings_text(outcome: &GateOutcome) -> io::Result<String> {
    let mut found = Vec::new();
    for finding in &outcome.findings {
        let mut plain = anstream::StripStream::new(&mut found);
        write_finding(&mut plain, outcome.id.as_str(), finding, DiffLines::All)?;
    }
    Ok(String::from_utf8_lossy(&found).into_owned())
}

fn message(outcome: &GateOutcome) -> String {
    outcome.verdict.reason().map_or_else(
        || match outcome.findings.as_slice() {
            [one] => one.message.clone(),
            many => format!("{} findings", many.len()),
        },
        str::to_owned,
    )
}
