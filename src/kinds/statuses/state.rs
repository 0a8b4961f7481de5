use schemars::JsonSchema;
use serde::Serialize;

use super::codes::{
    CONTEXT_CANCELLED, CONTEXT_MISSING, CONTEXT_PENDING, CONTEXT_RED, CONTEXT_SKIPPED,
    CONTEXT_STALE,
};
use crate::gate::Code;

/// How a context stands, from the best to the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Its check ran and found nothing.
    Green,
    /// Its check did not run, or did not judge.
    Skipped,
    /// It has not come to an end.
    Pending,
    /// It is about another commit, or was given up.
    Stale,
    /// It was stopped.
    Cancelled,
    /// It failed.
    Red,
    /// Nobody posted it.
    Missing,
}

/// What Gitea writes to the status of a job that was stopped. Its state is `failure`.
/// Source: `services/actions/commit_status.go` of Gitea.
pub(super) const CANCELLED_BY_GITEA: &str = "Has been cancelled";

/// What later versions of Gitea write, before a time.
const CANCELED_LATER: &str = "Canceled after ";

/// What Gitea writes to the status of a job that was skipped; before 1.25 its state is `success`.
/// Source: as above.
pub(super) const SKIPPED_BY_GITEA: &str = "Has been skipped";

impl State {
    pub const ALL: [Self; 7] = [
        Self::Green,
        Self::Skipped,
        Self::Pending,
        Self::Stale,
        Self::Cancelled,
        Self::Red,
        Self::Missing,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Green => "green",
            Self::Skipped => "skipped",
            Self::Pending => "pending",
            Self::Stale => "stale",
            Self::Cancelled => "cancelled",
            Self::Red => "red",
            Self::Missing => "missing",
        }
    }

    /// The code of a required context that stands so; `None` for a green one.
    pub(super) fn code(self) -> Option<&'static Code> {
        match self {
            Self::Green => None,
            Self::Skipped => Some(&CONTEXT_SKIPPED),
            Self::Pending => Some(&CONTEXT_PENDING),
            Self::Stale => Some(&CONTEXT_STALE),
            Self::Cancelled => Some(&CONTEXT_CANCELLED),
            Self::Red => Some(&CONTEXT_RED),
            Self::Missing => Some(&CONTEXT_MISSING),
        }
    }

    /// By the word of a commit status. Only the one literal word is green; a word that nobody knows is red.
    pub(super) fn of_status(word: &str, description: &str) -> Self {
        match (word, description) {
            ("success", SKIPPED_BY_GITEA) | ("skipped", _) => Self::Skipped,
            ("failure" | "error", said) if said.starts_with(CANCELED_LATER) => Self::Cancelled,
            ("failure" | "error", CANCELLED_BY_GITEA) | ("cancelled", _) => Self::Cancelled,
            ("success", _) => Self::Green,
            ("pending", _) => Self::Pending,
            _ => Self::Red,
        }
    }

    /// By the two words of a check run: how far it is, and how it ended.
    /// Source: GitHub's REST reference of check runs.
    pub(super) fn of_check_run(status: &str, conclusion: Option<&str>) -> Self {
        match (status, conclusion) {
            ("completed", Some("success")) => Self::Green,
            // `neutral` passes a branch's rules, and says that nothing was judged.
            ("completed", Some("skipped" | "neutral")) => Self::Skipped,
            ("completed", Some("cancelled")) => Self::Cancelled,
            ("completed", Some("stale")) => Self::Stale,
            ("queued" | "in_progress" | "waiting" | "requested" | "pending", None | Some("")) => {
                Self::Pending
            }
            _ => Self::Red,
        }
    }
}

impl std::fmt::Display for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_literal_word_is_green() {
        for word in [
            "success ", "Success", "SUCCESS", "warning", "ok", "", "neutral",
        ] {
            assert_eq!(State::of_status(word, ""), State::Red, "{word}");
        }
        assert_eq!(
            State::of_status("success", "Successful in 3s"),
            State::Green
        );
    }

    #[test]
    fn what_gitea_did_not_run_is_told_by_its_description() {
        assert_eq!(
            State::of_status("success", "Has been skipped"),
            State::Skipped
        );
        assert_eq!(
            State::of_status("failure", "Has been cancelled"),
            State::Cancelled
        );
        // Words of a check about something else are not the forge's.
        assert_eq!(
            State::of_status("success", "Has been skipped once"),
            State::Green
        );
        assert_eq!(
            State::of_status("failure", "has been cancelled"),
            State::Red
        );
    }

    #[test]
    fn a_check_run_is_green_only_when_it_completed_and_succeeded() {
        let green = |status, conclusion| State::of_check_run(status, conclusion) == State::Green;
        assert!(green("completed", Some("success")));
        assert!(!green("in_progress", Some("success")));
        assert!(!green("completed", None));
        assert_eq!(
            State::of_check_run("completed", Some("neutral")),
            State::Skipped
        );
        assert_eq!(
            State::of_check_run("completed", Some("timed_out")),
            State::Red
        );
        assert_eq!(
            State::of_check_run("completed", Some("stale")),
            State::Stale
        );
    }
}
