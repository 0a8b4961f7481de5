use super::store::Origin;
use crate::gate::{Finding, Obstacle, ObstacleKind, SourceRef, VerdictName};

/// What happened to one entry of the manifest.
#[derive(Debug, Clone)]
pub struct EntryOutcome {
    pub source: SourceRef,
    pub repo: String,
    /// The ref as the manifest writes it.
    pub reference: String,
    pub result: Result<Synced, Obstacle>,
}

/// An entry that is ready to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Synced {
    /// In lowercase hex.
    pub commit: String,
    /// The id of the commit's tree, in lowercase hex.
    pub tree: String,
    pub change: Change,
    pub origin: Origin,
}

/// How an entry of the lock changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    Unchanged,
    Added,
    Moved { from: String },
}

/// What became of the lock file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LockOutcome {
    #[default]
    Unchanged,
    Written,
}

/// What a sync did.
#[derive(Debug, Clone, Default)]
pub struct SyncOutcome {
    /// What is wrong with the manifest; nothing was synced then.
    pub findings: Vec<Finding>,
    /// In the order of the manifest.
    pub entries: Vec<EntryOutcome>,
    /// What stood in the way, apart from single entries.
    pub obstacles: Vec<Obstacle>,
    /// Entries that the manifest no longer has, and that left the lock.
    pub removed: Vec<SourceRef>,
    pub lock: LockOutcome,
}

impl From<Obstacle> for SyncOutcome {
    fn from(obstacle: Obstacle) -> Self {
        Self {
            obstacles: vec![obstacle],
            ..Self::default()
        }
    }
}

impl SyncOutcome {
    /// All that stood in the way.
    pub fn all_obstacles(&self) -> impl Iterator<Item = &Obstacle> {
        self.obstacles.iter().chain(
            self.entries
                .iter()
                .filter_map(|entry| entry.result.as_ref().err()),
        )
    }

    /// The verdict that the exit code follows, by the rule for whole runs. A manifest without
    /// entries is `vacuous`: nothing was synced.
    pub fn verdict(&self) -> VerdictName {
        let any = |kind| self.all_obstacles().any(|obstacle| obstacle.kind == kind);
        if !self.findings.is_empty() {
            VerdictName::Fail
        } else if any(ObstacleKind::Refused) {
            VerdictName::Refused
        } else if any(ObstacleKind::Unreachable) {
            VerdictName::Unreachable
        } else if self.entries.is_empty() || any(ObstacleKind::Vacuous) {
            VerdictName::Vacuous
        } else {
            VerdictName::Pass
        }
    }
}

/// What a sync is doing, for progress.
#[derive(Debug, Clone, Copy)]
pub enum SyncEvent<'a> {
    /// A repository is asked for its refs.
    Resolving { url: &'a str },
    /// The commits of a repository are looked up, and fetched where they are missing.
    Bringing { url: &'a str },
    /// An entry is done, for good or ill.
    Done(&'a EntryOutcome),
}
