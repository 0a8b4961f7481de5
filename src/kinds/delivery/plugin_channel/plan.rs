use std::collections::BTreeMap;
use std::time::Duration;

use crate::kinds::delivery::patterns::{Declared, Patterns};
use crate::kinds::delivery::plan::DirectoryPlan;
use crate::kinds::lifecycle::RuntimeKind;
use crate::tree::TreePath;

/// A workspace and the plugins that it is to have.
#[derive(Debug)]
pub(crate) struct PluginPlan {
    /// What the workspace has as `/configs`.
    pub configs: TreePath,
    /// The file of the source that declares plugins.
    pub declared: TreePath,
    pub workspace: Option<Declared>,
    pub also: Vec<Declared>,
    /// How the installed plugins are compared: its folder is the one that they are installed in.
    pub copy: DirectoryPlan,
    pub wiring: Option<WiringPlan>,
    pub handshake: Option<HandshakePlan>,
}

/// The runtime's file that names the plugins' servers.
#[derive(Debug)]
pub(crate) struct WiringPlan {
    pub runtime: RuntimeKind,
    pub file: TreePath,
    /// The same as it was before.
    pub before: Option<TreePath>,
    /// The files of the other runtimes, as far as the gate knows where they would be.
    pub others: Vec<(RuntimeKind, TreePath)>,
}

#[derive(Debug)]
pub(crate) struct HandshakePlan {
    pub tools: Vec<Declared>,
    pub mentioned_in: Patterns,
    pub env: BTreeMap<String, String>,
    pub pass: Vec<String>,
    /// For one server, from its start to its last tool.
    pub timeout: Duration,
}
