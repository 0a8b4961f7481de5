//! Gate files and `driftgate.yaml`: loading, spans, errors that point at their place.

mod files;
mod forge_version;
mod gate_file;
mod header;
mod root;
mod settings;
mod spec_error;
mod yaml;

pub use files::{read_file, read_gate_files};
pub use forge_version::ForgeVersion;
pub use gate_file::GateFile;
pub(crate) use header::gate_spec;
pub use header::{HeaderSpec, WaiverSpec, check_header};
pub use root::{CONFIG_NAME, find_root};
pub use settings::{Forge, ForgeName, LaneSettings, Provider, Settings, load_settings};
pub use spec_error::SpecError;
pub(crate) use spec_error::nearest;
pub use yaml::{YamlFault, parse, parse_duration};
