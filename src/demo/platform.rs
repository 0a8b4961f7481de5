use std::path::{Path, PathBuf};

use driftgate_provisioner::embedded::TEMPLATES;

use super::DemoError;
use super::organisation::{folder, unpack};

/// The gate over a whole life.
pub(super) const LIFE: &str = "concierge-life";

/// The gate over a platform that is told to be wrong.
pub(super) const SLOPPY: &str = "sloppy-platform";

/// What `SLOPPY` is to be found with.
pub(super) const SLOPPY_CODE: &str = "near-miss-is-no-proof";

/// Writes the repository of the organisation's platform below `base`: its gates, and the identity
/// that its concierge is to have.
pub(super) fn make(base: &Path) -> Result<PathBuf, DemoError> {
    let platform = base.join("platform");
    unpack(folder("platform")?, &platform)?;
    let identity = TEMPLATES.get_dir("platform-agent").ok_or_else(|| {
        DemoError::Fixture("the platform has no template of its concierge".to_owned())
    })?;
    unpack(identity, &platform.join("identity"))?;
    Ok(platform)
}
