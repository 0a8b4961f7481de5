use super::check::ManifestCheck;
use super::codes::CODES;
use super::load::load;
use super::spec::ManifestSpec;
use crate::config::{GateFile, SpecError};
use crate::gate::Code;
use crate::kinds::{Check, Kind, codes_of};

/// The kind `manifest`.
#[derive(Debug)]
pub struct ManifestKind;

impl Kind for ManifestKind {
    fn name(&self) -> &'static str {
        "manifest"
    }

    fn about(&self) -> &'static str {
        "Every entry of the manifest of sources is pinned, can be had, and holds at its pin what it must."
    }

    fn codes(&self) -> &'static [&'static Code] {
        CODES
    }

    fn schema(&self) -> schemars::Schema {
        schemars::schema_for!(ManifestSpec)
    }

    fn load(&self, file: &GateFile) -> Result<Box<dyn Check>, Vec<SpecError>> {
        let codes: Vec<_> = codes_of(self).iter().map(|code| code.name).collect();
        Ok(Box::new(ManifestCheck {
            rules: load(file, self.name(), &codes)?,
        }))
    }
}
