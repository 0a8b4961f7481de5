use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{Proofs, ProveReport, prove, write_human};
use crate::context::{Cancel, Context, ContextParts, Environment, NoSources};
use crate::exit_code::ExitCode;
use crate::gate::{
    Change, Code, Finding, GateId, Header, Inspection, Lane, Location, Plant, Protection, Severity,
    VerdictName, Waiver, Witness,
};
use crate::kinds::Check;
use crate::run::{Fate, Limits, Plan, Planned};
use crate::tree::{DirTree, OverlayTree, SMALL_FILE, TreePath};

static BAD: Code = Code {
    name: "bad",
    what: "",
    why: "",
    mend: "",
};
static WORSE: Code = Code {
    name: "worse",
    what: "",
    why: "",
    mend: "",
};

/// Wants `good` in every file that it looks at; `worse` in one is a finding of its own.
struct Fake {
    header: Header,
    looks_at: Vec<&'static str>,
    protections: Vec<Protection>,
}

impl Fake {
    fn new(protections: Vec<Protection>) -> Self {
        Self {
            header: Header {
                id: GateId::new("fake").expect("an id"),
                about: "A fake.".to_owned(),
                kind: "fake",
                lanes: Lane::ALL.to_vec(),
                required: false,
                severity: Severity::Blocking,
                min_inspected: 1,
                timeout: None,
                waivers: Vec::new(),
                file: "gates/fake.yaml".to_owned(),
            },
            looks_at: vec!["a", "b"],
            protections,
        }
    }

    fn waive(mut self, code: &str) -> Self {
        self.header.waivers.push(Waiver {
            code: code.to_owned(),
            path: None,
            reason: "because".to_owned(),
            until: jiff::civil::date(2030, 1, 1),
            tracker: None,
            line: 7,
        });
        self
    }

    fn prove(self) -> Proofs {
        self.prove_on("good")
    }

    fn prove_on(self, content: &str) -> Proofs {
        prove_all(vec![self], &context(content, Cancel::new()))
    }
}

fn prove_all<C: Check + 'static>(checks: Vec<C>, context: &Context) -> Proofs {
    prove_only(&[], checks, context)
}

fn prove_only<C: Check + 'static>(only: &[&str], checks: Vec<C>, context: &Context) -> Proofs {
    let only: Vec<String> = only.iter().copied().map(str::to_owned).collect();
    let gates: Vec<Planned> = checks
        .into_iter()
        .map(|check| Planned {
            check: Arc::new(check),
            fate: Fate::Run,
        })
        .collect();
    let plan = Plan {
        runnable_in_all_shares: gates.len(),
        gates,
    };
    let interrupts = crossbeam_channel::never();
    let started = jiff::Timestamp::UNIX_EPOCH;
    let limits = Limits::default();
    prove(
        &plan,
        context,
        &limits,
        &only,
        started,
        &interrupts,
        &mut |_| {},
    )
}

impl Check for Fake {
    fn header(&self) -> &Header {
        &self.header
    }

    fn inspect(&self, context: &Context) -> Inspection {
        let mut inspection = Inspection::new();
        for name in &self.looks_at {
            let path = TreePath::new(name).expect("a path");
            match context.root().read(&path, SMALL_FILE) {
                Ok(bytes) => {
                    inspection.part("files").looked(name, Witness::of(&bytes));
                    let code = match bytes.as_slice() {
                        b"good" => continue,
                        b"worse" => &WORSE,
                        _ => &BAD,
                    };
                    inspection.find(Finding::new(code, "is off").at(Location::file(*name)));
                }
                Err(error) => inspection.obstacle(error.into()),
            }
        }
        inspection
    }

    fn protections(&self, _: &Context) -> Vec<Protection> {
        self.protections.clone()
    }
}

