use super::check::StatusesCheck;
use super::codes::CODES;
use super::load::load;
use super::spec::StatusesSpec;
use crate::config::{GateFile, SpecError};
use crate::gate::Code;
use crate::kinds::{Check, Kind, codes_of};

/// The kind `statuses`.
#[derive(Debug)]
pub struct Statuses;

impl Kind for Statuses {
    fn name(&self) -> &'static str {
        "statuses"
    }

    fn about(&self) -> &'static str {
        "A head is mergeable: every required context is green, posted for this commit, and none is missing."
    }

    fn codes(&self) -> &'static [&'static Code] {
        CODES
    }

    fn schema(&self) -> schemars::Schema {
        schemars::schema_for!(StatusesSpec)
    }

    fn load(&self, file: &GateFile) -> Result<Box<dyn Check>, Vec<SpecError>> {
        let codes: Vec<_> = codes_of(self).iter().map(|code| code.name).collect();
        Ok(Box::new(StatusesCheck {
            plan: load(file, self.name(), &codes)?,
        }))
    }
}
