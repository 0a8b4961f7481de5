use crate::gate::{
    Code, Finding, GateId, Header, Inspection, Lane, NotRun, Obstacle, Severity, Verdict,
    VerdictName, Waiver, Witness, judge, skip_before_run,
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

pub(super) fn header() -> Header {
    Header {
        id: GateId::new("a-gate").expect("an id"),
        about: "A gate.".to_owned(),
        kind: "test",
        lanes: vec![Lane::Local, Lane::Pr],
        required: false,
        severity: Severity::Blocking,
        min_inspected: 1,
        timeout: None,
        waivers: Vec::new(),
        file: "gates/a-gate.yaml".to_owned(),
    }
}

fn looked(subjects: &[&str]) -> Inspection {
    let mut inspection = Inspection::new();
    let part = inspection.part("a part");
    for subject in subjects {
        part.looked(subject, Witness::of("seen"));
    }
    inspection
}

#[test]
fn an_inspection_of_nothing_never_passes() {
    let judged = judge(&header(), Inspection::new(), today());
    assert_eq!(judged.verdict.name(), VerdictName::Vacuous);
}

#[test]
fn one_empty_part_makes_the_whole_gate_vacuous() {
    let mut inspection = looked(&["a", "b"]);
    inspection.part("another part");
    let judged = judge(&header(), inspection, today());
    assert_eq!(
        judged.verdict.reason(),
        Some("nothing was inspected in another part")
    );
}

#[test]
fn the_same_subject_counts_once() {
    let inspection = looked(&["a", "a", "b"]);
    assert_eq!(inspection.inspected(), 2);
}

#[test]
fn fewer_than_min_inspected_is_vacuous_and_as_many_is_a_pass() {
    let mut header = header();
    header.min_inspected = 2;
    assert_eq!(
        judge(&header, looked(&["a"]), today()).verdict.name(),
        VerdictName::Vacuous
    );
    let judged = judge(&header, looked(&["a", "b"]), today());
    let Verdict::Pass(evidence) = judged.verdict else {
        panic!("{:?}", judged.verdict);
    };
    assert_eq!(evidence.inspected(), 2);
}

#[test]
fn the_digest_depends_on_what_was_seen_and_where() {
    let digest = |subject: &str, seen: &str, part: &str| {
        let mut inspection = Inspection::new();
        inspection.part(part).looked(subject, Witness::of(seen));
        inspection.digest()
    };
    let first = digest("a", "b", "c");
    assert_eq!(first, digest("a", "b", "c"));
    assert_ne!(first, digest("a", "x", "c"));
    assert_ne!(first, digest("x", "b", "c"));
    assert_ne!(first, digest("a", "b", "x"));
    assert_ne!(digest("ab", "c", "p"), digest("a", "bc", "p"));
}

#[test]
fn a_blocking_finding_outranks_an_obstacle_and_an_obstacle_outranks_emptiness() {
    let mut inspection = Inspection::new();
    inspection.obstacle(Obstacle::unreachable(&CODE, "no answer"));
    inspection.obstacle(Obstacle::refused(&CODE, "no access"));
    inspection.find(Finding::new(&CODE, "wrong"));
    assert_eq!(judge(&header(), inspection, today()).verdict, Verdict::Fail);

    let mut inspection = looked(&["a"]);
    inspection.obstacle(Obstacle::unreachable(&CODE, "no answer"));
    inspection.obstacle(Obstacle::refused(&CODE, "no access"));
    assert_eq!(
        judge(&header(), inspection, today()).verdict,
        Verdict::Refused("no access".to_owned())
    );

    let mut inspection = looked(&["a"]);
    inspection.obstacle(Obstacle::unreachable(&CODE, "no answer"));
    assert_eq!(
        judge(&header(), inspection, today()).verdict,
        Verdict::Unreachable("no answer".to_owned())
    );
}

#[test]
fn an_advisory_finding_changes_no_verdict() {
    let mut inspection = looked(&["a"]);
    inspection.find(Finding::new(&CODE, "noticed").advisory());
    assert_eq!(
        judge(&header(), inspection, today()).verdict.name(),
        VerdictName::Pass
    );
}

#[test]
fn a_gate_outside_its_lanes_is_skipped_unless_it_is_named() {
    let header = header();
    assert_eq!(
        skip_before_run(&header, Lane::Nightly, false, today()),
        Some(NotRun::Skipped("not in lane nightly".to_owned()))
    );
    assert_eq!(skip_before_run(&header, Lane::Nightly, true, today()), None);
    assert_eq!(skip_before_run(&header, Lane::Pr, false, today()), None);
}

#[test]
fn waiving_a_whole_gate_skips_it_and_a_required_one_is_refused() {
    let mut header = header();
    header.waivers.push(Waiver {
        code: "*".to_owned(),
        path: None,
        reason: "moving house".to_owned(),
        until: today(),
        tracker: None,
        line: 3,
    });
    assert_eq!(
        skip_before_run(&header, Lane::Pr, false, today()),
        Some(NotRun::Skipped(
            "waived until 2026-01-15: moving house".to_owned()
        ))
    );
    header.required = true;
    assert_eq!(
        skip_before_run(&header, Lane::Pr, false, today()),
        Some(NotRun::Refused(
            "a required gate cannot be waived as a whole (moving house)".to_owned()
        ))
    );
    let tomorrow = today().tomorrow().expect("a date");
    assert_eq!(skip_before_run(&header, Lane::Pr, false, tomorrow), None);
}

#[test]
fn too_little_to_see_is_vacuous_with_its_own_code_and_yields_to_every_other_obstacle() {
    let mut inspection = looked(&["a"]);
    inspection.obstacle(Obstacle::vacuous(&CODE, "the set is empty"));
    let judged = judge(&header(), inspection, today());
    assert_eq!(
        judged.verdict,
        Verdict::Vacuous("the set is empty".to_owned())
    );
    let mut inspection = looked(&["a"]);
    inspection.obstacle(Obstacle::vacuous(&CODE, "the set is empty"));
    inspection.obstacle(Obstacle::unreachable(&CODE, "no answer"));
    let judged = judge(&header(), inspection, today());
    assert_eq!(judged.verdict.name(), VerdictName::Unreachable);
}
