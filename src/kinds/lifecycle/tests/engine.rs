use std::sync::Arc;

use crate::backend::DockerLoss;
use crate::config::GateFile;
use crate::context::{Cancel, Runtime, Secrets};
use crate::gate::{GateId, Header, Inspection, Obstacle, Severity, Verdict, VerdictName, judge};
use crate::kinds::lifecycle::client::Server;
use crate::kinds::lifecycle::codes::SERVER_SILENT;
use crate::kinds::lifecycle::engine::{Lived, doubt, live};
use crate::kinds::lifecycle::failure::Failure;
use crate::kinds::lifecycle::journal::Journal;
use crate::kinds::lifecycle::life::{Life, LifeParts};
use crate::kinds::lifecycle::life_check::{LifeCheck, life_check};
use crate::kinds::lifecycle::load::load;
use crate::kinds::lifecycle::report::record;
use crate::kinds::lifecycle::rules::Rules;
use crate::kinds::lifecycle::stop::Outcome;
use crate::kinds::lifecycle::wait::{Seen, wait_for};
use crate::kinds::lifecycle::without::{Missing, left_out};

life_check! {
    FIRST = "first", Boot, Core, 10 s;
    proves "." cites "." needs [] after [] wrong "." why "." mend "."
    |life| { life.journal.saw("something", "green"); Ok(()) }
}
life_check! {
    WRONG = "wrong", Boot, Core, 10 s;
    proves "." cites "." needs [] after ["first"] wrong "." why "." mend "."
    |life| {
        life.journal.saw("a row", "red");
        Err(Failure::new("green", "red").with("container ws-1 ended").into())
    }
}
life_check! {
    RESTS = "rests", Registry, Core, 10 s;
    proves "." cites "." needs [] after ["wrong"] wrong "." why "." mend "."
    |_life| { Ok(()) }
}
life_check! {
    RESTS_AGAIN = "rests-again", Registry, Core, 10 s;
    proves "." cites "." needs [] after ["rests"] wrong "." why "." mend "."
    |_life| { Ok(()) }
}
life_check! {
    OTHER = "other", Registry, Core, 10 s;
    proves "." cites "." needs [] after ["first"] wrong "." why "." mend "."
    |_life| { Ok(()) }
}
life_check! {
    SILENT = "silent", Boot, Core, 10 s;
    proves "." cites "." needs [] after [] wrong "." why "." mend "."
    |_life| { Err(Obstacle::unreachable(&SERVER_SILENT, "no connection").into()) }
}
life_check! {
    HANGS = "hangs", Boot, Core, 1 s;
    proves "." cites "." needs [] after [] wrong "." why "." mend "."
    |_life| { std::future::pending::<()>().await; Ok(()) }
}
life_check! {
    WAITS = "waits", Boot, Core, 1 s;
    proves "." cites "." needs [] after [] wrong "." why "." mend "."
    |_life| {
        wait_for("it is online", || async { Ok(Seen::<()>::NotYet("provisioning".to_owned())) }).await
    }
}
life_check! {
    WAITS_IN_SILENCE = "waits-in-silence", Boot, Core, 1 s;
    proves "." cites "." needs [] after [] wrong "." why "." mend "."
    |_life| {
        let has_looked = std::sync::atomic::AtomicBool::new(false);
        wait_for("it is online", || async {
            if has_looked.swap(true, std::sync::atomic::Ordering::Relaxed) {
                std::future::pending::<()>().await;
            }
            Ok(Seen::<()>::NotYet("provisioning".to_owned()))
        })
        .await
    }
}
life_check! {
    NEEDS_MORE = "needs-more", Registry, Core, 10 s;
    proves "." cites "." needs [SecondInstance] after [] wrong "." why "." mend "."
    |_life| { Ok(()) }
}
life_check! {
    RESTS_ON_MORE = "rests-on-more", Registry, Core, 10 s;
    proves "." cites "." needs [] after ["needs-more"] wrong "." why "." mend "."
    |_life| { Ok(()) }
}

/// Waits for what another check says, after it has said something itself.
async fn meet(life: &Life, own: &'static str, other: &'static str) -> Outcome {
    life.journal.saw(own, "said");
    life.remember(own, true);
    wait_for(other, || async {
        Ok(match life.recall(other) {
            Ok(_) => Seen::Yes(()),
            Err(_) => Seen::NotYet("silence".to_owned()),
        })
    })
    .await
}

