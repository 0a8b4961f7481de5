//! The layers of a container image: a reader of tar streams, and the files that the layers leave when
//! they are laid over each other.

mod add;
mod doubts;
mod extensions;
mod files;
mod image_tree;
mod layer;
mod limits;
mod node;
mod problem;
mod removed;
mod resolve;
mod sparse;
mod tar_header;
mod tar_stream;
#[cfg(test)]
mod tests;

pub use doubts::{Doubt, Doubtful};
pub use files::{Content, ImageFiles};
pub use image_tree::ImageTree;
pub use layer::{LayerReader, LayerSummary, Look, Stopper};
pub use limits::{ImageLimits, Taken};
pub use node::{Owned, Standing};
pub use problem::{Gravity, TarError, TarProblem};
pub use resolve::Resolved;
pub use tar_header::is_header;
pub use tar_stream::{Member, MemberKind, TarStream, Visitor};
