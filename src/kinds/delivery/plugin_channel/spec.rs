use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::Spanned;

use crate::kinds::lifecycle::RuntimeKind;

/// A workspace that has the plugins which the source declares: installed, and known to its runtime. All paths are
/// relative to the root.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PluginSpec {
    /// The folder that the workspace has as `/configs`: plugins are installed in its folder `plugins`, each in one of
    /// its own name.
    #[schemars(with = "String")]
    pub configs: Spanned<String>,
    /// The file of the source that declares them: `config.yaml` without the key, `org.yaml` with `workspace`. Its
    /// tags `!include` and `!external` are followed.
    #[schemars(with = "Option<String>")]
    pub declared: Option<Spanned<String>>,
    /// Which workspace of an org template, by its `name`. It has the plugins of its own template and those of
    /// `defaults` besides, except for what it opts out of with `!`.
    #[schemars(with = "Option<String>")]
    pub workspace: Option<Spanned<String>>,
    /// Plugins that the platform declares beside the file: addresses, or opt-outs.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub also: Vec<Spanned<String>>,
    /// The runtime whose MCP configuration names the plugins' servers. Without the key that is not looked at.
    #[schemars(with = "Option<RuntimeKind>")]
    pub runtime: Option<Spanned<RuntimeKind>>,
    /// The folder that the runtime has as its home; needed for the files of codex, hermes and openclaw.
    #[schemars(with = "Option<String>")]
    pub home: Option<Spanned<String>>,
    /// The runtime's file as it was before plugins were wired. What it says must still be there, and nothing but the
    /// plugins' servers may be new.
    #[schemars(with = "Option<String>")]
    pub before: Option<Spanned<String>>,
    /// Asks each server for its tools. This starts the servers' programs; without the key none is.
    #[schemars(with = "Option<HandshakeSpec>")]
    pub handshake: Option<Spanned<HandshakeSpec>>,
}

/// How servers are asked for their tools: over standard input and output, as their runtime would.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HandshakeSpec {
    /// Ids of tools that must be served: `mcp__<server>__<tool>`.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub tools: Vec<Spanned<String>>,
    /// Files of the source in which every mentioned id of a tool must be served: patterns.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub mentioned_in: Vec<Spanned<String>>,
    /// Variables that the servers get, and that stand for `${NAME}` in their entries.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// Variables of the environment that they get as well. Without the key they get none but `PATH`, `HOME`, `LANG`
    /// and `TMPDIR`.
    #[serde(default)]
    pub pass: Vec<String>,
    /// How long one server may take in all: `20s` without the key.
    #[schemars(with = "Option<String>")]
    pub timeout: Option<Spanned<String>>,
}