life_check! {
    MEETS = "meets", Switch, Core, 10 s;
    proves "." cites "." needs [] after [] wrong "." why "." mend "."
    |life| { meet(life, "a word of one", "a word of the other").await }
}
life_check! {
    IS_MET = "is-met", Restart, Core, 10 s;
    proves "." cites "." needs [] after [] wrong "." why "." mend "."
    |life| { meet(life, "a word of the other", "a word of one").await }
}

fn rules(extra: &str) -> Rules {
    let text = format!("id: life\nabout: A life.\nkind: lifecycle\n{extra}");
    load(&GateFile::new("gates/life.yaml", text), "lifecycle", &[]).expect("a gate")
}

/// Lives these checks on a server that nobody asks anything.
fn lived(extra: &str, checks: &[&'static LifeCheck]) -> (Vec<Lived>, Inspection) {
    let rules = Arc::new(rules(extra));
    let secrets = Secrets::new();
    let journal = Arc::new(Journal::new(secrets.clone()));
    let life = Life::new(LifeParts {
        concierge: uuid::Uuid::new_v4(),
        server: Server::new(
            "http://127.0.0.1:9".parse().expect("an address"),
            "an-admin-token",
            None,
            Arc::clone(&journal),
        ),
        rules: Arc::clone(&rules),
        journal,
        server_database_url: None,
        network: String::new(),
        database: None,
        world: None,
        daemon: None,
    });
    let missing = Missing::new();
    let reasons = left_out(&rules, &missing);
    let lived = Runtime::new()
        .block_on(&Cancel::new(), live(&life, checks, &reasons))
        .expect("not cancelled");
    let mut inspection = Inspection::new();
    record(&rules, &lived, &secrets, &mut inspection);
    (lived, inspection)
}

fn outcomes(lived: &[Lived]) -> Vec<(&str, &str)> {
    lived
        .iter()
        .map(|one| (one.check.id(), one.outcome()))
        .collect()
}

fn verdict(inspection: Inspection) -> Verdict {
    let header = Header {
        id: GateId::new("life").expect("an id"),
        about: "A life.".to_owned(),
        kind: "lifecycle",
        lanes: Vec::new(),
        required: false,
        severity: Severity::Blocking,
        min_inspected: 1,
        timeout: None,
        waivers: Vec::new(),
        file: "gates/life.yaml".to_owned(),
    };
    judge(&header, inspection, jiff::civil::date(2026, 1, 2)).verdict
}

#[test]
fn a_failed_check_stops_those_that_rest_on_it_and_no_others() {
    let (lived, inspection) = lived("", &[&FIRST, &WRONG, &RESTS, &RESTS_AGAIN, &OTHER]);
    assert_eq!(
        outcomes(&lived),
        [
            ("first", "passed"),
            ("wrong", "failed"),
            ("rests", "not-reached"),
            ("rests-again", "not-reached"),
            ("other", "passed"),
        ]
    );
    assert_eq!(inspection.inspected(), 3, "only those that ran");
    let [obstacle] = inspection.obstacles.as_slice() else {
        panic!("{:?}", inspection.obstacles);
    };
    assert_eq!(obstacle.code.name, "check-not-reached");
    assert_eq!(
        obstacle.message,
        "2 checks were not reached because of wrong: rests, rests-again"
    );
    assert_eq!(verdict(inspection).name(), VerdictName::Fail);
}

#[test]
fn a_failure_shows_what_was_expected_what_was_seen_and_all_evidence() {
    let (_, inspection) = lived("", &[&FIRST, &WRONG]);
    let [finding] = inspection.findings.as_slice() else {
        panic!("{:?}", inspection.findings);
    };
    assert_eq!(finding.code.name, "wrong");
    assert_eq!(finding.message, "wrong: expected green, got red");
    let diff = finding.diff.as_deref().expect("evidence");
    for line in [
        "\n saw a row; as red\n",
        "\n-green\n+red\n",
        "\n container ws-1 ended\n",
    ] {
        assert!(diff.contains(line), "{line}: {diff}");
    }
    assert!(
        !diff.contains("something"),
        "another check's evidence: {diff}"
    );
}

#[test]
fn chapters_side_by_side_are_lived_at_the_same_time_and_keep_their_evidence_apart() {
    let (lived, _) = lived("", &[&MEETS, &IS_MET]);
    assert_eq!(
        outcomes(&lived),
        [("meets", "passed"), ("is-met", "passed")]
    );
    for (one, own) in lived.iter().zip(["a word of one", "a word of the other"]) {
        let [step] = one.evidence.as_slice() else {
            panic!("{:?}", one.evidence);
        };
        assert_eq!(step["saw"], own);
    }
}

#[test]
fn a_server_that_does_not_answer_stops_everything_and_is_unreachable() {
    let (lived, inspection) = lived("", &[&FIRST, &SILENT, &OTHER]);
    assert_eq!(
        outcomes(&lived),
        [
            ("first", "passed"),
            ("silent", "could-not-look"),
            ("other", "not-reached"),
        ]
    );
    assert_eq!(verdict(inspection).name(), VerdictName::Unreachable);
}

#[test]
fn a_check_that_hangs_is_cut_off_and_the_others_go_on() {
    let (lived, inspection) = lived("deadlines: 0.05\n", &[&HANGS, &FIRST]);
    assert_eq!(
        outcomes(&lived),
        [("hangs", "could-not-look"), ("first", "passed")]
    );
    assert_eq!(inspection.obstacles[0].code.name, "check-timed-out");
    assert_eq!(verdict(inspection).name(), VerdictName::Unreachable);
}

#[test]
fn a_wait_that_is_up_says_what_it_saw_last() {
    let (_, inspection) = lived("deadlines: 0.05\n", &[&WAITS]);
    let message = &inspection.findings[0].message;
    assert!(
        message.starts_with("waits: expected it is online, got still provisioning after "),
        "{message}"
    );
}

#[test]
fn a_wait_in_which_nobody_answers_any_more_is_no_finding() {
    let (_, inspection) = lived("deadlines: 0.5\n", &[&WAITS_IN_SILENCE]);
    assert!(inspection.findings.is_empty(), "{:?}", inspection.findings);
    let obstacle = &inspection.obstacles[0];
    assert_eq!(obstacle.code.name, "check-timed-out");
    assert!(
        obstacle
            .message
            .contains("it is online: no answer in the last ")
            && obstacle.message.ends_with("last seen: provisioning"),
        "{obstacle}"
    );
    assert_eq!(verdict(inspection).name(), VerdictName::Unreachable);
}

#[test]
fn what_is_found_wrong_right_before_the_daemon_goes_away_proves_nothing() {
    let (mut lived, _) = lived("", &[&FIRST, &WRONG, &RESTS]);
    let loss = DockerLoss::default();
    doubt(&mut lived, &loss);
    assert_eq!(lived[1].outcome(), "failed");
    loss.happens();
    doubt(&mut lived, &loss);
    assert_eq!(
        outcomes(&lived),
        [
            ("first", "passed"),
            ("wrong", "could-not-look"),
            ("rests", "not-reached"),
        ]
    );
    let mut inspection = Inspection::new();
    record(&rules(""), &lived, &Secrets::new(), &mut inspection);
    let message = &inspection.obstacles[0].message;
    assert!(message.contains("expected green, got red"), "{message}");
    assert_eq!(verdict(inspection).name(), VerdictName::Unreachable);
}

#[test]
fn what_the_gate_is_without_is_left_out_with_all_that_rests_on_it() {
    let (lived, inspection) = lived(
        "without: [second-instance]\n",
        &[&FIRST, &NEEDS_MORE, &RESTS_ON_MORE],
    );
    assert_eq!(
        outcomes(&lived),
        [
            ("first", "passed"),
            ("needs-more", "left-out"),
            ("rests-on-more", "left-out"),
        ]
    );
    let shown = lived[1].to_json();
    assert_eq!(shown["because"], "the gate is without second-instance");
    assert_eq!(lived[2].to_json()["because"], "it rests on needs-more");
    assert_eq!(verdict(inspection).name(), VerdictName::Pass);
}

#[test]
fn a_life_of_which_everything_is_left_out_is_vacuous() {
    let (_, inspection) = lived("without: [second-instance]\n", &[&NEEDS_MORE]);
    assert_eq!(verdict(inspection).name(), VerdictName::Vacuous);
}
