use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which contract a server is held to.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// What the server of EnterOS-AI/enteros-core does at commit 8a56e7bc70.
    Core,
    /// That, with its known flaws mended, and what was added since.
    #[default]
    Hardened,
}

impl Profile {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Hardened => "hardened",
        }
    }
}
