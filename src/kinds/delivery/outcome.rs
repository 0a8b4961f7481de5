use serde_json::Value;

use super::image_channel::Holdings;
use crate::gate::{Finding, Obstacle};

/// What came of looking at one delivery.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub findings: Vec<Finding>,
    pub obstacles: Vec<Obstacle>,
    /// For the gate's facts; null where there was nothing to look at.
    pub facts: Value,
    /// What an image that was built for the gate holds.
    pub built: Option<Holdings>,
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
