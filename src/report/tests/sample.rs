use std::time::Duration;

use crate::exit_code::ExitCode;
use crate::gate::{
    Code, Finding, GateId, Header, Inspection, Lane, Location, Obstacle, Severity, Verdict,
    Witness, judge,
};
use crate::report::Reporter;
use crate::run::{Counts, Event, GateOutcome, RunEnd, RunStart};

pub(super) static DIFFERS: Code = Code {
    name: "content-differs",
    what: "A delivered file differs from its source.",
    why: "What runs is not what was reviewed.",
    mend: "Deliver it again.",
};

fn header(id: &str) -> Header {
    Header {
        id: GateId::new(id).unwrap(),
        about: format!("The promise of {id}."),
        kind: "delivery",
        lanes: Lane::ALL.to_vec(),
        required: false,
        severity: Severity::Blocking,
        min_inspected: 1,
        timeout: None,
        waivers: Vec::new(),
        file: format!("gates/{id}.yaml"),
    }
}

fn outcome(id: &str, inspection: Inspection) -> GateOutcome {
    let header = header(id);
    let judged = judge(&header, inspection, jiff::civil::date(2026, 1, 2));
    let inspected = judged.inspection.inspected();
    let mut findings = judged.inspection.findings;
    findings.extend(judged.inspection.obstacles.iter().map(Obstacle::to_finding));
    GateOutcome {
        id: header.id,
        kind: header.kind,
        about: header.about,
        file: header.file,
        severity: header.severity,
        verdict: judged.verdict,
        inspected,
        duration: Duration::from_millis(3),
        findings,
        facts: judged.inspection.facts,
        attempts: 1,
        broke_down: false,
    }
}

fn looked(subjects: usize) -> Inspection {
    let mut inspection = Inspection::new();
    let part = inspection.part("all");
    for subject in 0..subjects {
        part.looked(subject.to_string(), Witness::of("seen"));
    }
    inspection.fact("commit", "0123456789012345678901234567890123456789");
    inspection
}

/// A gate for each verdict, with all that findings can carry, some of it hostile.
pub(super) fn outcomes() -> Vec<GateOutcome> {
    let mut fail = looked(12);
    fail.find(
        Finding::new(
            &DIFFERS,
            "prompts/concierge.md differs from its source: 20 bytes, expected 21",
        )
        .at(Location::at("templates/prompts/concierge.md", 3, 7))
        .at(Location::line(
            "platform-agent@0123456:prompts/concierge.md",
            3,
        ))
        .help("run `make deliver`")
        .digests(Some("ab".repeat(32)), None)
        .diff("--- source\n+++ delivered\n@@ -1,2 +1,2 @@\n same\n-old\u{1b}[2J\n+new ]]> <&\n"),
    );
    let long: String = (0..100).map(|n| format!("+line {n}\n")).collect();
    fail.find(
        Finding::new(&DIFFERS, "a long one \u{0}")
            .advisory()
            .diff(long),
    );
    let mut skipped = outcome("lane-of-others", Inspection::new());
    skipped.verdict = Verdict::Skipped("not in lane pr".to_owned());
    skipped.attempts = 0;
    skipped.duration = Duration::ZERO;
    let mut slow = outcome(
        "far-away",
        Obstacle::unreachable(&DIFFERS, "git.example.org does not answer").into(),
    );
    slow.duration = Duration::from_millis(61_500);
    slow.attempts = 3;
    let mut advice = outcome("only-advice", Inspection::new());
    advice.severity = Severity::Advisory;
    vec![
        outcome("concierge-identity", fail),
        slow,
        skipped,
        advice,
        outcome(
            "private-template",
            Obstacle::refused(&DIFFERS, "access denied").into(),
        ),
        outcome("workspace-kind", looked(7)),
    ]
}

/// Tells a reporter a whole run.
pub(super) fn tell_all(reporter: &mut dyn Reporter) {
    let outcomes = outcomes();
    let start = RunStart {
        lane: Lane::Pr,
        started: "2026-01-02T03:04:05.678Z".parse().unwrap(),
        partition: Some("slice:1/4".parse().unwrap()),
        gates: outcomes.len(),
        to_run: outcomes.len() - 1,
        longest_id: 18,
    };
    reporter.tell(&Event::Start(&start)).unwrap();
    for outcome in &outcomes {
        reporter.tell(&Event::Running { id: &outcome.id }).unwrap();
        reporter.tell(&Event::Gate(outcome)).unwrap();
    }
    let end = RunEnd {
        counts: Counts::of(&outcomes),
        duration: Duration::from_millis(61_512),
        exit_code: ExitCode::Failed,
        notes: vec!["1 advisory gate is not green, which changes no exit code".to_owned()],
    };
    reporter.tell(&Event::End(&end)).unwrap();
}
