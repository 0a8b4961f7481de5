//! The only doors to the outside: trees, sources, clock, environment, cancellation, programs, HTTP,
//! databases, Docker.

mod allowance;
mod cancel;
mod changed;
mod checkout;
mod clock;
mod codes;
mod context;
mod copy;
mod database;
mod dialogue;
mod digesting;
mod docker;
mod environment;
mod git;
mod git_child;
mod git_environment;
mod http;
mod http_error;
mod http_message;
mod http_stream;
mod memo;
mod parallel;
mod planted_answer;
mod planted_delivery;
mod planted_fault;
mod planted_image;
mod process;
mod program;
mod runtime;
mod secrets;
mod shared;
mod sources;
mod strict_json;
mod tls;
mod token;

pub use allowance::Allowance;
pub use cancel::Cancel;
pub use changed::ChangedPaths;
pub use checkout::{Base, Checkout};
pub use clock::Clock;
pub(crate) use codes::CANCELLED;
pub use codes::CODES;
pub(crate) use codes::SOURCE_UNKNOWN;
pub use context::{Context, ContextParts};
pub use copy::copy_folder;
pub use database::{
    DatabaseError, connect_database, database_config, database_place, ends_session,
};
pub use dialogue::{Dialogue, DialogueError, DialogueLimits, Lines, Talker};
pub use digesting::Digesting;
pub use docker::{DockerError, connect_docker, docker_host};
pub use environment::Environment;
pub use git::{GitCall, GitProgram};
pub use git_child::GitFailure;
pub use http::{Http, HttpLimits};
pub use http_error::HttpError;
pub use http_message::{HttpAnswer, HttpRequest};
pub use http_stream::Streamed;
pub use memo::Memo;
pub use planted_answer::PlantedAnswer;
pub use planted_fault::PlantedFault;
pub use planted_image::PlantedImage;
pub use process::{Ask, Process, Spawn, how_ended};
pub use program::{find_program, output_of, version_of};
pub use runtime::Runtime;
pub use secrets::Secrets;
pub use shared::{End, Shared};
pub use sources::{NoSources, SourceTree, Sources};
pub use strict_json::strict_json;
pub use token::Token;

#[cfg(test)]
mod http_tests;
