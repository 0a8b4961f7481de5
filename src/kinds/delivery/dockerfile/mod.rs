//! Works out, without building, which files an image would hold and where each comes from.
//!
//! The semantics are BuildKit's. Facts were read in its sources (`frontend/dockerfile` and the copy
//! code of `fsutil`, at commit 73ed6825c) and in the Dockerfile reference. Some sixty Dockerfiles
//! `FROM scratch` were also built with Docker 20.10 and their files compared with what comes out
//! here: with its BuildKit for sources, destinations, wildcards, symlinks, variables, modes, stages
//! and archives, with its older builder for ignore files. Seen there, and worth knowing:
//!
//! - a wildcard that matches nothing is no error, a missing file is one;
//! - of several files that go to a name without a slash at its end, the last one stays;
//! - an `ARG` with a value behind an `ENV` of its name wins, though the reference says otherwise;
//! - a symlink that is itself a source is followed, inside of the context, one in a folder is copied;
//! - the older builder finds nothing below an ignored folder for exceptions like `!**/x`; BuildKit
//!   does, and so does this code.
//!
//! Heredocs, `--parents` and `--exclude` are younger than that builder and rest on the sources alone.
//! What a base image holds is not known; a file of it at a path that matters goes unseen.

mod archive;
mod args;
mod build_context;
mod builder;
mod chmod;
mod codes;
mod commands;
mod copies;
mod copy_context;
mod copy_parents;
mod copy_source;
mod copy_stage;
mod error;
mod evaluate;
mod expand;
mod heredoc;
mod ignore;
mod image;
mod image_path;
mod mentions;
mod parse;
mod pattern;
mod plan;
mod problem;
mod request;
mod resolve;
mod run;
mod scope;
mod scripts;
mod shell;
mod shell_pattern;
mod shell_word;
mod source;
mod stage_fs;
mod stage_steps;
mod text;
mod unpack;
mod words;

pub use args::{ArgDeclaration, ArgUse};
pub use codes::{DOCKERFILE_BUILD_FAILS, DOCKERFILE_CODES};
pub use copies::{CopySpan, copy_spans};
pub use error::{DockerfileError, ErrorKind};
pub use evaluate::{arguments, evaluate};
pub use image::{
    Base, Ignored, Image, ImageFile, Note, OpaqueKind, OpaqueStep, Origin, Overwritten, Place,
    StageFacts, normal, shown,
};
pub use problem::{Problem, ProblemKind};
pub use request::{Platform, PlatformError, Request};
