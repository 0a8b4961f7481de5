use std::io;

use super::{TreePath, codes};
use crate::gate::{Location, Obstacle};

/// Why a tree could not be read. That something is *absent* is no error: it is an answer.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    #[error("failed to read {place}: {error}")]
    Io {
        place: String,
        #[source]
        error: io::Error,
    },
    #[error("{place} is {found}, expected {expected}")]
    WrongType {
        place: String,
        found: &'static str,
        expected: &'static str,
    },
    #[error("{place} is larger than {limit} bytes, the limit for files that are read as a whole")]
    TooLarge { place: String, limit: u64 },
    #[error("{label} is not to be had")]
    Vanished { label: String },
    #[error("object {id} ({place}) is not in the mirror")]
    MissingObject { place: String, id: String },
    /// The objects had to be fetched, and that failed.
    #[error("{0}")]
    Fetch(Box<Obstacle>),
}

impl TreeError {
    /// Reading failed.
    pub fn io(label: &str, path: &TreePath, error: io::Error) -> Self {
        Self::Io {
            place: place(label, path),
            error,
        }
    }

    /// Something else stands at the path. `found` and `expected` come with their articles.
    pub fn wrong_type(
        label: &str,
        path: &TreePath,
        found: &'static str,
        expected: &'static str,
    ) -> Self {
        Self::WrongType {
            place: place(label, path),
            found,
            expected,
        }
    }

    /// How it stands in a verdict: all of these are answers that prevent checking, but for a fetch
    /// that says otherwise.
    pub fn to_obstacle(&self) -> Obstacle {
        let (code, at) = match self {
            Self::Io { place, .. } => (&codes::TREE_UNREADABLE, Some(place)),
            Self::WrongType { place, .. } => (&codes::TREE_WRONG_TYPE, Some(place)),
            Self::TooLarge { place, .. } => (&codes::TREE_TOO_LARGE, Some(place)),
            Self::Vanished { .. } => (&codes::SOURCE_MISSING, None),
            Self::MissingObject { place, .. } => (&codes::SOURCE_OBJECT_MISSING, Some(place)),
            Self::Fetch(obstacle) => return (**obstacle).clone(),
        };
        let obstacle = Obstacle::refused(code, self.to_string());
        match at {
            Some(place) => obstacle.at(Location::file(place.clone())),
            None => obstacle,
        }
    }
}

impl From<TreeError> for Obstacle {
    fn from(error: TreeError) -> Self {
        error.to_obstacle()
    }
}

/// A path as reports name it: bare in the root, `label:path` elsewhere.
pub(super) fn place(label: &str, path: &TreePath) -> String {
    match (label.is_empty(), path.is_root()) {
        (true, true) => ".".to_owned(),
        (true, false) => path.to_string(),
        (false, _) => format!("{label}:{path}"),
    }
}
