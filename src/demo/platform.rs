use std::path::{Path, PathBuf};

use driftgate_provisioner::embedded::TEMPLATES;

use super::DemoError;
use super::organisation::{folder, unpack, write};
use crate::backend::find_installations;
use crate::context::Environment;

/// What stands in the gates about where they run.
const IN_EITHER: &str =
    "backend: auto\npostgres: { image: \"driftgate-fixtures/postgres:latest\" }\n";

/// The gate over a whole life.
pub(super) const LIFE: &str = "concierge-life";

/// The gate over a platform that is told to be wrong.
pub(super) const SLOPPY: &str = "sloppy-platform";

/// What `SLOPPY` is to be found with.
pub(super) const SLOPPY_CODE: &str = "near-miss-is-no-proof";

/// Writes the repository of the organisation's platform below `base`: its gates, and the identity
/// that its concierge is to have. Where PostgreSQL is on the machine, the gates take processes:
/// that is the quicker backend.
pub(super) fn make(base: &Path, environment: &Environment) -> Result<PathBuf, DemoError> {
    let platform = base.join("platform");
    unpack(folder("platform")?, &platform)?;
    let identity = TEMPLATES.get_dir("platform-agent").ok_or_else(|| {
        DemoError::Fixture("the platform has no template of its concierge".to_owned())
    })?;
    unpack(identity, &platform.join("identity"))?;
    if !find_installations(environment).is_empty() {
        for gate in [LIFE, SLOPPY] {
            on_processes(&platform.join(format!("gates/{gate}.yaml")))?;
        }
    }
    Ok(platform)
}

fn on_processes(gate: &Path) -> Result<(), DemoError> {
    let broken = |problem: String| DemoError::Fixture(format!("{}: {problem}", gate.display()));
    let text = std::fs::read_to_string(gate).map_err(|error| broken(error.to_string()))?;
    let (before, after) = text
        .split_once(IN_EITHER)
        .ok_or_else(|| broken("it names no backend".to_owned()))?;
    write(
        gate,
        format!("{before}backend: process\n{after}").as_bytes(),
    )
}
