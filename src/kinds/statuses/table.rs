use super::posted::Posted;
use super::state::State;
use crate::gate::Location;
use crate::kinds::workflows::contexts::Name;

/// Why a context is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It is required by its name.
    Named,
    /// It was posted, and a required pattern matches it.
    Pattern,
    /// It was posted, and nobody requires it.
    NotRequired,
}

/// A context as it stands.
#[derive(Debug, Clone)]
pub struct Standing {
    /// As it is required, or as it was posted; without its event where that does not count.
    pub context: String,
    pub state: State,
    pub why: Why,
    /// Where it is required.
    pub at: Vec<Location>,
    /// All statuses of it, the worst first.
    pub rows: Vec<Posted>,
    /// The workflow that posts it, of those that were asked: `None` where none was.
    pub lane: Option<Option<Location>>,
    /// For a missing one: what was posted under its name with another event, or by another app.
    pub near: Vec<String>,
    /// The name that the forge asks for, where it was posted under others only.
    pub awaited: Option<String>,
    /// The apps that have to post it.
    pub apps: Vec<u64>,
    /// Last words of runs that a later run replaced, where they were not green.
    pub replaced: Vec<Posted>,
    /// The jobs that post it, where there are more of them than statuses that can be told apart: one hides another.
    pub twins: Vec<Location>,
    /// Whether it was skipped, only a pattern requires it, and it was asked to let such pass as the forge does.
    pub excused: bool,
}

impl Standing {
    /// Whether it was posted under several events (or in several suites or runs) that do not agree, or by jobs that
    /// cannot be told apart.
    pub fn is_duplicated(&self) -> bool {
        !self.twins.is_empty()
            || self
                .rows
                .windows(2)
                .any(|pair| pair[0].state != pair[1].state)
    }

    /// Whether it keeps the head from being merged.
    pub fn blocks(&self) -> bool {
        match self.why {
            Why::Named | Why::Pattern => {
                self.state != State::Green && !self.excused || !self.twins.is_empty()
            }
            Why::NotRequired => false,
        }
    }

    /// Whether workflows were asked, and none posts it.
    pub fn is_never_derived(&self) -> bool {
        matches!(self.lane, Some(None))
    }
}

/// A context that a workflow of the commit posts for one of the commit's events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lane {
    /// As the forge composes it, with its event where the forge appends one.
    pub name: Name,
    /// The job.
    pub at: Location,
    /// The event that brings it.
    pub event: String,
    /// Whether every such event brings it. Of the others it is known who posts them, not whether they come.
    pub certain: bool,
}

/// The judgement, context by context.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// The worst first, then by name.
    pub required: Vec<Standing>,
    pub others: Vec<Standing>,
    /// Lanes of the workflows that were not posted and are not among the missing required ones.
    pub vanished: Vec<Lane>,
    /// Whether something is pending that is not of the run that judges.
    pub under_way: bool,
    /// Whether nothing but patterns is required, and no workflow was asked what has to be there.
    pub only_patterns: bool,
}

impl Table {
    /// How many required contexts stand so.
    pub fn count(&self, state: State) -> usize {
        self.required
            .iter()
            .filter(|standing| standing.state == state)
            .count()
    }

    /// Whether something that has to be there is not.
    pub(super) fn lacks(&self) -> bool {
        !self.vanished.is_empty() || self.count(State::Missing) > 0
    }
}
