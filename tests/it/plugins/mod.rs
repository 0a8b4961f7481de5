//! Gates on the plugins of a workspace: declared in a template or an organisation, pinned by a manifest, installed in
//! a folder, wired in the file of a runtime.

mod declared;
mod handshake;
mod installed;
mod matrix;
mod prove;
mod support;
mod wiring;
