//! Gate files and `driftgate.yaml`: loading, spans, errors that point at their place.

mod gate_file;
mod gates;
mod header;
mod root;
mod settings;
mod spec_error;
mod yaml;

pub use gate_file::GateFile;
pub use gates::{LoadedGates, load_gates};
pub(crate) use header::gate_spec;
pub use header::{HeaderSpec, WaiverSpec, check_header};
pub use root::{CONFIG_NAME, find_root};
pub use settings::{Forge, ForgeName, LaneSettings, Provider, Settings, load_settings};
pub use spec_error::SpecError;
pub use yaml::{parse, parse_duration};
