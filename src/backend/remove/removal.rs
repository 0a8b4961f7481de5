use serde::Serialize;

/// What became of one thing that a ledger names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Removal {
    /// What sort of thing: `container`, `volume`, `network`, `process`, `folder`, `database`.
    pub thing: &'static str,
    pub name: String,
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome {
    Removed,
    /// It would be removed, were this not a rehearsal.
    Found,
    /// Nobody answered who could say whether it is there.
    Unreachable {
        reason: String,
    },
    Failed {
        reason: String,
    },
}

impl Removal {
    pub(super) fn new(thing: &'static str, name: impl Into<String>, outcome: Outcome) -> Self {
        Self {
            thing,
            name: name.into(),
            outcome,
        }
    }

    /// Why it is still there, if it is.
    pub fn problem(&self) -> Option<String> {
        match &self.outcome {
            Outcome::Removed | Outcome::Found => None,
            Outcome::Unreachable { reason } | Outcome::Failed { reason } => {
                Some(format!("{} {}: {reason}", self.thing, self.name))
            }
        }
    }
}
