//! The rules of the kind `workflows`.

mod actions;
mod directives;
mod held;
mod incidents;
mod jobs;
mod proofs;
mod protected;
mod scripts;
mod support;
mod triggers;
