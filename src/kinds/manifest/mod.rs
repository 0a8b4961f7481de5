//! The kind `manifest`: what the sources' manifest promises to everybody who clones from it.

mod at_commit;
mod check;
mod codes;
mod consumers;
mod entries;
mod kind;
mod load;
mod protections;
mod rules;
pub mod spec;
mod text_plants;

pub use consumers::Dialect;
pub use kind::ManifestKind;
