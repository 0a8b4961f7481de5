use std::collections::BTreeMap;

use serde_json::{Value, json};

/// A container as it is, whatever anybody says about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::kinds::lifecycle) struct Container {
    pub(in crate::kinds::lifecycle) id: String,
    pub(in crate::kinds::lifecycle) name: String,
    pub(in crate::kinds::lifecycle) running: bool,
    /// How it ended, if it did.
    pub(in crate::kinds::lifecycle) exit_code: Option<i64>,
    pub(in crate::kinds::lifecycle) started_at: Option<jiff::Timestamp>,
    pub(in crate::kinds::lifecycle) image: Option<String>,
    pub(in crate::kinds::lifecycle) restart_policy: Option<String>,
    pub(in crate::kinds::lifecycle) labels: BTreeMap<String, String>,
    pub(in crate::kinds::lifecycle) environment: BTreeMap<String, String>,
    pub(in crate::kinds::lifecycle) mounts: Vec<Mount>,
    pub(in crate::kinds::lifecycle) networks: Vec<Network>,
}

/// Something mounted into a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::kinds::lifecycle) struct Mount {
    /// The volume's name; `None` for a folder of the host.
    pub(in crate::kinds::lifecycle) volume: Option<String>,
    pub(in crate::kinds::lifecycle) target: String,
}

/// A port of a container that can be reached from the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::kinds::lifecycle) struct Port {
    pub(in crate::kinds::lifecycle) container: u16,
    pub(in crate::kinds::lifecycle) host_ip: String,
    pub(in crate::kinds::lifecycle) host: u16,
}

/// A network that a container is attached to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::kinds::lifecycle) struct Network {
    pub(in crate::kinds::lifecycle) name: String,
    pub(in crate::kinds::lifecycle) aliases: Vec<String>,
}

impl Container {
    /// The short form for reports: what identifies it and whether it runs, not its environment.
    pub(in crate::kinds::lifecycle) fn evidence(&self) -> Value {
        json!({
            "name": self.name,
            "id": self.id.get(..12).unwrap_or(&self.id),
            "running": self.running,
            "exit_code": self.exit_code,
            "started_at": self.started_at.map(|at| at.to_string()),
            "image": self.image,
            "mounts": self.mounts.iter().map(|mount| {
                format!("{}:{}", mount.volume.as_deref().unwrap_or("(host)"), mount.target)
            }).collect::<Vec<_>>(),
        })
    }
}
