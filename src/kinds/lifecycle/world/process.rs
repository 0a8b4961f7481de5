use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use super::error::{LARGEST_FILE, senseless, silent};
use super::record::{Record, VolumeRecord};
use super::sockets::listening;
use super::{Container, FileSeen, Mount, Network, Port, Volume};
use crate::gate::Obstacle;

/// Processes that stand for containers. What the driver wrote down says where to look; whether a
/// process runs, with which environment and listening where, is read from the kernel.
#[derive(Debug)]
pub(in crate::kinds::lifecycle) struct ProcessWorld {
    state: PathBuf,
}

impl ProcessWorld {
    /// `state`: the folder that the driver keeps its records in.
    pub(in crate::kinds::lifecycle) fn new(state: impl Into<PathBuf>) -> Self {
        Self {
            state: state.into(),
        }
    }

    pub(super) fn container(&self, name: &str) -> Result<Option<Container>, Obstacle> {
        let Some(record) = self.record(name)? else {
            return Ok(None);
        };
        if record.name != name {
            return Err(senseless(
                &format!("container {name}"),
                format!("its record names {}", record.name),
            ));
        }
        let alive = alive(name, &record);
        Ok(Some(Container {
            id: record.id,
            name: record.name,
            running: alive.is_some(),
            exit_code: record.exit_code,
            started_at: record.started_at.and_then(|at| at.parse().ok()),
            image: record.image,
            restart_policy: record.restart_policy,
            labels: record.labels,
            environment: alive
                .map(|(_, environment)| environment)
                .unwrap_or_default(),
            mounts: record
                .mounts
                .into_iter()
                .map(|mount| Mount {
                    volume: mount.volume,
                    target: mount.target,
                })
                .collect(),
            networks: record
                .networks
                .into_iter()
                .map(|network| Network {
                    name: network.name,
                    aliases: network.aliases,
                })
                .collect(),
        }))
    }

    /// The ports at which the process of exactly this name really listens. The kernel's tables hold everybody's
    /// sockets, so that reading them is slow.
    pub(super) fn ports(&self, name: &str) -> Result<Vec<Port>, Obstacle> {
        let Some(record) = self.record(name)? else {
            return Ok(Vec::new());
        };
        let heard = alive(name, &record)
            .and_then(|(pid, _)| listening(pid).ok())
            .unwrap_or_default();
        let ports = record.ports.iter().filter_map(|port| {
            let (ip, _) = heard.iter().find(|(_, heard)| *heard == port.host_port)?;
            Some(Port {
                container: port.container,
                host_ip: ip.to_string(),
                host: port.host_port,
            })
        });
        Ok(ports.collect())
    }

    fn record(&self, name: &str) -> Result<Option<Record>, Obstacle> {
        self.json(&["containers", name, "container.json"])
    }

    /// A file of the driver's; `None` where it is missing.
    fn json<T: DeserializeOwned>(&self, below: &[&str]) -> Result<Option<T>, Obstacle> {
        let path = below
            .iter()
            .fold(self.state.clone(), |path, part| path.join(part));
        let what = below.join("/");
        match fs_err::read(&path) {
            Ok(text) => serde_json::from_slice(&text)
                .map(Some)
                .map_err(|error| senseless(&what, error)),
            Err(error) if is_absence(&error) => Ok(None),
            Err(error) => Err(silent(&what, error)),
        }
    }

    /// Where a path of a container is on the host.
    fn resolve(&self, container: &str, path: &str) -> Result<Option<PathBuf>, Obstacle> {
        let Some(record) = self.record(container)? else {
            return Ok(None);
        };
        let home = self.state.join("containers").join(container).join("home");
        let homes = ["/root", "/home", "~"].map(|target| (target.to_owned(), home.clone()));
        let place = record
            .mounts
            .into_iter()
            .map(|mount| (mount.target, mount.path))
            .chain(homes)
            .filter_map(|(target, host)| {
                let rest = path.strip_prefix(&target)?;
                (rest.is_empty() || rest.starts_with('/')).then_some((target.len(), host, rest))
            })
            .max_by_key(|(length, _, _)| *length);
        Ok(place.map(|(_, host, rest)| host.join(rest.trim_start_matches('/'))))
    }

