use std::ffi::OsStr;
use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::git_child::{GitFailure, watch};
use super::git_environment::{self, Variable};
use super::{Cancel, Environment, Token};

/// The one door to the `git` program, which is used for the network and for nothing else.
#[derive(Debug, Clone)]
pub struct GitProgram {
    base: Vec<Variable>,
}

/// One start of the program.
#[derive(Debug)]
pub struct GitCall<'a> {
    /// The bare repository to work in.
    pub git_dir: Option<&'a Path>,
    pub args: &'a [&'a OsStr],
    /// A token, and the one URL that it is sent to.
    pub token: Option<(&'a Token, &'a str)>,
    /// A locked file. The child inherits it, so that the lock outlives this process if the child does.
    pub hold: Option<&'a File>,
    pub timeout: Duration,
    pub cancel: &'a Cancel,
}

impl GitProgram {
    /// `secrets` are the names of variables that children do not get to see.
    pub fn new<'a>(environment: &Environment, secrets: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            base: git_environment::base(environment, &secrets.into_iter().collect::<Vec<_>>()),
        }
    }

    /// Runs the program to its end and returns its standard output. When cancelled or out of time,
    /// it is ended together with all that it started.
    ///
    /// # Errors
    /// How it failed. No message ever contains the token.
    pub fn run(&self, call: &GitCall<'_>) -> Result<Vec<u8>, GitFailure> {
        let mut command = Command::new("git");
        command
            .args(call.args)
            .env_clear()
            .envs(self.base.iter().map(|(key, value)| (key, value)))
            .envs(git_environment::config(call.token))
            // A fixed place: the folder that the user stands in may vanish, or be a repository.
            .current_dir(call.git_dir.unwrap_or(Path::new("/")))
            .stdin(match call.hold {
                Some(file) => Stdio::from(file.try_clone().map_err(GitFailure::NotStarted)?),
                None => Stdio::null(),
            })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some(dir) = call.git_dir {
            command.env("GIT_DIR", dir);
        }
        let result = watch(&mut command, call.timeout, call.cancel);
        match (result, call.token) {
            (Err(GitFailure::Failed { stderr }), Some((token, _))) => Err(GitFailure::Failed {
                stderr: token.scrub(&stderr),
            }),
            (result, _) => result,
        }
    }
}
