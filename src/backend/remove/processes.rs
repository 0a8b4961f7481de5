use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
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

/// How often those are looked at again that are just being started. For that moment a process
/// shows no environment; one that was started without any shows none for good.
const LOOKS: usize = 20;

/// A process that bears the run's id, held so that its number cannot become another's.
struct Held {
    pid: u32,
    name: String,
    hold: OwnedFd,
}

/// How often is looked again for processes that were started while others were ended.
const PASSES: usize = 5;

/// Ends the processes that were started with the run's id in their environment.
pub(super) fn remove(run: &str, dry: bool) -> Vec<Removal> {
    if RunId::parse(run).is_none() {
        return Vec::new();
    }
    if dry {
        return find(run)
            .iter()
            .map(|held| Removal::new("process", &held.name, Outcome::Found))
            .collect();
    }
    let mut removals = Vec::new();
    for _ in 0..PASSES {
        let found = find(run);
        if found.is_empty() {
            break;
        }
        let ended = end(&found);
        let all_ended = ended.iter().all(|removal| removal.problem().is_none());
        removals.extend(ended);
        if !all_ended {
            break;
        }
    }
    removals
}

fn end(found: &[Held]) -> Vec<Removal> {
    let mut left: Vec<_> = found.iter().collect();
    for (signal, patience) in REQUESTS {
        for held in &left {
            // It may just have gone, which is as good.
            let _ = pidfd_send_signal(&held.hold, signal);
        }
        let begun = Instant::now();
        while !left.is_empty() && begun.elapsed() < patience {
            left.retain(|held| !held.ended());
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

impl Held {
    /// Also of one that nobody has waited for yet.
    fn ended(&self) -> bool {
        let mut end = [PollFd::new(&self.hold, PollFlags::IN)];
        poll(&mut end, Some(&Timespec::default())).is_ok_and(|ready| ready > 0)
    }
}

fn find(run: &str) -> Vec<Held> {
    let Ok(entries) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    let own = getpid().as_raw_nonzero().get().unsigned_abs();
    let mut starting: Vec<u32> = entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|pid| *pid != own)
        .collect();
    let mut found = Vec::new();
    for look in 0..LOOKS {
        if look > 0 {
            std::thread::park_timeout(PAUSE);
        }
        starting.retain(|pid| match bears(*pid, run) {
            Bears::Id => {
                found.extend(hold(*pid, run));
                false
            }
            Bears::Other => false,
            Bears::Unknown => true,
        });
        if starting.is_empty() {
            break;
        }
    }
    found
}

fn hold(pid: u32, run: &str) -> Option<Held> {
    let id = Pid::from_raw(i32::try_from(pid).ok()?)?;
    let hold = pidfd_open(id, PidfdFlags::empty()).ok()?;
    // Only what is held and still bears the id is the one that was seen.
    (bears(pid, run) == Bears::Id).then(|| Held {
        pid,
        name: format!("{pid} ({})", command(pid)),
        hold,
    })
}

#[derive(PartialEq, Eq)]
enum Bears {
    Id,
    Other,
    /// It is being started, or has no environment.
    Unknown,
}

/// Whether a process of that number runs with the run's id in its environment.
fn bears(pid: u32, run: &str) -> Bears {
    let marker = format!("{}={run}", RunId::VARIABLE);
    let Ok(environment) = std::fs::read(format!("/proc/{pid}/environ")) else {
        return Bears::Other;
    };
    if environment
        .split(|byte| *byte == 0)
        .any(|variable| variable == marker.as_bytes())
    {
        Bears::Id
    } else if environment.is_empty() && has_memory(pid) {
        Bears::Unknown
    } else {
        Bears::Other
    }
}

/// A thread of the kernel has no memory of its own, nor has one that ended.
fn has_memory(pid: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/statm"))
        .is_ok_and(|pages| !pages.starts_with("0 "))
}

fn command(pid: u32) -> String {
    std::fs::read_to_string(format!("/proc/{pid}/comm"))
        .map(|name| name.trim().to_owned())
        .unwrap_or_default()
}
