use std::path::Path;
use std::process::{Command, Stdio};

use super::DemoError;
use crate::context::Environment;

/// Fixed, so that the commits are the same on every machine.
const NAME: &str = "Harbour";
const EMAIL: &str = "harbour@example.org";
const DATE: &str = "2026-01-02T03:04:05Z";

/// Makes an empty repository.
pub(super) fn init(dir: &Path, environment: &Environment) -> Result<(), DemoError> {
    git(
        dir,
        &["init", "--quiet", "--initial-branch=main", "--template="],
        environment,
    )?;
    Ok(())
}

/// Commits everything in the folder; the id of the commit in lowercase hex.
pub(super) fn commit(
    dir: &Path,
    message: &str,
    environment: &Environment,
) -> Result<String, DemoError> {
    git(dir, &["add", "--all", "--force"], environment)?;
    git(
        dir,
        &["commit", "--quiet", "--no-verify", "-m", message],
        environment,
    )?;
    Ok(git(dir, &["rev-parse", "HEAD"], environment)?
        .trim()
        .to_owned())
}

/// Runs git with none of the user's settings: of the environment it gets the search path alone.
fn git(dir: &Path, args: &[&str], environment: &Environment) -> Result<String, DemoError> {
    let shown = || format!("git {}", args.first().unwrap_or(&""));
    let mut command = Command::new("git");
    if let Some(path) = environment.get("PATH") {
        command.env_clear().env("PATH", path);
    } else {
        command.env_clear();
    }
    let output = command
        .args(["-c", "core.autocrlf=false", "-c", "gc.auto=0"])
        .args(args)
        .current_dir(dir)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_ATTR_NOSYSTEM", "1")
        .env("GIT_AUTHOR_NAME", NAME)
        .env("GIT_AUTHOR_EMAIL", EMAIL)
        .env("GIT_AUTHOR_DATE", DATE)
        .env("GIT_COMMITTER_NAME", NAME)
        .env("GIT_COMMITTER_EMAIL", EMAIL)
        .env("GIT_COMMITTER_DATE", DATE)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| DemoError::Start {
            command: shown(),
            error,
        })?;
    if !output.status.success() {
        return Err(DemoError::Git {
            command: shown(),
            said: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        });
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
