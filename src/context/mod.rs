//! The only doors to the outside: trees, sources, clock, environment, cancellation.

mod cancel;
mod clock;
mod codes;
mod context;
mod environment;
mod parallel;
mod sources;

pub use cancel::Cancel;
pub use clock::Clock;
pub(crate) use codes::CANCELLED;
pub use codes::CODES;
pub use context::{Context, ContextParts};
pub use environment::Environment;
pub use sources::{NoSources, SourceTree, Sources};
