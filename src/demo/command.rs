use std::ffi::OsStr;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crossbeam_channel::{Receiver, bounded, select};
use rustix::process::{Pid, Signal, kill_process};

use super::DemoError;
use crate::backend::state_folder;
use crate::context::Environment;

/// What a command came to.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) command: String,
    /// `None` where a signal ended it.
    pub(super) code: Option<i32>,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

/// Runs driftgate itself, as a person would, and without the person's own settings. What it makes
/// once and could use again is below `base`, and goes with that.
///
/// What comes on `interrupts` is passed on to the command, so that it too can clean up.
pub(super) fn driftgate(
    program: &Path,
    root: &Path,
    args: &[&str],
    colour: bool,
    base: &Path,
    environment: &Environment,
    interrupts: &Receiver<()>,
) -> Result<Ended, DemoError> {
    let shown = format!("driftgate {}", args.join(" "));
    let start = |error| DemoError::Start {
        command: shown.clone(),
        error,
    };
    let mut command = Command::new(program);
    let mut child = command
        .args(args)
        .arg(if colour {
            "--color=always"
        } else {
            "--color=never"
        })
        .env_clear()
        .envs(environment.all().filter(|(name, _)| !is_own(name)))
        .env("XDG_CACHE_HOME", base.join("cache"))
        .envs(state_of(base, environment))
        .env("DRIFTGATE_LOGS", base.join("logs"))
        .current_dir(root)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(start)?;
    let stdout = read_all(child.stdout.take());
    let stderr = read_all(child.stderr.take());
    let mut interrupted = false;
    let mut read = Vec::new();
    for stream in [&stdout, &stderr] {
        loop {
            if interrupted {
                read.push(stream.recv().unwrap_or_default());
                break;
            }
            select! {
                recv(stream) -> text => {
                    read.push(text.unwrap_or_default());
                    break;
                }
                recv(interrupts) -> _ => {
                    interrupted = true;
                    interrupt(&child);
                }
            }
        }
    }
    // Only here is the child reaped: until now its number could not be another's.
    let status = child.wait().map_err(start)?;
    if interrupted {
        return Err(DemoError::Interrupted);
    }
    let stderr = read.pop().unwrap_or_default();
    let stdout = read.pop().unwrap_or_default();
    Ok(Ended {
        command: shown,
        code: status.code(),
        stdout,
        stderr,
    })
}

/// What runs is recorded where the person's other runs are, so that any of them cleans up after a
/// demonstration that was killed; below `base` where the person has no such folder.
fn state_of(base: &Path, environment: &Environment) -> Option<(&'static str, PathBuf)> {
    let variable = "DRIFTGATE_STATE";
    match environment.get(variable) {
        // The command runs in another folder than this one.
        Some(state) => std::path::absolute(state)
            .ok()
            .map(|state| (variable, state)),
        None if state_folder(environment).is_none() => Some((variable, base.join("state"))),
        None => None,
    }
}

/// Settings meant for another command line would change the story.
fn is_own(name: &OsStr) -> bool {
    name.to_string_lossy().starts_with("DRIFTGATE_")
}

fn interrupt(child: &Child) {
    let id = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    if let Some(id) = id {
        // If it is gone already, there is nothing to interrupt.
        let _ = kill_process(id, Signal::INT);
    }
}

/// Reads a stream to its end on a thread of its own, so that neither of two can fill up.
fn read_all(stream: Option<impl Read + Send + 'static>) -> Receiver<String> {
    let (sender, receiver) = bounded(1);
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut stream) = stream {
            // What was read before an error is all there is to show.
            let _ = stream.read_to_end(&mut bytes);
        }
        let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    receiver
}
