use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::judge::{Skipped, Suffix};
use crate::config::gate_spec;

gate_spec! {
    /// A gate of kind `statuses`.
    pub(crate) struct StatusesSpec {
        /// A list of required contexts, relative to the root: one a line, `#` for comments; what stands below a
        /// line `# pending-#123` is not enforced. All that is required counts together.
        #[schemars(with = "Option<String>")]
        pub required_contexts: Option<Spanned<String>>,
        /// What a branch's protection requires.
        #[schemars(with = "Option<ProtectionSpec>")]
        pub protection: Option<Spanned<ProtectionSpec>>,
        /// Required contexts, or patterns for such.
        #[serde(default)]
        #[schemars(with = "Vec<String>")]
        pub contexts: Vec<Spanned<String>>,
        /// Recorded statuses, relative to the root: what `GET /repos/{owner}/{repo}/commits/{sha}/status`
        /// answers. Without the key the forge of driftgate.yaml is asked.
        #[schemars(with = "Option<String>")]
        pub statuses: Option<Spanned<String>>,
        /// The repository on the forge: `owner/name`.
        #[schemars(with = "Option<String>")]
        pub repository: Option<Spanned<String>>,
        /// The variable that holds it.
        #[schemars(with = "Option<String>")]
        pub repository_env: Option<Spanned<String>>,
        /// The commit that is to be merged.
        #[schemars(with = "Option<String>")]
        pub commit: Option<Spanned<String>>,
        /// The variable that holds its id.
        #[schemars(with = "Option<String>")]
        pub commit_env: Option<Spanned<String>>,
        /// The variable that holds the number of the proposed change. Its head is the commit, where no commit is named.
        #[schemars(with = "Option<String>")]
        pub pull_env: Option<Spanned<String>>,
        /// How a context that was posted under several events is judged.
        #[serde(default)]
        pub suffix: Suffix,
        /// What becomes of a context that was skipped, and that only a pattern requires: `block`, or `forge` to let
        /// it pass where the forge does, and to tell it. One that is required by its name has to have run.
        #[serde(default)]
        pub skipped: Skipped,
        /// Contexts of the run that this gate is in: while they are pending they are not waited for.
        #[serde(default)]
        pub own: Vec<String>,
        /// What has to be there, by the workflows of the commit, as the checkout's repository has it.
        pub expect: Option<ExpectSpec>,
        /// Reviews that are asked for.
        pub reviews: Option<ReviewsSpec>,
        /// How long statuses may change before they are judged: `10m`. Without the key they are looked at once.
        /// The gate's own `timeout` has to be longer.
        #[schemars(with = "Option<String>")]
        pub settle: Option<Spanned<String>>,
        /// The pause between two looks; `5s` without the key.
        #[schemars(with = "Option<String>")]
        pub every: Option<Spanned<String>>,
    }
}

/// A branch's protection.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProtectionSpec {
    /// A committed copy of the forge's answer, relative to the root; without the key the forge is asked.
    #[schemars(with = "Option<String>")]
    pub snapshot: Option<Spanned<String>>,
    /// The branch; in a copy that holds several rules, the one that counts.
    pub branch: Option<String>,
}

/// Which workflows have to have posted.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpectSpec {
    /// What happened to the head; `pull_request` and `pull_request_target` without the key.
    #[schemars(with = "Option<Vec<String>>")]
    pub events: Option<Spanned<Vec<String>>>,
    /// The branch that the change is proposed to; without the key that of the change.
    pub branch: Option<String>,
}

/// Which reviews have to be there.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewsSpec {
    /// How many people have to have approved the very commit.
    #[schemars(with = "usize")]
    pub approvals: Spanned<usize>,
    /// Who may approve. Without the key, whoever the forge says has a say: owners, and members and
    /// collaborators who may write (GitHub), whoever gave an official review (Gitea). Never the author.
    #[serde(default)]
    pub roster: Vec<String>,
    /// Recorded reviews, relative to the root; without the key the forge is asked for those of the change.
    #[schemars(with = "Option<String>")]
    pub file: Option<Spanned<String>>,
    /// The author of the change, with recorded reviews.
    pub author: Option<String>,
}
