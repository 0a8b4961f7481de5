use serde::{Deserialize, Serialize};

/// How the members of a mirror stand to those of the canonical side.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Relation {
    /// The same members.
    #[default]
    Equal,
    /// No member that the canonical side lacks.
    Subset,
    /// Every member that the canonical side has.
    Superset,
    /// No member that the canonical side has.
    Disjoint,
}

impl Relation {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::Subset => "subset",
            Self::Superset => "superset",
            Self::Disjoint => "disjoint",
        }
    }

    /// Whether the mirror may have no member that the canonical side lacks.
    pub(super) fn forbids_more(self) -> bool {
        matches!(self, Self::Equal | Self::Subset)
    }

    /// Whether the mirror must have every member of the canonical side.
    pub(super) fn demands_all(self) -> bool {
        matches!(self, Self::Equal | Self::Superset)
    }
}
