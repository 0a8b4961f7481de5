use std::io;
use std::path::PathBuf;

/// Why the demonstration did not come to its end, or not to the end that it should.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    #[error("failed to write {path}: {error}")]
    Write {
        path: PathBuf,
        #[source]
        error: io::Error,
    },
    #[error("failed to write the story: {0}")]
    Story(#[from] io::Error),
    #[error("failed to run `{command}`: {error}")]
    Start {
        command: String,
        #[source]
        error: io::Error,
    },
    #[error("`{command}` failed: {said}")]
    Git { command: String, said: String },
    #[error("{0} is not empty; the organisation needs a folder of its own")]
    NotEmpty(PathBuf),
    #[error("interrupted")]
    Interrupted,
    /// A part of the sample organisation is not what the code that reads it expects.
    #[error("the sample organisation is broken: {0}")]
    Fixture(String),
    /// A command did something else than it should.
    #[error("`{command}` did not behave: {problem}")]
    Misbehaved { command: String, problem: String },
}