/// A root with the files `a`, `b` and `c`, all with this content.
fn context(content: &str, cancel: Cancel) -> Context {
    let nowhere = Arc::new(DirTree::new("/nonexistent", ""));
    let files = ["a", "b", "c"].map(|name| Change::write(name, content));
    Context::new(ContextParts {
        root: Arc::new(OverlayTree::plant(nowhere, &files).expect("planted")),
        sources: Arc::new(NoSources),
        settings: Arc::default(),
        environment: Arc::new(Environment::default()),
        lane: Lane::Local,
        today: jiff::civil::date(2026, 5, 5),
        offline: false,
        cancel,
    })
}

fn change(name: &str, path: &str, content: &str) -> Protection {
    Protection {
        name: name.to_owned(),
        expected: &BAD,
        mentions: path.to_owned(),
        plant: Ok(Plant::in_root(Change::write(path, content))),
    }
}

/// Why the only protection is not proved.
#[track_caller]
fn unproved(proofs: &Proofs) -> &str {
    assert!(!proofs.gates[0].is_proved());
    assert_eq!(proofs.exit_code, ExitCode::Failed);
    proofs.gates[0].protections[0]
        .unproved
        .as_deref()
        .expect("unproved")
}

#[test]
fn a_gate_that_reports_what_it_promises_is_proved() {
    let proofs = Fake::new(vec![change("one", "a", "x"), change("two", "b", "y")]).prove();
    let gate = &proofs.gates[0];
    assert!(gate.is_proved());
    assert_eq!((gate.proved(), gate.protections.len()), (2, 2));
    assert_eq!(gate.protections[0].got, ["bad"]);
    assert_eq!(proofs.exit_code, ExitCode::Ok);
}

#[test]
fn what_nobody_asked_for_is_left_out_and_counts_for_nothing() {
    let gate = || Fake::new(vec![change("one", "a", "x"), change("two", "c", "x")]);
    let on = || context("good", Cancel::new());
    let proofs = prove_only(&["ne"], vec![gate()], &on());
    let proved = &proofs.gates[0];
    assert_eq!(proofs.exit_code, ExitCode::Ok);
    assert_eq!((proved.proved(), proved.left_out), (1, 1));
    assert!(proved.keeps_its_promises() && !proved.is_proved());
    // The other one is a promise that is not kept.
    let proofs = prove_only(&["tw"], vec![gate()], &on());
    assert_eq!(proofs.exit_code, ExitCode::Failed);
    let proofs = prove_only(&["three"], vec![gate()], &on());
    assert_eq!(proofs.exit_code, ExitCode::NotChecked);
    assert_eq!(proofs.gates[0].left_out, 2);
}

#[test]
fn a_violation_that_the_gate_does_not_look_at_is_unproved() {
    let proofs = Fake::new(vec![change("one", "c", "x")]).prove();
    assert_eq!(unproved(&proofs), "still green: expected bad, got nothing");
    assert!(proofs.gates[0].protections[0].planted);
}

#[test]
fn a_finding_with_another_code_does_not_count() {
    let proofs = Fake::new(vec![change("one", "a", "worse")]).prove();
    assert_eq!(unproved(&proofs), "expected bad, got worse");
}

#[test]
fn a_further_code_beside_the_promised_one_does_not_count() {
    let mut protection = change("one", "a", "x");
    protection.plant = protection
        .plant
        .map(|plant| plant.and(crate::gate::TreeRef::Root, Change::write("b", "worse")));
    let proofs = Fake::new(vec![protection]).prove();
    assert_eq!(unproved(&proofs), "expected bad, got bad, worse");
}

#[test]
fn an_obstacle_counts_as_its_code() {
    let mut protection = change("one", "a", "x");
    protection.plant = Ok(Plant::in_root(Change::remove("a")));
    let proofs = Fake::new(vec![protection]).prove();
    assert_eq!(unproved(&proofs), "expected bad, got tree-wrong-type");
}

