use super::{Place, codes};
use crate::gate::{Location, Obstacle};
use crate::tree::TreeError;

/// Why a Dockerfile could not be evaluated.
#[derive(Debug, thiserror::Error)]
#[error("{kind}")]
pub struct DockerfileError {
    pub kind: ErrorKind,
    /// Where it was found; `None` where the tree's own error says so.
    pub location: Option<Location>,
}

#[derive(Debug, thiserror::Error)]
pub enum ErrorKind {
    #[error(transparent)]
    Tree(#[from] TreeError),
    #[error("failed to read the file as a Dockerfile: {0}")]
    Syntax(String),
    #[error("failed to read the file as an ignore file: {0}")]
    IgnoreFile(String),
    #[error("the value of `{name}` is not known: {why}")]
    Unresolved { name: String, why: String },
    #[error("failed to evaluate {0} without building")]
    Unsupported(String),
    #[error("there is no stage `{0}`")]
    NoStage(String),
    #[error("{0}")]
    TooLarge(String),
}

impl DockerfileError {
    /// How it stands in a verdict.
    pub fn to_obstacle(&self) -> Obstacle {
        let code = match &self.kind {
            ErrorKind::Tree(error) => return error.to_obstacle(),
            ErrorKind::Syntax(_) | ErrorKind::IgnoreFile(_) => &codes::DOCKERFILE_UNREADABLE,
            ErrorKind::Unresolved { .. } => &codes::DOCKERFILE_UNRESOLVED,
            ErrorKind::Unsupported(_) => &codes::DOCKERFILE_UNSUPPORTED,
            ErrorKind::NoStage(_) => &codes::DOCKERFILE_NO_STAGE,
            ErrorKind::TooLarge(_) => &codes::DOCKERFILE_TOO_LARGE,
        };
        let obstacle = Obstacle::refused(code, self.to_string());
        match &self.location {
            Some(location) => obstacle.at(location.clone()),
            None => obstacle,
        }
    }
}

impl From<DockerfileError> for Obstacle {
    fn from(error: DockerfileError) -> Self {
        error.to_obstacle()
    }
}

impl From<TreeError> for DockerfileError {
    fn from(error: TreeError) -> Self {
        Self {
            kind: error.into(),
            location: None,
        }
    }
}

/// An error at a place of the Dockerfile, before the path of the file is added.
#[derive(Debug)]
pub(super) struct Located {
    pub(super) kind: ErrorKind,
    pub(super) at: Option<Place>,
}

impl Located {
    pub(super) fn new(kind: ErrorKind, at: Place) -> Self {
        Self { kind, at: Some(at) }
    }

    pub(super) fn syntax(why: impl Into<String>, at: Place) -> Self {
        Self::new(ErrorKind::Syntax(why.into()), at)
    }

    pub(super) fn unsupported(what: impl Into<String>, at: Place) -> Self {
        Self::new(ErrorKind::Unsupported(what.into()), at)
    }

    pub(super) fn too_large(what: impl Into<String>, at: Place) -> Self {
        Self::new(ErrorKind::TooLarge(what.into()), at)
    }

    /// Adds the file, unless the error is a tree's: that one names its own place.
    pub(super) fn in_file(self, file: &Location) -> DockerfileError {
        let location = match (&self.kind, self.at) {
            (ErrorKind::Tree(_), _) => None,
            (_, None) => Some(file.clone()),
            (_, Some(at)) => Some(Location {
                line: Some(at.line),
                column: Some(at.column),
                ..file.clone()
            }),
        };
        DockerfileError {
            kind: self.kind,
            location,
        }
    }
}

impl From<TreeError> for Located {
    fn from(error: TreeError) -> Self {
        Self {
            kind: error.into(),
            at: None,
        }
    }
}
