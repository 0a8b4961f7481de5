use crate::context::Context;
use crate::gate::{Finding, Inspection, Obstacle};
use crate::kinds::SUBJECT_MISSING;

use super::codes::{FORGE_UNREACHABLE, VARIABLE_MISSING};
use super::plan::Word;

/// Why there is nothing to judge.
#[derive(Debug)]
pub(super) enum Halt {
    /// It could not be looked at.
    Obstacle(Obstacle),
    /// It is not there.
    Gone(Box<Finding>),
}

impl From<Obstacle> for Halt {
    fn from(obstacle: Obstacle) -> Self {
        Self::Obstacle(obstacle)
    }
}

impl Halt {
    pub(super) fn gone(message: impl Into<String>) -> Self {
        Self::Gone(Box::new(Finding::new(&SUBJECT_MISSING, message)))
    }

    /// Whether no answer came, which may change.
    pub(super) fn is_outage(&self) -> bool {
        matches!(self, Self::Obstacle(obstacle) if obstacle.code.name == FORGE_UNREACHABLE.name)
    }

    pub(super) fn tell(self, inspection: &mut Inspection) {
        match self {
            Self::Obstacle(obstacle) => inspection.obstacle(obstacle),
            Self::Gone(finding) => inspection.find(*finding),
        }
    }
}

impl Word {
    /// # Errors
    /// When the variable is not set, or what it holds is not what is meant.
    pub(super) fn read(
        &self,
        context: &Context,
        check: impl Fn(&str) -> Result<(), String>,
    ) -> Result<String, Obstacle> {
        let (text, from) = match self {
            Self::Literal(text) => (text.as_str(), String::new()),
            Self::Variable(name) => {
                let text = context.environment().get(name).ok_or_else(|| {
                    Obstacle::refused(&VARIABLE_MISSING, format!("the variable {name} is not set"))
                })?;
                (text, format!("the variable {name}: "))
            }
        };
        check(text)
            .map_err(|problem| Obstacle::refused(&VARIABLE_MISSING, format!("{from}{problem}")))?;
        Ok(text.to_owned())
    }
}