    pub(super) fn read(&self, container: &str, path: &str) -> Result<Option<FileSeen>, Obstacle> {
        let what = format!("{path} in {container}");
        let Some(host) = self.resolve(container, path)? else {
            return Ok(None);
        };
        let found = match fs_err::symlink_metadata(&host) {
            Ok(found) => found,
            Err(error) if is_absence(&error) => return Ok(None),
            Err(error) => return Err(silent(&what, error)),
        };
        if !found.is_file() {
            return Err(senseless(&what, "it is no regular file"));
        }
        if found.len() > LARGEST_FILE as u64 {
            return Err(senseless(
                &what,
                format!("it is larger than {LARGEST_FILE} bytes"),
            ));
        }
        match fs_err::read(&host) {
            Ok(bytes) => Ok(Some(FileSeen {
                bytes,
                mode: found.mode() & 0o7777,
                uid: found.uid().into(),
                gid: found.gid().into(),
            })),
            Err(error) if is_absence(&error) => Ok(None),
            Err(error) => Err(silent(&what, error)),
        }
    }

    pub(super) fn write(&self, container: &str, path: &str, bytes: &[u8]) -> Result<(), Obstacle> {
        let what = format!("{path} in {container}");
        let host = self
            .resolve(container, path)?
            .ok_or_else(|| senseless(&what, "nothing is mounted there"))?;
        if let Some(parent) = host.parent() {
            fs_err::create_dir_all(parent).map_err(|error| silent(&what, error))?;
        }
        fs_err::write(host, bytes).map_err(|error| silent(&what, error))
    }

    pub(super) fn kill(&self, container: &str) -> Result<(), Obstacle> {
        self.signal(container, "killing", rustix::process::Signal::KILL)
    }

    pub(super) fn freeze(&self, container: &str) -> Result<(), Obstacle> {
        self.signal(container, "freezing", rustix::process::Signal::STOP)
    }

    /// Signals only what is proved to be the container's own process.
    fn signal(
        &self,
        container: &str,
        doing: &str,
        signal: rustix::process::Signal,
    ) -> Result<(), Obstacle> {
        let what = format!("{doing} {container}");
        let record = self.record(container)?;
        let pid = record
            .and_then(|record| alive(container, &record))
            .and_then(|(pid, _)| rustix::process::Pid::from_raw(pid))
            .ok_or_else(|| senseless(&what, "it does not run"))?;
        rustix::process::kill_process(pid, signal).map_err(|error| silent(&what, error))
    }

    pub(super) fn volume(&self, name: &str) -> Result<Option<Volume>, Obstacle> {
        let record: Option<VolumeRecord> = self.json(&["volumes", name, "volume.json"])?;
        Ok(record.map(|record| Volume {
            name: record.name,
            labels: record.labels,
        }))
    }

    pub(super) fn is_attached(&self, network: &str, container: &str) -> Result<bool, Obstacle> {
        let Some(record) = self.record(container)? else {
            return Ok(false);
        };
        Ok(record
            .networks
            .iter()
            .any(|attached| attached.name == network))
    }
}

