//! The rules of the kind `workflows`.

mod directives;
mod incidents;
mod jobs;
mod proofs;
mod scripts;
mod support;
mod triggers;
