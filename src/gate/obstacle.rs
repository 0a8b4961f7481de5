use super::{Code, Finding, Location};

/// Why a gate could not look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObstacleKind {
    /// An answer came, and it prevents checking. Never retried.
    Refused,
    /// No answer came. Retried.
    Unreachable,
    /// It could look, and there was too little to see. Never retried.
    Vacuous,
}

/// Something that kept a gate from looking. It is not a finding about the subject, but it is shown
/// as one, and it can never end as `pass`.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct Obstacle {
    pub kind: ObstacleKind,
    pub code: &'static Code,
    pub message: String,
    pub help: Option<String>,
    pub locations: Vec<Location>,
    /// The declared part of the gate that could not be looked at, where it is one.
    pub part: Option<String>,
}

impl Obstacle {
    pub fn refused(code: &'static Code, message: impl Into<String>) -> Self {
        Self {
            kind: ObstacleKind::Refused,
            code,
            message: message.into(),
            help: None,
            locations: Vec::new(),
            part: None,
        }
    }

    pub fn unreachable(code: &'static Code, message: impl Into<String>) -> Self {
        Self {
            kind: ObstacleKind::Unreachable,
            ..Self::refused(code, message)
        }
    }

    pub fn vacuous(code: &'static Code, message: impl Into<String>) -> Self {
        Self {
            kind: ObstacleKind::Vacuous,
            ..Self::refused(code, message)
        }
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Says which part of the gate could not be looked at.
    #[must_use]
    pub fn in_part(mut self, part: &str) -> Self {
        self.part = Some(part.to_owned());
        self
    }

    /// The same, with a second one told beside it.
    #[must_use]
    pub fn besides(mut self, other: &Self) -> Self {
        self.message = format!("{}; besides, {}", self.message, other.message);
        self.help = match (self.help.take(), &other.help) {
            (Some(own), Some(others)) => Some(format!("{own}; {others}")),
            (own, others) => own.or_else(|| others.clone()),
        };
        self
    }

    #[must_use]
    pub fn at(mut self, location: Location) -> Self {
        self.locations.push(location);
        self
    }

    /// The finding by which reports show this obstacle.
    pub fn to_finding(&self) -> Finding {
        Finding {
            code: self.code,
            level: super::Level::Block,
            message: self.message.clone(),
            help: self.help.clone(),
            locations: self.locations.clone(),
            digests: None,
            diff: None,
            subject: None,
            part: self.part.clone(),
        }
    }
}
