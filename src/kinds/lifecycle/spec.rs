use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::{Capability, Containers, Profile, RuntimeKind};
use crate::backend::{BackendName, PostgresSpec, ServiceSpec, SystemSpec};
use crate::config::gate_spec;

gate_spec! {
    /// A gate of kind `lifecycle`.
    pub(crate) struct LifecycleSpec {
        /// Which contract the server is held to.
        #[serde(default)]
        pub profile: Profile,
        /// Where the server runs.
        #[serde(default)]
        pub backend: BackendName,
        /// Its database.
        pub postgres: Option<PostgresSpec>,
        /// What else it needs.
        #[serde(default)]
        pub services: Vec<ServiceSpec>,
        /// The server; the embedded reference without the key.
        pub system: Option<SystemSpec>,
        /// Where the server's containers are; where the server is without the key.
        pub containers: Option<Containers>,
        /// A server that already runs is there for this gate alone: it may install roots and delete
        /// the concierge.
        #[serde(default)]
        pub disposable: bool,
        /// The organisation that every request names in `X-Molecule-Org-Id`.
        pub org: Option<String>,
        /// What the server, or the place where it runs, does not have. The checks that need it are
        /// left out, and the report lists them.
        #[serde(default)]
        #[schemars(with = "Vec<Capability>")]
        pub without: Vec<Spanned<Capability>>,
        /// Ids of checks, or chapters of them; all of the profile's without the key. Those that they
        /// rest on are added, and the report says so.
        #[schemars(with = "Option<Vec<String>>")]
        pub checks: Option<Vec<Spanned<String>>>,
        /// The runtimes between which the concierge is switched; all four without the key.
        #[schemars(with = "Option<Vec<RuntimeKind>>")]
        pub runtimes: Option<Spanned<Vec<RuntimeKind>>>,
        /// Models in place of the usual ones.
        #[serde(default)]
        pub models: BTreeMap<RuntimeKind, ModelSpec>,
        /// Every check's deadline is multiplied by it: 3 for a machine that is three times slower.
        #[schemars(with = "Option<f64>")]
        pub deadlines: Option<Spanned<f64>>,
        /// What the concierge's identity must equal.
        pub identity: Option<IdentitySpec>,
        /// The tool without which a concierge is not online, as runtimes name it; that of the
        /// profile's contract without the key.
        #[schemars(with = "Option<String>")]
        pub management_tool: Option<Spanned<String>>,
        /// The id under which the concierge is installed; without the key a new one in each life, or that of
        /// a self-hosted server where it already runs. Where org tokens can be minted, the server is to be
        /// started with it in `MOLECULE_PLATFORM_WORKSPACE_ID`, as every server of the gate's own is.
        #[schemars(with = "Option<String>")]
        pub concierge: Option<Spanned<String>>,
    }
}

/// What a runtime's agents think with.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelSpec {
    /// As the server's manifests name it.
    pub model: String,
    /// The name of the secret that it is paid with: `ANTHROPIC_API_KEY`.
    pub credential: String,
}

/// Where the concierge's identity comes from: one of `template` and `path`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IdentitySpec {
    /// An entry of the manifest's `workspace_templates`.
    #[schemars(with = "Option<String>")]
    pub template: Option<Spanned<String>>,
    /// A folder, relative to the root.
    #[schemars(with = "Option<String>")]
    pub path: Option<Spanned<String>>,
    /// The files that make the identity, as patterns; `config.yaml`, `system-prompt.md` and what is
    /// in `prompts` without the key.
    #[schemars(with = "Option<Vec<String>>")]
    pub include: Option<Vec<Spanned<String>>>,
}
