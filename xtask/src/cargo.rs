use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(1)
        .map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// The cargo that runs this chore, in the root.
pub(crate) fn cargo(args: &[&str]) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.args(args).current_dir(root());
    command
}

/// The binary as `cargo build` has just left it, in the root.
pub(crate) fn driftgate(args: &[&str]) -> Result<Command> {
    if !shown(cargo(&[
        "build",
        "--quiet",
        "--locked",
        "--bin",
        "driftgate",
    ]))? {
        bail!("driftgate does not compile");
    }
    let mut command = Command::new(target_dir()?.join("debug/driftgate"));
    command.args(args).current_dir(root()).stdin(Stdio::null());
    Ok(command)
}

/// Where cargo puts what it builds, whatever the environment or a configuration says.
pub(crate) fn target_dir() -> Result<PathBuf> {
    let output = cargo(&["metadata", "--format-version=1", "--no-deps", "--offline"])
        .stderr(Stdio::inherit())
        .output()
        .context("failed to start cargo")?;
    let metadata: serde_json::Value =
        serde_json::from_slice(&output.stdout).context("cargo metadata is not JSON")?;
    metadata["target_directory"]
        .as_str()
        .map(PathBuf::from)
        .context("cargo metadata names no target directory")
}

/// Whether this cargo subcommand is installed.
pub(crate) fn has(subcommand: &str) -> bool {
    cargo(&[subcommand, "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Runs a command with its output shown; whether it succeeded.
pub(crate) fn shown(mut command: Command) -> Result<bool> {
    let status = command
        .status()
        .with_context(|| format!("failed to start {}", command.get_program().display()))?;
    Ok(status.success())
}
