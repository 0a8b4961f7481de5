use super::Name;
use crate::kinds::workflows::yaml::Span;

/// A context that a workflow posts on a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// As the forge composes it, event suffix and all.
    pub name: Name,
    /// The workflow file, relative to the root.
    pub file: String,
    /// The key of the job in it.
    pub job: String,
    /// The event that brings it.
    pub event: String,
    pub certainty: Certainty,
    /// Where the job's key stands.
    pub span: Span,
}

/// How sure it is that a context is posted under just this name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Certainty {
    /// Every such event brings it.
    Certain,
    /// It comes only where this holds, which is not known here.
    OnlyIf(String),
    /// Its name, or how often it comes, is known only once the workflow runs.
    NotDerivable(String),
}

impl Certainty {
    /// The less certain of two.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::NotDerivable(a), Self::NotDerivable(b)) => {
                Self::NotDerivable(format!("{a}, and {b}"))
            }
            (Self::NotDerivable(why), _) | (_, Self::NotDerivable(why)) => Self::NotDerivable(why),
            (Self::OnlyIf(a), Self::OnlyIf(b)) => Self::OnlyIf(format!("{a}, and {b}")),
            (Self::OnlyIf(why), Self::Certain) | (Self::Certain, Self::OnlyIf(why)) => {
                Self::OnlyIf(why)
            }
            (Self::Certain, Self::Certain) => Self::Certain,
        }
    }
}
