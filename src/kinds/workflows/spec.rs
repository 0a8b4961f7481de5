use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::level::LevelSpec;
use crate::config::gate_spec;

gate_spec! {
    /// A gate of kind `workflows`.
    pub(crate) struct WorkflowsSpec {
        /// The file of required contexts, relative to the root: a context a line, `#` comments, and
        /// below a line `# pending-#123` what is not enforced yet.
        #[schemars(with = "Option<String>")]
        pub required_contexts: Option<Spanned<String>>,
        /// What branch protection demands: by a committed copy, or as the forge has it. Where both are named, or a file
        /// of required contexts besides, they are held against each other.
        #[schemars(with = "Option<ProtectionSpec>")]
        pub protection: Option<Spanned<ProtectionSpec>>,
        /// The events that bring contexts to the head of a proposed change; `pull_request`,
        /// `pull_request_target` and `pull_request_review` without the key.
        #[schemars(with = "Option<Vec<String>>")]
        pub events: Option<Spanned<Vec<String>>>,
        /// The branch that changes are proposed to; with it filters on branches are decided.
        #[schemars(with = "Option<String>")]
        pub branch: Option<Spanned<String>>,
        /// How findings of a code count, where that is not as the code's own page has it: `block`, `advisory`, or
        /// `{ level: off, reason: …, until: … }`.
        #[serde(default)]
        #[schemars(with = "BTreeMap<String, LevelSpec>")]
        pub levels: BTreeMap<String, Spanned<LevelSpec>>,
    }
}

/// Branch protection.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProtectionSpec {
    /// A committed copy of the forge's answer, relative to the root.
    #[schemars(with = "Option<String>")]
    pub snapshot: Option<Spanned<String>>,
    /// The protected branch; the gate's `branch` without the key. In a copy that holds several rules, the one that
    /// counts.
    pub branch: Option<String>,
    /// The repository on the forge of driftgate.yaml, `owner/name`, which is asked for the branch's protection.
    #[schemars(with = "Option<String>")]
    pub repository: Option<Spanned<String>>,
    /// The variable that holds it.
    #[schemars(with = "Option<String>")]
    pub repository_env: Option<Spanned<String>>,
}

/// How findings of a code count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LevelWord {
    /// They make the gate fail.
    Block,
    /// They are reported.
    Advisory,
    /// They are not told. It needs a reason.
    Off,
}
