use super::Scene;
use crate::gate::{Change, Code, Finding};

/// One rule about workflows. It looks at what was read and derived, and at nothing else.
pub trait Rule: Send + Sync {
    /// The codes that it reports. The gate's `levels` name them.
    fn codes(&self) -> &'static [&'static Code];

    /// What it finds. Findings of its own that only advise say so themselves.
    fn check(&self, scene: &Scene<'_>) -> Vec<Finding>;

    /// Violations to plant in these very files, one for each code at least. They are planted one by
    /// one, and each must be reported with its own code and no other one.
    fn violations(&self, scene: &Scene<'_>) -> Vec<Violation>;
}

/// A violation that a rule promises to catch.
#[derive(Debug, Clone)]
pub struct Violation {
    /// Unique within the gate: `skippable job: ci.yml / test`.
    pub name: String,
    pub expected: &'static Code,
    /// What the finding must mention.
    pub mentions: String,
    /// The changes of the checkout, or why there can be none.
    pub changes: Result<Vec<Change>, String>,
}
