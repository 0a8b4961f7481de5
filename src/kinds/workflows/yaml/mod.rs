//! A YAML file with the place of every value, read once and strictly: what one reader would take
//! differently from another is kept as a fault.

mod build;
mod decode;
mod fault;
mod node;
mod read;
mod span;
mod text;

pub use fault::{Fault, FaultKind};
pub use node::{Entry, Node, Shape};
pub use read::{Document, YamlComment, read_document};
pub use span::Span;
pub use text::{Style, Text};

#[cfg(test)]
mod tests;
