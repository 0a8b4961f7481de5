use serde::{Deserialize, Serialize};

/// The three lists of a manifest.
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
#[serde(rename_all = "snake_case")]
pub enum Category {
    Plugins,
    WorkspaceTemplates,
    OrgTemplates,
}

impl Category {
    pub const ALL: [Self; 3] = [Self::Plugins, Self::WorkspaceTemplates, Self::OrgTemplates];

    /// The key of the list in the manifest and in the lock.
    pub fn key(self) -> &'static str {
        match self {
            Self::Plugins => "plugins",
            Self::WorkspaceTemplates => "workspace_templates",
            Self::OrgTemplates => "org_templates",
        }
    }

    /// How a gate names an entry of this list: `template: platform-agent`.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Plugins => "plugin",
            Self::WorkspaceTemplates => "template",
            Self::OrgTemplates => "org template",
        }
    }
}

/// One entry of the manifest, as a gate names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceRef {
    pub category: Category,
    pub name: String,
}

impl std::fmt::Display for SourceRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.category.noun(), self.name)
    }
}
