use std::net::{Ipv4Addr, TcpListener};

use super::codes::PORT_TAKEN;
use crate::gate::Obstacle;

/// A port of 127.0.0.1 that nobody uses at this moment. Somebody may be faster than the one that it
/// is meant for, who has to try another then.
pub(super) fn free() -> Result<u16, Obstacle> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| {
            Obstacle::unreachable(
                &PORT_TAKEN,
                format!("this machine has no free port: {error}"),
            )
        })
}
