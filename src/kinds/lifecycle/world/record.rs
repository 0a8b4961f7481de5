use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

/// What the process driver writes down about a container.
#[derive(Debug, Deserialize)]
pub(super) struct Record {
    pub(super) id: String,
    pub(super) name: String,
    /// `None` until it is started.
    pub(super) pid: Option<i32>,
    /// Field 22 of the kernel's line about the process: tells it from one that got its number later.
    #[serde(default)]
    pub(super) start_ticks: Option<u64>,
    #[serde(default)]
    pub(super) started_at: Option<String>,
    #[serde(default)]
    pub(super) image: Option<String>,
    #[serde(default)]
    pub(super) labels: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) mounts: Vec<MountRecord>,
    #[serde(default)]
    pub(super) ports: Vec<PortRecord>,
    #[serde(default)]
    pub(super) networks: Vec<NetworkRecord>,
    #[serde(default)]
    pub(super) restart_policy: Option<String>,
    #[serde(default)]
    pub(super) exit_code: Option<i64>,
}

#[derive(Debug, Deserialize)]
pub(super) struct MountRecord {
    #[serde(default)]
    pub(super) volume: Option<String>,
    pub(super) target: String,
    pub(super) path: PathBuf,
}

#[derive(Debug, Deserialize)]
pub(super) struct PortRecord {
    pub(super) container: u16,
    pub(super) host_port: u16,
}

#[derive(Debug, Deserialize)]
pub(super) struct NetworkRecord {
    pub(super) name: String,
    #[serde(default)]
    pub(super) aliases: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct VolumeRecord {
    pub(super) name: String,
    #[serde(default)]
    pub(super) labels: BTreeMap<String, String>,
}