#[test]
fn the_right_code_about_the_wrong_thing_does_not_count() {
    let mut protection = change("one", "a", "x");
    protection.mentions = "b-file".to_owned();
    let proofs = Fake::new(vec![protection]).prove();
    assert_eq!(
        unproved(&proofs),
        "bad was reported, but not about b-file: is off"
    );
}

#[test]
fn a_violation_that_changes_nothing_is_not_planted() {
    let proofs = Fake::new(vec![change("one", "a", "good")]).prove();
    assert_eq!(unproved(&proofs), "not planted: a already has this content");
    assert!(!proofs.gates[0].protections[0].planted);
}

#[test]
fn a_violation_that_the_kind_cannot_make_is_not_planted() {
    let mut protection = change("one", "a", "x");
    protection.plant = Err("no member to remove".to_owned());
    let proofs = Fake::new(vec![protection]).prove();
    assert_eq!(unproved(&proofs), "not planted: no member to remove");
}

#[test]
fn a_finding_without_a_look_at_the_planted_place_does_not_count() {
    /// Claims a finding the second time, about a file that it never opened.
    struct Blind(Fake, AtomicBool);
    impl Check for Blind {
        fn header(&self) -> &Header {
            self.0.header()
        }
        fn inspect(&self, context: &Context) -> Inspection {
            let mut inspection = self.0.inspect(context);
            if self.1.swap(true, Ordering::Relaxed) {
                inspection.find(Finding::new(&BAD, "c is off, surely"));
            }
            inspection
        }
        fn protections(&self, context: &Context) -> Vec<Protection> {
            self.0.protections(context)
        }
    }
    let honest = Fake::new(vec![change("one", "c", "x")]);
    let proofs = prove_all(
        vec![Blind(honest, AtomicBool::new(false))],
        &context("good", Cancel::new()),
    );
    assert_eq!(
        unproved(&proofs),
        "the gate never looked at what was planted"
    );
}

#[test]
fn a_waived_code_does_not_count_as_caught() {
    // The waiver matches something from the start, so the gate is green and the waiver is used.
    let proofs = Fake::new(vec![change("one", "a", "another bad")])
        .waive("bad")
        .prove_on("bad already");
    assert_eq!(proofs.gates[0].baseline, VerdictName::Pass);
    assert_eq!(unproved(&proofs), "still green: expected bad, got nothing");
}

#[test]
fn a_violation_that_takes_a_waivers_finding_away_is_judged_by_its_own_code() {
    let mut fake = Fake::new(vec![change("one", "a", "worse")]).waive("bad");
    fake.looks_at = vec!["a"];
    fake.protections[0].expected = &WORSE;
    let proofs = fake.prove_on("bad already");
    assert!(proofs.gates[0].is_proved(), "{proofs:?}");
}

#[test]
fn a_red_baseline_is_reported_and_nothing_is_planted() {
    let proofs = Fake::new(vec![change("one", "a", "x")]).prove_on("bad already");
    assert_eq!(proofs.gates[0].baseline, VerdictName::Fail);
    assert!(proofs.gates[0].protections.is_empty());
    assert_eq!(
        proofs.gates[0].reason.as_deref(),
        Some("red as it stands: bad at a: is off")
    );
    assert_eq!(proofs.exit_code, ExitCode::Failed);
}

#[test]
fn a_vacuous_baseline_ends_as_it_would_in_a_run() {
    let mut fake = Fake::new(vec![change("one", "a", "x")]);
    fake.header.min_inspected = 3;
    let proofs = fake.prove();
    assert_eq!(proofs.gates[0].baseline, VerdictName::Vacuous);
    assert_eq!(proofs.exit_code, ExitCode::NotChecked);
}

#[test]
fn a_gate_that_promises_nothing_is_not_proved() {
    let proofs = Fake::new(Vec::new()).prove();
    assert!(!proofs.gates[0].is_proved());
    assert_eq!(
        proofs.gates[0].reason.as_deref(),
        Some("it names nothing that it protects: a gate that cannot fail")
    );
    assert_eq!(proofs.exit_code, ExitCode::Failed);
}

