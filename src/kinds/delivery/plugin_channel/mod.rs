//! The channel `plugin`: the plugins that a source declares, compared with what a workspace has of them.

mod address;
mod catalogue;
mod codes;
mod declared;
mod descriptor;
mod document;
mod entry;
mod handshake;
mod inspect;
mod installed;
mod kept;
mod known;
mod launch;
mod load;
mod mentions;
mod not_judged;
mod older;
mod pins;
mod plan;
mod runtime_file;
mod sheet;
mod spec;
mod tools;
mod wiring;
mod workspace;

pub use address::{AddressError, Forge, PluginAddress, PluginPlace};
pub(crate) use catalogue::Catalogue;
pub(crate) use codes::PLUGIN_CODES;
pub(crate) use codes::{
    COMMAND_UNPINNED, DECLARATION, DESCRIPTOR, ENTRY_LOST, HALF_DELIVERED, HANDSHAKE_FAILED,
    NOT_DECLARED, NOT_INSTALLED, NOT_WIRED, OPT_OUT_UNUSED, OTHER_REF, SHADOWED, TOOL_UNSERVED,
    UNEXPLAINED, UNKNOWN_PLUGIN, UNPINNED_PLUGIN, WIRED_ELSEWHERE, WIRED_TWICE, WIRING_DIFFERS,
    WIRING_MALFORMED,
};
pub(crate) use declared::DeclaredPlugin;
pub(crate) use descriptor::{PLACES, Server};
pub(crate) use document::{Entry, Node, Shape, read_json, read_yaml, write_json, write_toml};
pub use handshake::{HandshakeError, Partner, served_tools};
pub(crate) use inspect::{Read, inspect, not_a_workspace};
pub(crate) use installed::PLUGIN_FILE;
pub(crate) use known::KnownPlugin;
pub(crate) use load::plugin;
pub(crate) use mentions::{Mention, mentioned};
pub(crate) use plan::{HandshakePlan, PluginPlan, WiringPlan};
pub(crate) use runtime_file::parse;
pub(crate) use spec::PluginSpec;
