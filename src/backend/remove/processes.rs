use std::time::{Duration, Instant};

use rustix::fd::OwnedFd;
use rustix::process::{Pid, PidfdFlags, Signal, getpid, pidfd_open, pidfd_send_signal};

use super::{Outcome, Removal};
use crate::backend::RunId;

/// Asked in this order, each for so long: a service, then PostgreSQL while clients are connected,
/// then anything.
const REQUESTS: [(Signal, Duration); 3] = [
    (Signal::TERM, Duration::from_millis(1500)),
    (Signal::QUIT, Duration::from_millis(1500)),
    (Signal::KILL, Duration::from_secs(3)),
];
const PAUSE: Duration = Duration::from_millis(5);

/// A process that bears the run's id, held so that its number cannot become another's.
struct Held {
    pid: u32,
    name: String,
    hold: OwnedFd,
}

/// Ends the processes that were started with the run's id in their environment.
pub(super) fn remove(run: &str, dry: bool) -> Vec<Removal> {
    if RunId::parse(run).is_none() {
        return Vec::new();
    }
    let found = find(run);
    if dry {
        return found
            .iter()
            .map(|held| Removal::new("process", &held.name, Outcome::Found))
            .collect();
    }
    let mut left: Vec<_> = found.iter().collect();
    for (signal, patience) in REQUESTS {
        for held in &left {
            // It may just have gone, which is as good.
            let _ = pidfd_send_signal(&held.hold, signal);
        }
        let begun = Instant::now();
        while !left.is_empty() && begun.elapsed() < patience {
            left.retain(|held| lives(held.pid, run));
            std::thread::park_timeout(PAUSE);
        }
    }
    found
        .iter()
        .map(|held| {
            let outcome = if left.iter().any(|other| other.pid == held.pid) {
                Outcome::Failed {
                    reason: "it does not end".to_owned(),
                }
            } else {
                Outcome::Removed
            };
            Removal::new("process", &held.name, outcome)
        })
        .collect()
}

fn find(run: &str) -> Vec<Held> {
    let Ok(entries) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    let own = getpid().as_raw_nonzero().get().unsigned_abs();
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|pid: &u32| *pid != own)
        .filter_map(|pid| {
            if !lives(pid, run) {
                return None;
            }
            let id = Pid::from_raw(i32::try_from(pid).ok()?)?;
            let hold = pidfd_open(id, PidfdFlags::empty()).ok()?;
            // Only what is held and still bears the id is the one that was seen.
            lives(pid, run).then(|| Held {
                pid,
                name: format!("{pid} ({})", command(pid)),
                hold,
            })
        })
        .collect()
}

/// Whether a process of that number runs with the run's id in its environment. One that has ended
/// and was not waited for has no environment any more.
fn lives(pid: u32, run: &str) -> bool {
    let marker = format!("{}={run}", RunId::VARIABLE);
    std::fs::read(format!("/proc/{pid}/environ")).is_ok_and(|environment| {
        environment
            .split(|byte| *byte == 0)
            .any(|variable| variable == marker.as_bytes())
    })
}

fn command(pid: u32) -> String {
    std::fs::read_to_string(format!("/proc/{pid}/comm"))
        .map(|name| name.trim().to_owned())
        .unwrap_or_default()
}