fn is_absence(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// When a process was started, in ticks since the machine was; `None` where it is not there, or only
/// waits to be buried.
fn alive_since(pid: i32) -> Option<u64> {
    let stat = Path::new("/proc").join(pid.to_string()).join("stat");
    let stat = fs_err::read_to_string(stat).ok()?;
    // The name stands in parentheses and may hold anything; the state is the third field.
    let mut fields = stat.rsplit_once(") ")?.1.split(' ');
    let state = fields.next()?;
    let started = fields.nth(18)?.parse().ok()?;
    (!state.starts_with(['Z', 'X'])).then_some(started)
}

/// The process of a container and its environment, where it runs.
fn alive(name: &str, record: &Record) -> Option<(i32, BTreeMap<String, String>)> {
    let pid = record.pid?;
    // A number of a process is used again; its environment and its start say whose it is.
    let environment = environment(pid);
    let workspace = name.strip_prefix("ws-").unwrap_or(name);
    let is_its = environment
        .get("WORKSPACE_ID")
        .is_some_and(|id| id == workspace);
    let started = alive_since(pid)?;
    (is_its && record.start_ticks.is_none_or(|ticks| ticks == started))
        .then_some((pid, environment))
}

/// The environment that a process was started with; empty where it cannot be read.
fn environment(pid: i32) -> BTreeMap<String, String> {
    let path = Path::new("/proc").join(pid.to_string()).join("environ");
    fs_err::read(path)
        .unwrap_or_default()
        .split(|byte| *byte == 0)
        .filter_map(|pair| {
            let pair = String::from_utf8_lossy(pair);
            let (key, value) = pair.split_once('=')?;
            Some((key.to_owned(), value.to_owned()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A state folder with one container whose configuration is mounted from a volume.
    fn world(pid: u32, workspace: &str) -> (tempfile::TempDir, ProcessWorld) {
        let dir = tempfile::tempdir().expect("a folder");
        let state = dir.path();
        let data = state.join("volumes/ws-a-configs/data");
        std::fs::create_dir_all(data.join("prompts")).expect("folders");
        std::fs::write(data.join("prompts/one.md"), "one").expect("a file");
        let folder = state.join(format!("containers/ws-{workspace}"));
        std::fs::create_dir_all(folder.join("home")).expect("folders");
        std::fs::write(folder.join("home/.profile"), "home").expect("a file");
        let record = json!({
            "id": "f".repeat(64), "name": format!("ws-{workspace}"), "pid": pid,
            "started_at": "2026-01-02T03:04:05Z",
            "mounts": [{"volume": "ws-a-configs", "target": "/configs", "path": data}],
            "ports": [{"container": 8000, "host_ip": "127.0.0.1", "host_port": 1}],
        });
        std::fs::write(folder.join("container.json"), record.to_string()).expect("a record");
        let world = ProcessWorld::new(state);
        (dir, world)
    }

    #[test]
    fn a_record_of_somebody_elses_process_is_not_a_running_container() {
        let (_dir, world) = world(std::process::id(), "a");
        let container = world.container("ws-a").expect("a look").expect("a record");
        assert!(!container.running, "this process is no workspace");
        let ports = world.ports("ws-a").expect("a look");
        assert!(ports.is_empty(), "nobody listens there");
    }

    #[test]
    fn a_container_is_found_by_its_whole_name_only() {
        let (_dir, world) = world(std::process::id(), "abc");
        assert!(world.container("ws-ab").expect("a look").is_none());
        assert!(world.container("ws-abc").expect("a look").is_some());
    }

    #[test]
    fn paths_are_found_through_the_longest_mount() {
        let (_dir, world) = world(std::process::id(), "a");
        let seen = world
            .read("ws-a", "/configs/prompts/one.md")
            .expect("a look");
        assert_eq!(seen.expect("a file").bytes, b"one");
        let seen = world.read("ws-a", "/root/.profile").expect("a look");
        assert_eq!(seen.expect("a file").bytes, b"home");
        assert!(
            world
                .read("ws-a", "/configs/none")
                .expect("a look")
                .is_none()
        );
        assert!(world.read("ws-a", "/configsx").expect("a look").is_none());
    }

    #[test]
    fn a_folder_is_no_file() {
        let (_dir, world) = world(std::process::id(), "a");
        let problem = world
            .read("ws-a", "/configs/prompts")
            .expect_err("a folder");
        assert_eq!(problem.kind, crate::gate::ObstacleKind::Refused);
    }
}
