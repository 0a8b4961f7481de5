/// A stretch of a concierge's life. They follow each other in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Chapter {
    /// The server answers, and only those with the right token get in.
    Boot,
    /// What the database itself refuses.
    Constraints,
    /// The row of the organisation's root: install, and what becomes of earlier roots.
    OrgRoot,
    /// What it takes to be online.
    OnlineGate,
    /// How runtimes register, beat, and are told apart.
    Registry,
    /// The concierge comes up with its identity, plugin and environment.
    Concierge,
    /// An ordinary workspace comes up.
    Workspace,
    /// What the API says and keeps about workspaces.
    Records,
    /// Messages reach an agent, and the reply comes back.
    Messages,
    /// The concierge uses its own tools.
    Management,
    /// What needs a person's consent.
    Approvals,
    /// One concierge over all runtimes.
    Switch,
    /// What the program in a workspace's container does by itself.
    Runtime,
    /// A restart keeps what it must and replaces what it must.
    Restart,
    /// Another installation beside this one.
    Neighbour,
    /// What is deleted is gone, and nothing else is.
    Delete,
}

/// Whom checks are about that touch nothing of each other's, so that they are lived at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strand {
    Concierge,
    Worker,
    /// Workspaces that a check makes for itself, and that come to harm.
    Fragile,
    /// The other installation, and afterwards what a sweep must tell from it.
    Neighbour,
}

impl Chapter {
    pub(super) const ALL: [Self; 16] = [
        Self::Boot,
        Self::Constraints,
        Self::OrgRoot,
        Self::OnlineGate,
        Self::Registry,
        Self::Concierge,
        Self::Workspace,
        Self::Records,
        Self::Messages,
        Self::Management,
        Self::Approvals,
        Self::Switch,
        Self::Runtime,
        Self::Restart,
        Self::Neighbour,
        Self::Delete,
    ];

    /// Whose chapter it is, where chapters of others are lived at the same time.
    pub(super) fn strand(self) -> Option<Strand> {
        match self {
            Self::Switch => Some(Strand::Concierge),
            Self::Runtime | Self::Restart => Some(Strand::Worker),
            Self::Neighbour => Some(Strand::Neighbour),
            _ => None,
        }
    }

    /// As gate files and reports name it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Boot => "boot",
            Self::Constraints => "constraints",
            Self::OrgRoot => "org-root",
            Self::OnlineGate => "online-gate",
            Self::Registry => "registry",
            Self::Concierge => "concierge",
            Self::Workspace => "workspace",
            Self::Runtime => "runtime",
            Self::Records => "records",
            Self::Messages => "messages",
            Self::Management => "management",
            Self::Approvals => "approvals",
            Self::Switch => "switch",
            Self::Restart => "restart",
            Self::Delete => "delete",
            Self::Neighbour => "neighbour",
        }
    }
    /// What it is about, in words.
    pub(super) fn about(self) -> &'static str {
        match self {
            Self::Boot => "The server answers, and only those with the right token get in.",
            Self::Constraints => "What the database itself refuses.",
            Self::OrgRoot => {
                "The row of the organisation's root: install, and what becomes of earlier roots."
            }
            Self::OnlineGate => "What it takes to be online.",
            Self::Registry => "How runtimes register, beat, and are told apart.",
            Self::Concierge => "The concierge comes up with its identity, plugin and environment.",
            Self::Workspace => "An ordinary workspace comes up.",
            Self::Records => "What the API says and keeps about workspaces.",
            Self::Messages => "Messages reach an agent, and the reply comes back.",
            Self::Management => "The concierge uses its own tools.",
            Self::Approvals => "What needs a person's consent.",
            Self::Switch => "One concierge over all runtimes.",
            Self::Runtime => "What the program in a workspace's container does by itself.",
            Self::Restart => "A restart keeps what it must and replaces what it must.",
            Self::Neighbour => "Another installation beside this one.",
            Self::Delete => "What is deleted is gone, and nothing else is.",
        }
    }
}
