use uuid::Uuid;

/// What tells the things of one run from those of all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(Uuid);

impl RunId {
    /// The Docker label that bears it.
    pub const LABEL: &'static str = "driftgate.run";
    /// The Docker label that says until when a thing is wanted, in seconds since 1970.
    pub const DEADLINE_LABEL: &'static str = "driftgate.deadline";
    /// The environment variable that bears it.
    pub const VARIABLE: &'static str = "DRIFTGATE_RUN_ID";

    #[expect(clippy::new_without_default, reason = "each is another one")]
    pub fn new() -> Self {
        Self(Uuid::new_v4())
    }

    pub fn parse(text: &str) -> Option<Self> {
        Uuid::try_parse(text).ok().map(Self)
    }

    /// For names that have to be short; it tells the runs of one machine apart.
    pub fn short(self) -> String {
        self.0.simple().to_string()[..12].to_owned()
    }
}

impl std::fmt::Display for RunId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}
