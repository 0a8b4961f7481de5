use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Finding, Lane, Waiver};

/// The name of a gate: lowercase letters, digits and single dashes; the name of its file as well.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct GateId(String);

impl GateId {
    /// # Errors
    /// Says what is wrong with the name.
    pub fn new(id: impl Into<String>) -> Result<Self, String> {
        let id = id.into();
        let good = !id.is_empty()
            && id.len() <= 100
            && id.split('-').all(|word| {
                !word.is_empty()
                    && word
                        .bytes()
                        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
            });
        if good {
            Ok(Self(id))
        } else {
            Err(format!(
                "gate id `{id}` is not lowercase words joined by single dashes (at most 100 characters)"
            ))
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for GateId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether a gate can change the exit code.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// A verdict other than `pass` or `skipped` changes the exit code.
    #[default]
    Blocking,
    /// The gate reports, and never changes the exit code.
    Advisory,
}

/// What every gate has, whatever its kind.
#[derive(Debug, Clone)]
pub struct Header {
    pub id: GateId,
    pub about: String,
    /// The name of the gate's kind.
    pub kind: &'static str,
    /// The lanes it belongs to; every lane where the file names none.
    pub lanes: Vec<Lane>,
    /// A required gate may be skipped by its lane and by nothing else.
    pub required: bool,
    pub severity: Severity,
    /// How many subjects it must have inspected to be `pass`; at least 1.
    pub min_inspected: usize,
    /// Its own time limit, over the run's.
    pub timeout: Option<Duration>,
    pub waivers: Vec<Waiver>,
    /// The gate file, as reports name it.
    pub file: String,
}

impl Header {
    /// Whether a waiver keeps a finding from blocking on this day.
    pub fn waives(&self, finding: &Finding, today: jiff::civil::Date) -> bool {
        let mut waivers = self.waivers.iter();
        waivers.any(|waiver| waiver.covers(finding, today))
    }
}
