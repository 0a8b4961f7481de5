//! Copies of a set of constants that must agree, in whatever language each is written.

mod check;
mod codes;
mod compare;
mod expectation;
mod extract;
mod live_plants;
mod live_side;
mod load;
mod memo;
mod plants;
mod protections;
mod relation;
mod selector;
mod side;
mod side_path;
mod source_spec;
mod spec;
mod transform;

pub use check::Constants;
pub use relation::Relation;
pub use source_spec::SourceSpec;
pub use spec::{ConstantsSpec, OneOrMany, SideSpec};
