use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::Dialect;
use crate::config::gate_spec;
use crate::gate::Category;

gate_spec! {
    /// A gate of kind `manifest`.
    pub(crate) struct ManifestSpec {
        /// The manifest, relative to the root; the one of driftgate.yaml without the key.
        #[schemars(with = "Option<String>")]
        pub manifest: Option<Spanned<String>>,
        /// The lists that are checked, and that must have entries; all three without the key.
        #[schemars(with = "Option<Vec<Category>>")]
        pub categories: Option<Spanned<Vec<Category>>>,
        /// The text is strict JSON.
        #[serde(default = "yes")]
        pub strict: bool,
        /// Every ref is a full commit id.
        #[serde(default = "yes")]
        pub pinned: bool,
        /// A repository that stands in several entries has the same pin in all of them.
        #[serde(default = "yes")]
        pub one_ref_per_repository: bool,
        /// Every repository and commit can be had, and is what the lock says.
        #[serde(default = "yes")]
        pub reachable: bool,
        /// Files that each source of a list must have at its pinned commit, with content.
        #[serde(default)]
        #[schemars(with = "BTreeMap<Category, Vec<String>>")]
        pub required_files: BTreeMap<Category, Vec<Spanned<String>>>,
        /// Content that no source of a list may have at its pinned commit.
        #[serde(default)]
        pub forbidden: Vec<ForbiddenSpec>,
        /// Who reads the manifest, and how.
        #[serde(default)]
        pub consumers: Vec<ConsumerSpec>,
        /// Entries whose repositories this gate does not read. All that the text tells about them
        /// is checked all the same, and the report names them.
        #[serde(default)]
        pub unread: Vec<UnreadSpec>,
    }
}

fn yes() -> bool {
    true
}

/// Content that may not be there.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ForbiddenSpec {
    pub category: Category,
    /// A path in the sources, or a pattern: `*` stops at `/`, `**` does not.
    #[schemars(with = "String")]
    pub path: Spanned<String>,
    /// A regular expression; `^` and `$` match at lines.
    #[schemars(with = "String")]
    pub pattern: Spanned<String>,
    /// Why.
    #[schemars(with = "String")]
    pub reason: Spanned<String>,
    /// A text that the pattern matches, with which `prove` shows that it does.
    #[schemars(with = "Option<String>")]
    pub example: Option<Spanned<String>>,
}

/// A reader of the manifest.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsumerSpec {
    #[schemars(with = "String")]
    pub name: Spanned<String>,
    pub dialect: Dialect,
    /// How it clones.
    #[serde(default)]
    pub clone: Clones,
}

/// How a reader gets at a source.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Clones {
    /// It takes commits: a fetch and a checkout.
    #[default]
    Commit,
    /// `git clone --branch REF`, which takes branches and tags alone.
    Branch,
    /// Not at all.
    Never,
}

/// An entry whose repository is not read.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UnreadSpec {
    pub category: Category,
    #[schemars(with = "String")]
    pub name: Spanned<String>,
    /// Why.
    #[schemars(with = "String")]
    pub reason: Spanned<String>,
}
