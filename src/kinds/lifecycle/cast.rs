use uuid::Uuid;

/// Who appears in a life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Role {
    /// The root at which the checks of installs and of the online gate are done.
    FakeRoot,
    /// The concierge.
    Concierge,
    /// A runtime that the harness plays itself.
    Puppet,
    /// The workspace that is looked at, restarted and deleted.
    Worker,
    /// The workspace that nothing must happen to.
    Sibling,
    /// The workspace that the concierge makes.
    Errand,
}

impl Role {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::FakeRoot => "fake root",
            Self::Concierge => "concierge",
            Self::Puppet => "puppet",
            Self::Worker => "worker",
            Self::Sibling => "sibling",
            Self::Errand => "errand",
        }
    }
}

/// One who appears in a life.
#[derive(Debug, Clone)]
pub(super) struct Member {
    pub(super) id: Uuid,
    pub(super) name: String,
    /// The token that it, or who made it, was given; empty where there is none.
    pub(super) token: String,
}

impl Member {
    /// The name of its container, and the beginning of its volumes' names.
    pub(super) fn container(&self) -> String {
        format!("ws-{}", self.id)
    }
}
