//! The only doors to the outside: trees, sources, clock, environment, cancellation.

mod cancel;
mod clock;
mod codes;
mod context;
mod environment;
mod git;
mod git_child;
mod git_environment;
mod parallel;
mod program;
mod sources;
mod token;

pub use cancel::Cancel;
pub use clock::Clock;
pub(crate) use codes::CANCELLED;
pub use codes::CODES;
pub(crate) use codes::SOURCE_UNKNOWN;
pub use context::{Context, ContextParts};
pub use environment::Environment;
pub use git::{GitCall, GitProgram};
pub use git_child::GitFailure;
pub use program::{find_program, version_of};
pub use sources::{NoSources, SourceTree, Sources};
pub use token::Token;
