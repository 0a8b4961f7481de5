//! The connection to the server under test breaks.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::town::Town;
use crate::proxy::Fault;
use crate::support::Sandbox;

/// A question of these checks, and of no other.
const QUESTION: &str = "GET /workspaces ";
const CHECKS: &str = "[admin-token-admits, migrations-applied]";

#[test]
fn latency_and_a_slow_drip_from_the_server_change_no_verdict() {
    let town = Town::new();
    let inspected = town.live(CHECKS, "").passes().gate["inspected"].clone();
    town.http
        .decide(|_| Some(Fault::Late(Duration::from_millis(300))));
    let late = town.live(CHECKS, "");
    assert_eq!(late.passes().gate["inspected"], inspected);
    town.http
        .decide(|_| Some(Fault::Drip(16, Duration::from_millis(5))));
    let drips = town.live(CHECKS, "");
    assert_eq!(drips.passes().gate["inspected"], inspected);
    assert_eq!(town.http.count(QUESTION), 1);
}

#[test]
fn a_request_whose_connection_breaks_is_unreachable_and_is_not_sent_again() {
    let town = Town::new();
    for (fault, message) in [
        (Fault::Reset, "the connection broke before an answer"),
        (Fault::HalfClosed, "the connection broke before an answer"),
        (
            Fault::ResetAfter(1),
            "the connection broke after 1 bytes of the answer",
        ),
    ] {
        town.http.at(QUESTION, fault);
        let judged = town.live(CHECKS, "");
        judged.ends("unreachable", "server-silent", message);
        assert_eq!(town.http.count(QUESTION), 1, "{fault:?}");
        // The other check does not need it.
        let facts = &judged.gate["facts"]["outcomes"];
        assert_eq!(facts["could-not-look"], 1, "{fault:?}: {facts}");
    }
}

#[test]
fn a_server_that_is_gone_in_the_middle_is_unreachable() {
    let town = Town::new();
    town.http.at(QUESTION, Fault::Gone);
    town.live(CHECKS, "")
        .ends("unreachable", "server-silent", "GET");
    // And from the beginning.
    let judged = town.live(CHECKS, "timeout: 5s\n");
    judged.ends("unreachable", "timed-out", "");
    town.http.open();
    town.http.decide(|_| None);
    town.live(CHECKS, "").passes();
}

#[test]
fn an_answer_that_is_cut_off_is_refused_and_not_asked_for_again() {
    let town = Town::new();
    town.http.at(QUESTION, Fault::Truncated(1));
    let judged = town.live(CHECKS, "");
    judged.ends(
        "refused",
        "answer-malformed",
        "the answer is cut off after 1 bytes",
    );
    assert_eq!(town.http.count(QUESTION), 1);
}

#[test]
fn a_server_that_says_to_come_again_later_is_unreachable_and_is_not_asked_again() {
    let town = Town::new();
    town.http.at(
        QUESTION,
        Fault::Instead(b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"),
    );
    let judged = town.live(CHECKS, "");
    judged.ends("unreachable", "server-silent", "503");
    assert_eq!(town.http.count(QUESTION), 1);
}

#[test]
fn a_server_that_says_nothing_any_more_is_unreachable_at_the_checks_deadline() {
    let town = Town::new();
    town.http.at(QUESTION, Fault::Silent);
    let judged = town.live(CHECKS, "deadlines: 0.1\n");
    judged.ends("unreachable", "check-timed-out", "admin-token-admits");
    assert_eq!(town.http.count(QUESTION), 1);
}

/// Something is awaited, seen as not yet so, and then nobody answers any more: nobody knows what
/// became of it.
#[test]
fn a_server_that_falls_silent_while_something_is_awaited_is_unreachable() {
    let town = Town::new();
    // The concierge is installed by way of the database.
    town.live("[root-is-listed-once]", "disposable: true\n")
        .passes();
    let asked = AtomicUsize::new(0);
    town.http.decide(move |question| {
        if !question.starts_with(b"GET /workspaces/") {
            return None;
        }
        Some(match asked.fetch_add(1, Ordering::SeqCst) {
            0 => Fault::Instead(PROVISIONING),
            _ => Fault::Silent,
        })
    });
    let sandbox = Sandbox::with_settings();
    // Without its database the server alone is asked.
    let gate = town.life(
        "[workspace-comes-online]",
        "deadlines: 0.05\ndisposable: true\n",
    );
    let gate = gate.replace("postgres: { url_env: DATABASE }\n", "");
    sandbox.write("gates/life.yaml", gate);
    town.judge(&sandbox)
        .ends("unreachable", "check-timed-out", "last seen: provisioning");
}

const PROVISIONING: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 25\r\nconnection: close\r\n\r\n{\"status\":\"provisioning\"}";
