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
    /// For a missing one: what was posted under its name with another event.
    pub near: Vec<String>,
}

impl Standing {
    /// Whether it was posted under several events (or in several suites) that do not agree.
    pub fn is_duplicated(&self) -> bool {
        self.rows
            .windows(2)
            .any(|pair| pair[0].state != pair[1].state)
    }

    /// Whether it keeps the head from being merged. A skipped one that only a pattern names does not:
    /// nobody said that it has to run.
    pub fn blocks(&self) -> bool {
        match self.why {
            Why::Named => self.state != State::Green,
            Why::Pattern => !matches!(self.state, State::Green | State::Skipped),
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
