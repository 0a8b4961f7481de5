use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use super::capability::Capability;
use super::life_check::LifeCheck;
use super::profile::Profile;
use super::runtime_kind::RuntimeKind;
use crate::backend::{StagePlan, SystemPlan};
use crate::gate::{Header, SourceRef};
use crate::tree::{Globs, TreePath};

/// A checked gate of this kind.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) header: Header,
    pub(super) profile: Profile,
    /// What the gate says its server is without.
    pub(super) without: BTreeSet<Capability>,
    /// The checks of the gate in the order of a life.
    pub(super) checks: Vec<&'static LifeCheck>,
    /// Those among them that the gate does not name, but that others rest on.
    pub(super) added: Vec<&'static str>,
    pub(super) runtimes: Vec<RuntimeKind>,
    /// What a runtime's agents think with.
    pub(super) models: BTreeMap<RuntimeKind, Model>,
    /// Every deadline is multiplied by it.
    pub(super) deadlines: f64,
    pub(super) identity: Option<IdentityRules>,
    /// The tool without which a concierge is not online, as runtimes name it.
    pub(super) management_tool: String,
    /// The id under which the concierge is installed, where the gate names it.
    pub(super) concierge: Option<Uuid>,
    /// What is to be brought up.
    pub(super) stage: StagePlan,
    /// Where the server's containers are, where that is not where the server is.
    pub(super) containers: Option<Containers>,
    /// Whether a server that already runs may be turned upside down.
    pub(super) is_disposable: bool,
    /// The organisation that every request names.
    pub(super) org: Option<String>,
}

/// Where a server's containers are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Containers {
    /// On the Docker daemon that driftgate reaches.
    Docker,
    /// In the state folder of the reference provisioner's process driver.
    Process,
}

/// A model, and the name of the secret that it is paid with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Model {
    pub(super) name: String,
    pub(super) credential: String,
}

/// Where the concierge's identity comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Template {
    Source(SourceRef),
    /// A folder relative to the root.
    Folder(TreePath),
}

/// What the concierge's identity must equal.
#[derive(Debug)]
pub(super) struct IdentityRules {
    pub(super) template: Template,
    /// Which files of the template make the identity.
    pub(super) include: Globs,
}

/// The name from which a self-hosted server makes its concierge's id.
const SELF_HOSTED: &[u8] = b"molecule:self-hosted:platform-agent";

impl Rules {
    /// The id for one life's concierge. On a server of the gate's own it is a new one each time: its container
    /// is named by it, and two lives at once on one daemon must not want the same name.
    pub(super) fn concierge_of_a_life(&self) -> Uuid {
        self.concierge.unwrap_or_else(|| match self.stage.system {
            SystemPlan::Url { .. } => Uuid::new_v5(&Uuid::NAMESPACE_URL, SELF_HOSTED),
            _ => Uuid::new_v4(),
        })
    }

    /// `molecule-platform`, of `mcp__molecule-platform__provision_workspace`.
    pub(super) fn management_server(&self) -> &str {
        self.management_tool
            .trim_start_matches("mcp__")
            .split("__")
            .next()
            .unwrap_or_default()
    }
}
