//! The way to the Docker daemon breaks.

use std::time::Duration;

use super::harbour::{DATABASE, Harbour, life};
use crate::proxy::Fault;

#[test]
fn latency_and_a_slow_drip_from_the_daemon_change_no_verdict_in_containers() {
    for fault in [
        Fault::Late(Duration::from_millis(30)),
        Fault::Drip(64, Duration::from_micros(100)),
    ] {
        let harbour = Harbour::new(DATABASE);
        harbour.docker.decide(move |_| Some(fault));
        harbour.judge().passes();
        harbour.is_empty();
    }
    let harbour = Harbour::new(&life("[container-has-its-name]"));
    let fault = Fault::Late(Duration::from_millis(20));
    harbour.docker.decide(move |_| Some(fault));
    harbour.judge().passes();
    harbour.is_empty();
}

#[test]
fn a_daemon_that_breaks_off_at_any_step_is_unreachable_and_nothing_is_left_in_containers() {
    for (step, doing) in [
        ("/networks/create", "make the network"),
        ("/images/", "look for the image"),
        ("/containers/create", "make the container"),
        ("/start", "start the container"),
        ("-postgres/json", "look at the container"),
    ] {
        // The first is never heard of by the daemon, the last is carried out by it.
        for fault in [Fault::Reset, Fault::HalfClosed, Fault::Lost] {
            let harbour = Harbour::new(DATABASE);
            harbour.docker.at_first(step, fault);
            harbour.judge().ends(
                "unreachable",
                "docker-unreachable",
                &format!("failed to {doing} "),
            );
            assert_eq!(harbour.docker.count(step), 1, "{step}: {fault:?}");
            harbour.is_empty();
        }
    }
}

#[test]
fn an_answer_of_the_daemon_that_is_cut_off_or_says_to_come_again_is_unreachable_in_containers() {
    let later: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\ncontent-type: application/json\r\ncontent-length: 24\r\nconnection: close\r\n\r\n{\"message\":\"come again\"}";
    for (step, fault) in [
        ("/networks/create", Fault::Truncated(9)),
        ("/containers/create", Fault::ResetAfter(9)),
        ("/networks/create", Fault::Instead(later)),
    ] {
        let harbour = Harbour::new(DATABASE);
        harbour.docker.at_first(step, fault);
        harbour
            .judge()
            .ends("unreachable", "docker-unreachable", "Docker daemon");
        assert_eq!(harbour.docker.count(step), 1, "{step}: {fault:?}");
        harbour.is_empty();
    }
}

#[test]
fn an_answer_of_the_daemon_that_makes_no_sense_is_refused_in_containers() {
    let nonsense: &[u8] = b"HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: 5\r\nconnection: close\r\n\r\n<html";
    let harbour = Harbour::new(DATABASE);
    harbour
        .docker
        .at_first("/networks/create", Fault::Instead(nonsense));
    harbour
        .judge()
        .ends("refused", "docker-refused", "makes no sense");
    assert_eq!(harbour.docker.count("/networks/create"), 1);
    harbour.is_empty();
}

#[test]
fn a_daemon_that_says_nothing_is_unreachable_at_the_gates_time_limit_in_containers() {
    for gate in [DATABASE, &life("[health-answers]")] {
        let harbour = Harbour::new(&format!("{gate}timeout: 4s\n"));
        // It is carried out; nobody says so.
        harbour.docker.at_first("/containers/create", Fault::Silent);
        harbour.judge().ends("unreachable", "timed-out", "4s");
        harbour.is_empty();
    }
}

#[test]
fn a_daemon_that_is_gone_when_a_life_cleans_up_is_told_and_what_is_left_is_reaped_in_containers() {
    let harbour = Harbour::new(&life("[health-answers]"));
    harbour.docker.at_first("DELETE ", Fault::Gone);
    let judged = harbour.judge();
    judged.ends(
        "unreachable",
        "leftover",
        "not everything could be removed: container driftgate-",
    );
    let said = &judged.said()[0].1;
    for name in ["-postgres: ", "-system: ", "network driftgate-"] {
        assert!(said.contains(name), "{said}");
    }
    assert_eq!(harbour.left().len(), 1, "its ledger stays");
    harbour.reap(4);
    harbour.docker.open();
    harbour.reap(0);
    harbour.is_empty();
}
