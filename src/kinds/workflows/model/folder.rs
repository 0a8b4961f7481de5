/// Where a forge looks for workflows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Folder {
    GitHub,
    Gitea,
    Forgejo,
}

impl Folder {
    pub const ALL: [Self; 3] = [Self::GitHub, Self::Gitea, Self::Forgejo];

    /// Relative to the root.
    pub fn path(self) -> &'static str {
        match self {
            Self::GitHub => ".github/workflows",
            Self::Gitea => ".gitea/workflows",
            Self::Forgejo => ".forgejo/workflows",
        }
    }
}
