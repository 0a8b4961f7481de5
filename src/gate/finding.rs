use serde::Serialize;

use super::{Code, Location};

/// Whether a finding blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Makes the gate `fail`.
    Block,
    /// Is reported, and changes no verdict.
    Advisory,
}

/// The SHA-256 of the two sides of a difference, in lowercase hex; `None` where a side is absent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Digests {
    /// Digest of the source's content.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Digest of the delivered content.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivered: Option<String>,
}

/// Something that a gate found.
#[derive(Debug, Clone)]
pub struct Finding {
    pub code: &'static Code,
    pub level: Level,
    /// One sentence without the location: what is wrong here, with both values.
    pub message: String,
    /// How to mend this very finding; the code's own `mend` stands in where it is `None`.
    pub help: Option<String>,
    /// The places concerned, the one to mend first.
    pub locations: Vec<Location>,
    pub digests: Option<Digests>,
    /// A unified diff from the source (`-`) to what is delivered (`+`).
    pub diff: Option<String>,
    /// The subject that it is about, and the declared part of the gate that this was looked at in, where it is about one.
    pub subject: Option<String>,
    pub part: Option<String>,
}

impl Finding {
    /// A blocking finding.
    pub fn new(code: &'static Code, message: impl Into<String>) -> Self {
        Self {
            code,
            level: Level::Block,
            message: message.into(),
            help: None,
            locations: Vec::new(),
            digests: None,
            diff: None,
            subject: None,
            part: None,
        }
    }

    #[must_use]
    pub fn advisory(mut self) -> Self {
        self.level = Level::Advisory;
        self
    }

    /// Keeps it from blocking, and says until when and why.
    pub fn waive(&mut self, until: jiff::civil::Date, reason: &str) {
        self.level = Level::Advisory;
        self.message = format!("{} (waived until {until}: {reason})", self.message);
    }

    #[must_use]
    pub fn at(mut self, location: Location) -> Self {
        self.locations.push(location);
        self
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    #[must_use]
    pub fn digests(mut self, source: Option<String>, delivered: Option<String>) -> Self {
        self.digests = Some(Digests { source, delivered });
        self
    }

    /// Says which subject it is about.
    #[must_use]
    pub fn about(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    #[must_use]
    pub fn diff(mut self, diff: impl Into<String>) -> Self {
        self.diff = Some(diff.into());
        self
    }
}
