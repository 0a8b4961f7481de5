//! The Docker daemon goes away in the middle of a life, and is there again some seconds later.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::harbour::{Harbour, life};
use crate::proxy::{Fault, holds};

const AWAY: Fault = Fault::GoneFor(Duration::from_secs(3));

/// At each of these steps: `driftgate-…` is asked for by the gate, `ws-…` by the server under test or by a check.
#[test]
fn a_daemon_that_restarts_while_a_life_comes_up_is_unreachable_and_the_end_is_clean_in_containers()
{
    for step in ["-postgres/start", "-system/json"] {
        let harbour = Harbour::new(&life("[container-has-its-name]"));
        harbour.docker.at_first(step, AWAY);
        harbour.judge().ends(
            "unreachable",
            "docker-unreachable",
            "no answer from the Docker daemon",
        );
        harbour.is_empty();
    }
}

#[test]
fn a_daemon_that_restarts_in_the_middle_of_a_life_is_unreachable_and_the_end_is_clean_in_containers()
 {
    // The server makes a workspace's container, and a check looks at it.
    for step in ["/containers/create?name=ws-", "/containers/ws-"] {
        let harbour = Harbour::new(&life("[container-has-its-name]"));
        harbour.docker.at_first(step, AWAY);
        harbour
            .judge()
            .ends("unreachable", "world-silent", "the Docker daemon");
        harbour.is_empty();
    }
}

#[test]
fn a_daemon_that_restarts_while_a_life_cleans_up_changes_no_verdict_in_containers() {
    let harbour = Harbour::new(&life("[health-answers]"));
    harbour.docker.at_first("DELETE ", AWAY);
    harbour.judge().passes();
    harbour.is_empty();
}

/// Why it is not ready, only the daemon could say.
#[test]
fn a_daemon_that_is_away_when_a_server_is_not_ready_in_time_is_the_reason_told_in_containers() {
    let gate = life("[health-answers]");
    let harbour = Harbour::new(&format!(
        "{gate}system: {{ ready: {{ path: /health, status: 418, within: 1s }} }}\n"
    ));
    // The first look is for its port.
    let looks = AtomicUsize::new(0);
    harbour.docker.decide(move |asked| {
        let is_look = holds(asked, "-system/json");
        let number = looks.fetch_add(usize::from(is_look), Ordering::SeqCst);
        (is_look && number == 1).then_some(Fault::GoneFor(Duration::from_secs(8)))
    });
    let judged = harbour.judge();
    judged.ends(
        "unreachable",
        "docker-unreachable",
        "look at the container driftgate-",
    );
    let message = &judged.said()[0].1;
    assert!(message.contains("besides, the container"), "{message}");
    harbour.is_empty();
}
