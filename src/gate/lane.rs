use serde::{Deserialize, Serialize};

/// Where a run happens. Gates name the lanes they belong to.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Lane {
    /// A developer's own machine.
    Local,
    /// Every proposed change.
    Pr,
    /// The nightly run.
    Nightly,
}

impl Lane {
    pub const ALL: [Self; 3] = [Self::Local, Self::Pr, Self::Nightly];

    pub fn name(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Pr => "pr",
            Self::Nightly => "nightly",
        }
    }
}

impl std::fmt::Display for Lane {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
