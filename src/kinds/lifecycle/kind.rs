use std::sync::Arc;

use super::check::LifecycleCheck;
use super::codes::CODES;
use super::load::load;
use super::spec::LifecycleSpec;
use crate::config::{GateFile, SpecError};
use crate::gate::Code;
use crate::kinds::{Check, Kind, codes_of};

/// The kind `lifecycle`.
#[derive(Debug)]
pub struct Lifecycle;

impl Kind for Lifecycle {
    fn name(&self) -> &'static str {
        "lifecycle"
    }

    fn about(&self) -> &'static str {
        "A concierge lives its whole life on a running server, and everything that the contract says about it holds."
    }

    fn codes(&self) -> &'static [&'static Code] {
        CODES.as_slice()
    }

    fn brings_up_systems(&self) -> bool {
        true
    }

    fn schema(&self) -> schemars::Schema {
        schemars::schema_for!(LifecycleSpec)
    }

    fn load(&self, file: &GateFile) -> Result<Box<dyn Check>, Vec<SpecError>> {
        let codes: Vec<_> = codes_of(self).iter().map(|code| code.name).collect();
        let rules = load(file, self.name(), &codes)?;
        Ok(Box::new(LifecycleCheck {
            rules: Arc::new(rules),
        }))
    }
}
