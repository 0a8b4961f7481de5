use std::sync::atomic::AtomicBool;

use super::check::PostgresCheck;
use super::codes::CODES;
use super::load::load;
use super::spec::PostgresGateSpec;
use crate::config::{GateFile, SpecError};
use crate::gate::Code;
use crate::kinds::{Check, Kind, codes_of};

/// The kind `postgres`.
#[derive(Debug)]
pub struct PostgresKind;

impl Kind for PostgresKind {
    fn name(&self) -> &'static str {
        "postgres"
    }

    fn about(&self) -> &'static str {
        "Migrations apply to a real PostgreSQL, are undone by what undoes them, and leave a database that answers as it must."
    }

    fn codes(&self) -> &'static [&'static Code] {
        CODES
    }

    fn brings_up_systems(&self) -> bool {
        true
    }

    fn schema(&self) -> schemars::Schema {
        schemars::schema_for!(PostgresGateSpec)
    }

    fn load(&self, file: &GateFile) -> Result<Box<dyn Check>, Vec<SpecError>> {
        let codes: Vec<_> = codes_of(self).iter().map(|code| code.name).collect();
        Ok(Box::new(PostgresCheck {
            rules: load(file, self.name(), &codes)?,
            looked: AtomicBool::new(false),
        }))
    }
}
