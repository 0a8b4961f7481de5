use std::sync::LazyLock;

use super::check::WorkflowsCheck;
use super::codes;
use super::load::load;
use super::rules::RULES;
use super::spec::WorkflowsSpec;
use crate::config::{GateFile, SpecError};
use crate::gate::Code;
use crate::kinds::statuses::ASKING_CODES;
use crate::kinds::{Check, Kind, codes_of};

/// The kind `workflows`.
#[derive(Debug)]
pub struct WorkflowsKind;

/// The codes of reading and deriving, those of the rules, and those of asking a forge.
static CODES: LazyLock<Vec<&'static Code>> = LazyLock::new(|| {
    let of_rules = RULES.iter().flat_map(|rule| rule.codes());
    codes::CODES
        .iter()
        .chain(of_rules)
        .chain(&ASKING_CODES)
        .copied()
        .collect()
});

impl Kind for WorkflowsKind {
    fn name(&self) -> &'static str {
        "workflows"
    }

    fn about(&self) -> &'static str {
        "A required context that reads green implies that its check ran: workflows, the contexts they post, and those that are required."
    }

    fn codes(&self) -> &'static [&'static Code] {
        &CODES
    }

    fn schema(&self) -> schemars::Schema {
        schemars::schema_for!(WorkflowsSpec)
    }

    fn load(&self, file: &GateFile) -> Result<Box<dyn Check>, Vec<SpecError>> {
        let all: Vec<_> = codes_of(self).iter().map(|code| code.name).collect();
        Ok(Box::new(WorkflowsCheck {
            gate: load(file, self.name(), &all, &CODES)?,
        }))
    }
}
