//! Works out, without building, which files an image would hold and where each comes from.
//!
//! The semantics are BuildKit's. Facts were read in its sources (`frontend/dockerfile` and the copy
//! code of `fsutil`, at commit 73ed6825c) and in the Dockerfile reference.

mod archive;
mod args;
mod build_context;
mod builder;
mod chmod;
mod codes;
mod commands;
mod copies;
mod copy_context;
mod copy_stage;
mod error;
mod evaluate;
mod expand;
mod heredoc;
mod ignore;
mod image;
mod image_path;
mod parse;
mod pattern;
mod plan;
mod problem;
mod request;
mod resolve;
mod run;
mod scope;
mod shell;
mod shell_pattern;
mod shell_word;
mod source;
mod stage_fs;
mod stage_steps;
mod text;
mod words;

pub use args::{ArgDeclaration, ArgUse};
pub use codes::DOCKERFILE_CODES;
pub use copies::{CopySpan, copy_spans};
pub use error::{DockerfileError, ErrorKind};
pub use evaluate::{arguments, evaluate};
pub use image::{
    Base, Ignored, Image, ImageFile, Note, OpaqueKind, OpaqueStep, Origin, Overwritten, Place,
    StageFacts,
};
pub use problem::{Problem, ProblemKind};
pub use request::{Platform, PlatformError, Request};
