use serde_json::Value;

use crate::gate::{Finding, Obstacle};

/// What came of looking at one delivery.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub findings: Vec<Finding>,
    pub obstacles: Vec<Obstacle>,
    /// For the gate's facts; null where there was nothing to look at.
    pub facts: Value,
}

impl Outcome {
    /// One finding, and nothing else to look at.
    pub(crate) fn found(finding: Finding) -> Self {
        Self {
            findings: vec![finding],
            ..Self::default()
        }
    }
}