#[test]
fn two_protections_with_one_name_are_both_unproved() {
    let proofs = Fake::new(vec![change("one", "a", "x"), change("one", "b", "x")]).prove();
    assert_eq!(proofs.gates[0].proved(), 0);
    assert_eq!(
        unproved(&proofs),
        "2 protections of this gate have this name"
    );
}

#[test]
fn no_gates_at_all_prove_nothing() {
    let proofs = prove_all(Vec::<Fake>::new(), &context("good", Cancel::new()));
    assert_eq!(proofs.exit_code, ExitCode::NotChecked);
}

#[test]
fn a_cancelled_proof_is_none() {
    let cancel = Cancel::new();
    cancel.cancel();
    let fake = Fake::new(vec![change("one", "a", "x")]);
    let proofs = prove_all(vec![fake], &context("good", cancel));
    assert_eq!(proofs.exit_code, ExitCode::Interrupted);
    assert!(proofs.gates.is_empty());
}

#[test]
fn people_read_how_many_are_proved_and_why_the_others_are_not() {
    let mut proofs = Fake::new(vec![change("one", "a", "x"), change("two", "c", "x")]).prove();
    let red = Fake::new(vec![change("one", "a", "x")]).prove_on("off");
    proofs.gates.extend(red.gates);
    let mut out = Vec::new();
    write_human(&mut anstream::StripStream::new(&mut out), &proofs).expect("written");
    let text = String::from_utf8(out).expect("text");
    assert_eq!(
        text,
        "fake  proved 1 of 2
  unproved  two: still green: expected bad, got nothing
fake  not proved: red as it stands: bad at a: is off
1 of 2 protections proved; 0 of 2 gates can fail as they promise
"
    );
}

#[test]
fn the_report_fits_its_schema() {
    let proofs = prove_all(
        vec![
            Fake::new(vec![change("one", "a", "x"), change("two", "c", "x")]),
            Fake::new(Vec::new()),
        ],
        &context("good", Cancel::new()),
    );
    let schema = schemars::schema_for!(ProveReport);
    let report = serde_json::to_value(ProveReport::new(&proofs)).expect("JSON");
    let validator = jsonschema::validator_for(schema.as_value()).expect("a schema");
    assert!(validator.is_valid(&report), "{report}");
    assert_eq!(report["schema"], "driftgate.prove.v1");
    assert_eq!(report["gates"][0]["protections"][0]["name"], "one");
    assert_eq!(report["gates"][0]["protections"][0]["got"][0], "bad");
    assert_eq!(report["gates"][0]["protections"][1]["proved"], false);
    assert_eq!((&report["proved"], &report["of"]), (&1.into(), &2.into()));
}

/// Stops for nothing but the end of everything, like a fetch that other gates wait for as well.
struct Deaf {
    header: Header,
    whole: Cancel,
    ended: Arc<AtomicBool>,
}

impl Check for Deaf {
    fn header(&self) -> &Header {
        &self.header
    }

    fn inspect(&self, _: &Context) -> Inspection {
        while !self.whole.is_cancelled() {
            std::thread::yield_now();
        }
        self.ended.store(true, Ordering::SeqCst);
        Inspection::new()
    }

    fn protections(&self, _: &Context) -> Vec<Protection> {
        Vec::new()
    }
}

#[test]
fn what_a_timed_out_gate_left_behind_has_ended_when_the_proofs_are_there() {
    let (whole, ended) = (Cancel::new(), Arc::new(AtomicBool::new(false)));
    let mut deaf = Deaf {
        header: Fake::new(Vec::new()).header,
        whole: whole.clone(),
        ended: Arc::clone(&ended),
    };
    deaf.header.timeout = Some(std::time::Duration::from_millis(1));
    let proofs = prove_all(vec![deaf], &context("good", whole));
    assert_eq!(proofs.exit_code, ExitCode::Unreachable);
    assert!(ended.load(Ordering::SeqCst));
}
