use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;

use super::RunId;
use super::codes::PORT_TAKEN;
use crate::gate::Obstacle;

/// The state of a listening socket in the kernel's tables.
const LISTEN: &str = "0A";

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

/// Whether a process of another run listens on a port of this machine. Two runs may have found the same port free,
/// and then the one that was faster answers whoever asks the other whether it is ready. Where nothing can be seen,
/// nobody else's is assumed.
pub(super) fn is_of_another_run(run: RunId, port: u16) -> bool {
    let sockets = listeners(port);
    if sockets.is_empty() {
        return false;
    }
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter(|entry| holds(&entry.path(), &sockets))
        .filter_map(|entry| run_of(&entry.path()))
        .any(|other| other != run.to_string())
}

/// How the kernel's tables name the sockets that listen on a port.
fn listeners(port: u16) -> Vec<String> {
    let ending = format!(":{port:04X}");
    let mut found = Vec::new();
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        let text = std::fs::read_to_string(table).unwrap_or_default();
        for line in text.lines().skip(1) {
            let fields: Vec<&str> = line.split_whitespace().collect();
            if let [_, local, _, LISTEN, _, _, _, _, _, inode, ..] = fields[..]
                && local.ends_with(&ending)
            {
                found.push(format!("socket:[{inode}]"));
            }
        }
    }
    found
}

/// Whether a process has one of these sockets open.
fn holds(process: &Path, sockets: &[String]) -> bool {
    let files = std::fs::read_dir(process.join("fd"));
    files.into_iter().flatten().flatten().any(|file| {
        std::fs::read_link(file.path())
            .is_ok_and(|target| sockets.iter().any(|socket| target == Path::new(socket)))
    })
}

/// The run that a process was started for.
fn run_of(process: &Path) -> Option<String> {
    let environment = std::fs::read(process.join("environ")).ok()?;
    let begins = format!("{}=", RunId::VARIABLE);
    environment
        .split(|byte| *byte == 0)
        .find_map(|variable| variable.strip_prefix(begins.as_bytes()))
        .map(|run| String::from_utf8_lossy(run).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_listens_on_a_port_is_found_by_the_socket() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a listener");
        let port = listener.local_addr().expect("an address").port();
        let sockets = listeners(port);
        let own = Path::new("/proc").join(std::process::id().to_string());
        assert!(holds(&own, &sockets), "{sockets:?}");
        drop(listener);
        assert!(!holds(&own, &sockets));
        assert!(listeners(port).is_empty());
    }

    #[test]
    fn the_run_of_a_process_stands_in_its_environment() {
        let process = tempfile::tempdir().expect("a folder");
        let run = |environment: &str| {
            std::fs::write(process.path().join("environ"), environment).expect("a file");
            run_of(process.path())
        };
        let id = RunId::new().to_string();
        let marked = format!("PATH=/bin\0{}={id}\0HOME=/", RunId::VARIABLE);
        assert_eq!(run(&marked), Some(id));
        assert_eq!(run("PATH=/bin\0HOME=/"), None);
        assert_eq!(run(""), None);
    }

    #[test]
    fn what_belongs_to_no_run_belongs_to_no_other_one() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a listener");
        let port = listener.local_addr().expect("an address").port();
        assert!(!is_of_another_run(RunId::new(), port));
    }
}
