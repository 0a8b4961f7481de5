use std::fmt;

use super::{Capability, Feature, TABLE};
use crate::config::ForgeVersion as Version;
use crate::kinds::workflows::model::Folder;

/// A forge as its workflows meet it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Forge {
    GitHub,
    Gitea(Version),
    Forgejo(Version),
}

impl Forge {
    /// The newest version that the table knows, for a forge whose version nobody names.
    pub const GITEA_NEWEST: Version = Version::new(1, 27);
    /// The newest version that the table knows.
    pub const FORGEJO_NEWEST: Version = Version::new(13, 0);

    /// Whether it makes commit statuses as Gitea does.
    pub fn is_gitea_like(self) -> bool {
        !matches!(self, Self::GitHub)
    }

    /// The folders that it looks into, the first that is there and no other.
    pub fn folders(self) -> &'static [Folder] {
        match self {
            Self::GitHub => &[Folder::GitHub],
            Self::Gitea(_) => &[Folder::Gitea, Folder::GitHub],
            Self::Forgejo(_) => &[Folder::Forgejo, Folder::Gitea, Folder::GitHub],
        }
    }

    /// The table's row of a feature.
    pub fn row(self, feature: Feature) -> Option<&'static Capability> {
        TABLE.iter().find(|row| row.feature == feature)
    }

    /// Whether it does what a feature is about.
    pub fn has(self, feature: Feature) -> bool {
        self.row(feature).is_some_and(|row| row.of(self))
    }

    /// Whether it reads a key, and does nothing about it.
    pub fn ignores(self, feature: Feature) -> bool {
        !self.has(feature)
    }
}

impl fmt::Display for Forge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GitHub => f.write_str("GitHub"),
            Self::Gitea(version) => write!(f, "Gitea {version}"),
            Self::Forgejo(version) => write!(f, "Forgejo {version}"),
        }
    }
}
