use super::Forge;
use crate::config::ForgeVersion as Version;

/// Something that forges do differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Feature {
    JobTimeout,
    StepTimeout,
    JobContinueOnError,
    Concurrency,
    Permissions,
    Environment,
    MergeQueue,
    ScheduleStatus,
    FilteredIsSkipped,
    FirstPathsAlone,
    PathsSinceTip,
    SkippedSatisfies,
    CancelledIsFailure,
    ContextHasWorkflow,
    ContextHasEvent,
    FileNameStandsIn,
    RequiredAreGlobs,
    MatrixInOrder,
    CalledJobsAreListed,
    FoldersBelow,
    Anchors,
    MergeKeys,
    UnknownKeysRefused,
    StepSummary,
    Annotations,
    WorkflowRun,
}

/// From which version a forge does something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    Always,
    Never,
    Version(Version),
}

impl Since {
    fn holds(self, version: Version) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Version(since) => version >= since,
        }
    }
}

impl std::fmt::Display for Since {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Always => f.write_str("yes"),
            Self::Never => f.write_str("no"),
            Self::Version(version) => write!(f, "from {version}"),
        }
    }
}

/// A row of the table: what the feature is, who does it, and who says so.
#[derive(Debug, Clone, Copy)]
pub struct Capability {
    pub feature: Feature,
    /// In kebab case, as `explain` takes it.
    pub name: &'static str,
    /// What a forge does that has it.
    pub what: &'static str,
    /// What happens on one that has it not.
    pub otherwise: &'static str,
    pub github: Since,
    pub gitea: Since,
    pub forgejo: Since,
    /// Where the facts are from.
    pub source: &'static str,
}

impl Capability {
    /// Whether a forge has it.
    pub fn of(&self, forge: Forge) -> bool {
        match forge {
            Forge::GitHub => self.github == Since::Always,
            Forge::Gitea(version) => self.gitea.holds(version),
            Forge::Forgejo(version) => self.forgejo.holds(version),
        }
    }
}

/// How a job can end without having run to its end, and what its context then shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Nothing is posted: a required context waits for ever.
    Nothing,
    /// Something is posted that satisfies a required context.
    Satisfies,
    /// Something is posted that blocks.
    Blocks,
}

impl Forge {
    /// What the context of a job shows that its `if:` has skipped.
    pub fn of_skipped_job(self) -> Outcome {
        if self.has(Feature::SkippedSatisfies) {
            Outcome::Satisfies
        } else {
            Outcome::Blocks
        }
    }

    /// What the contexts of a workflow show whose filters do not match.
    pub fn of_filtered_workflow(self) -> Outcome {
        if self.has(Feature::FilteredIsSkipped) {
            Outcome::Satisfies
        } else {
            Outcome::Nothing
        }
    }

    /// What the context of a cancelled job shows.
    pub fn of_cancelled_job(self) -> Outcome {
        Outcome::Blocks
    }

    /// What the contexts of a scheduled run show.
    pub fn of_scheduled_run(self) -> Outcome {
        if self.has(Feature::ScheduleStatus) {
            Outcome::Satisfies
        } else {
            Outcome::Nothing
        }
    }
}
