//! The Docker daemon goes away in the middle of a life, and is there again some seconds later.

use std::time::Duration;

use super::harbour::{Harbour, life};
use crate::proxy::Fault;

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
