use super::judge::header;
use crate::gate::{
    Code, Finding, Inspection, Level, Location, Obstacle, Pattern, Verdict, VerdictName, Waiver,
    Witness, judge,
};

static CODE: Code = Code {
    name: "a-code",
    what: "",
    why: "",
    mend: "",
};

fn today() -> jiff::civil::Date {
    jiff::civil::date(2026, 1, 15)
}

fn waiver(path: Option<&str>, until: jiff::civil::Date) -> Waiver {
    Waiver {
        code: "a-code".to_owned(),
        path: path.map(|path| Pattern::new(path).expect("a pattern")),
        reason: "for now".to_owned(),
        until,
        tracker: None,
        line: 7,
    }
}

fn found(path: &str) -> Inspection {
    let mut inspection = Inspection::new();
    inspection.part("a part").looked("a", Witness::of("b"));
    inspection.find(Finding::new(&CODE, "wrong").at(Location::file(path)));
    inspection
}

#[test]
fn a_waived_finding_is_shown_and_does_not_block() {
    let mut header = header();
    header.waivers.push(waiver(Some("prompts/*"), today()));
    let judged = judge(&header, found("prompts/a.md"), today());
    assert_eq!(judged.verdict.name(), VerdictName::Pass);
    let finding = &judged.inspection.findings[0];
    assert_eq!(finding.level, Level::Advisory);
    assert_eq!(finding.message, "wrong (waived until 2026-01-15: for now)");
}

#[test]
fn a_waiver_for_another_path_is_a_finding_and_waives_nothing() {
    let mut header = header();
    header.waivers.push(waiver(Some("prompts/*"), today()));
    let judged = judge(&header, found("prompts/sub/a.md"), today());
    assert_eq!(judged.verdict, Verdict::Fail);
    let codes: Vec<_> = judged
        .inspection
        .findings
        .iter()
        .map(|finding| (finding.code.name, finding.level))
        .collect();
    assert_eq!(
        codes,
        [("a-code", Level::Block), ("waiver-unused", Level::Block)]
    );
    assert_eq!(
        judged.inspection.findings[1].locations,
        [Location::line("gates/a-gate.yaml", 7)]
    );
}

#[test]
fn a_waiver_ends_with_its_last_day() {
    let mut header = header();
    header
        .waivers
        .push(waiver(None, today().yesterday().expect("a date")));
    let judged = judge(&header, found("a"), today());
    assert_eq!(judged.verdict, Verdict::Fail);
    let codes: Vec<_> = judged
        .inspection
        .findings
        .iter()
        .map(|finding| finding.code.name)
        .collect();
    assert_eq!(codes, ["a-code", "waiver-expired"]);
}

#[test]
fn a_waiver_that_matches_nothing_fails_a_gate_that_is_green_without_it() {
    let mut header = header();
    header.waivers.push(waiver(None, today()));
    let mut inspection = Inspection::new();
    inspection.part("a part").looked("a", Witness::of("b"));
    assert_eq!(judge(&header, inspection, today()).verdict, Verdict::Fail);
}

#[test]
fn a_waiver_is_not_called_unused_where_the_gate_could_not_look() {
    let mut header = header();
    header.waivers.push(waiver(None, today()));
    let inspection = Inspection::from(Obstacle::unreachable(&CODE, "no answer"));
    let judged = judge(&header, inspection, today());
    assert_eq!(judged.verdict.name(), VerdictName::Unreachable);
    assert!(judged.inspection.findings.is_empty());
}
