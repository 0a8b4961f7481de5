//! The connection to the database breaks.

use std::time::Duration;

use super::town::{Town, asking};
use crate::leftovers::left;
use crate::proxy::Fault;
use crate::support::Sandbox;

/// A question of this check, and of no other.
const QUESTION: &str = "applied_at IS NULL";
const CHECKS: &str = "[admin-token-admits, migrations-applied]";
/// The question of the gate of kind `postgres`.
const PROBE: &str = "the_question";

#[test]
fn latency_and_a_slow_drip_from_the_database_change_no_verdict() {
    let town = Town::new();
    let inspected = town.live(CHECKS, "").passes().gate["inspected"].clone();
    for fault in [
        Fault::Late(Duration::from_millis(40)),
        Fault::Drip(16, Duration::from_millis(2)),
    ] {
        town.database.decide(move |_| Some(fault));
        let judged = town.live(CHECKS, "");
        assert_eq!(judged.passes().gate["inspected"], inspected, "{fault:?}");
        town.ask("").passes();
        assert_eq!(town.database.count(PROBE), 1, "{fault:?}");
    }
}

#[test]
fn a_database_whose_connection_breaks_is_unreachable_and_nothing_is_asked_again() {
    let town = Town::new();
    for fault in [
        Fault::Reset,
        Fault::HalfClosed,
        Fault::Truncated(3),
        Fault::ResetAfter(3),
    ] {
        town.database.at(QUESTION, fault);
        town.live(CHECKS, "")
            .ends("unreachable", "database-silent", "migrations-applied");
        assert_eq!(town.database.count(QUESTION), 1, "{fault:?}");
        town.database.at(PROBE, fault);
        town.ask("")
            .ends("unreachable", "database-lost", "went away");
        assert_eq!(town.database.count(PROBE), 1, "{fault:?}");
    }
}

#[test]
fn a_database_that_says_nothing_any_more_is_unreachable_at_the_deadline() {
    let town = Town::new();
    town.database.at(QUESTION, Fault::Silent);
    town.live(CHECKS, "deadlines: 0.1\n").ends(
        "unreachable",
        "check-timed-out",
        "migrations-applied",
    );
    town.database.at(PROBE, Fault::Silent);
    let sandbox = Sandbox::with_settings();
    sandbox.write(
        "gates/db.yaml",
        asking("").replace("expect:", "timeout: 1s, expect:"),
    );
    town.judge(&sandbox)
        .ends("unreachable", "database-lost", "gave no answer");
    assert_eq!(town.database.count(PROBE), 1);
}

#[test]
fn a_database_that_says_nothing_from_the_beginning_is_unreachable() {
    let mut town = Town::new();
    town.patience = 2;
    // At once, and once it has let one in.
    for words in ["user", "SHOW server_version"] {
        town.database.at(words, Fault::Silent);
        let judged = town.live(CHECKS, "timeout: 2m\n");
        judged.ends(
            "unreachable",
            "database-unreachable",
            "no answer from the database",
        );
    }
}

/// What a server sends to everybody when it is shut down.
const SHUT_DOWN: &[u8] =
    b"E\0\0\0\x4fSFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0";

#[test]
fn a_database_that_is_shut_down_in_the_middle_is_unreachable() {
    let town = Town::new();
    town.database.at(QUESTION, Fault::Instead(SHUT_DOWN));
    town.live(CHECKS, "")
        .ends("unreachable", "database-silent", "57P01");
    town.database
        .at("SHOW server_version", Fault::Instead(SHUT_DOWN));
    town.live(CHECKS, "")
        .ends("unreachable", "database-unreachable", "57P01");
}

#[test]
fn a_database_that_is_gone_when_a_gate_cleans_up_is_named_and_reaped_later() {
    let town = Town::new();
    town.database.at("DROP DATABASE", Fault::Gone);
    let sandbox = Sandbox::with_settings();
    sandbox
        .write(
            "gates/db.yaml",
            asking("migrations: { folder: m, down: false }\n"),
        )
        .write("m/1.up.sql", "CREATE TABLE t (n int);");
    let judged = town.judge_only(&sandbox);
    judged.passes();
    let kept = left(&sandbox);
    assert_eq!(kept.len(), 1, "{kept:?}");
    let said = &judged.ran.stderr;
    assert!(
        said.contains("not everything could be removed: database driftgate_")
            && said.contains("driftgate reap"),
        "{said}"
    );
    let reap = || {
        let mut command = sandbox.command(&["reap"]);
        command.env("DATABASE", town.database_url());
        crate::support::Ran::from(command.output().expect("the binary starts"))
    };
    // While it is away nobody knows what is left.
    reap().exits(4);
    town.database.open();
    town.database.decide(|_| None);
    let reaped = reap();
    let names = reaped.exits(0).stdout.matches("driftgate_").count();
    assert_eq!(names, 2, "{}", reaped.stdout);
    assert_eq!(left(&sandbox), Vec::<String>::new());
    assert_eq!(town.databases(), Vec::<String>::new());
}
