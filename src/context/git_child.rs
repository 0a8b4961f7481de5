use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};

use super::Cancel;

/// How a start of the `git` program failed.
#[derive(Debug, thiserror::Error)]
pub enum GitFailure {
    #[error("git cannot be started: {0}")]
    NotStarted(io::Error),
    #[error("stopped before the end")]
    Cancelled,
    #[error("git gave no answer within {} s", .0.as_secs())]
    TimedOut(Duration),
    #[error("git wrote more than {MAX_OUTPUT} bytes")]
    TooMuch,
    /// It ran, and ended with an error.
    #[error("{stderr}")]
    Failed { stderr: String },
}

/// How much of its standard output is taken: 64 MiB.
const MAX_OUTPUT: u64 = 64 << 20;
/// How much of its messages is kept, the last of them: 16 KiB.
const MAX_MESSAGES: usize = 16 << 10;
/// How long a child may take to clean up after being told to end.
const GRACE: Duration = Duration::from_secs(2);
/// How long output may keep coming after the child has gone: a connection that ssh shares with
/// later calls stays behind, and keeps the pipe open.
const LINGER: Duration = Duration::from_secs(1);

/// Starts the command in a process group of its own and waits for its end. The group is ended with
/// it when cancelled or out of time.
pub(super) fn watch(
    command: &mut Command,
    timeout: Duration,
    cancel: &Cancel,
) -> Result<Vec<u8>, GitFailure> {
    if cancel.is_cancelled() {
        return Err(GitFailure::Cancelled);
    }
    let mut child = command
        .process_group(0)
        .spawn()
        .map_err(GitFailure::NotStarted)?;
    let stdout = child.stdout.take().map(|pipe| drain(pipe, Keep::First));
    let stderr = child.stderr.take().map(|pipe| drain(pipe, Keep::Last));
    let started = Instant::now();
    let mut pause = Duration::from_millis(1);
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) => {}
            Err(error) => {
                end(&mut child);
                return Err(GitFailure::NotStarted(error));
            }
        }
        if cancel.is_cancelled() {
            end(&mut child);
            return Err(GitFailure::Cancelled);
        }
        if started.elapsed() >= timeout {
            end(&mut child);
            return Err(GitFailure::TimedOut(timeout));
        }
        std::thread::park_timeout(pause);
        pause = (pause * 2).min(Duration::from_millis(16));
    };
    let collect = |pipe: Option<mpsc::Receiver<Drained>>| {
        pipe.and_then(|pipe| pipe.recv_timeout(LINGER).ok())
            .unwrap_or_default()
    };
    let (stdout, stderr) = (collect(stdout), collect(stderr));
    if !status.success() {
        let mut said = String::from_utf8_lossy(&stderr.bytes).trim().to_owned();
        if said.is_empty() {
            said = format!("git ended with {status} and said nothing");
        }
        return Err(GitFailure::Failed { stderr: said });
    }
    if stdout.cut {
        return Err(GitFailure::TooMuch);
    }
    Ok(stdout.bytes)
}

/// Ends a child and all that it started: politely, so that it removes its temporary files, and
/// then for good.
fn end(child: &mut Child) {
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let signal = |signal| {
        if let Some(group) = group {
            // It may have gone meanwhile, which is as good.
            let _ = rustix::process::kill_process_group(group, signal);
        }
    };
    signal(Signal::TERM);
    let asked = Instant::now();
    while asked.elapsed() < GRACE {
        if !matches!(child.try_wait(), Ok(None)) {
            break;
        }
        std::thread::park_timeout(Duration::from_millis(2));
    }
    // Others in the group may still be there when the child itself is not.
    signal(Signal::KILL);
    let _ = child.wait();
}

#[derive(Debug, Default)]
struct Drained {
    bytes: Vec<u8>,
    cut: bool,
}

#[derive(Clone, Copy)]
enum Keep {
    First,
    Last,
}

/// Reads a pipe to its end on a thread of its own, so that the child never waits for us.
fn drain(mut pipe: impl Read + Send + 'static, keep: Keep) -> mpsc::Receiver<Drained> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut drained = Drained::default();
        let mut buffer = [0; 8192];
        loop {
            let read = match pipe.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => break,
            };
            match keep {
                Keep::First if (drained.bytes.len() + read) as u64 > MAX_OUTPUT => {
                    drained.cut = true;
                }
                Keep::First => drained.bytes.extend_from_slice(&buffer[..read]),
                Keep::Last => {
                    drained.bytes.extend_from_slice(&buffer[..read]);
                    let excess = drained.bytes.len().saturating_sub(MAX_MESSAGES);
                    drained.bytes.drain(..excess);
                }
            }
        }
        // Nobody waits any more when the call was cancelled.
        let _ = sender.send(drained);
    });
    receiver
}

#[cfg(test)]
mod tests {
    use std::process::Stdio;

    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command
            .args(["-c", script])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    const LONG: Duration = Duration::from_secs(600);

    #[test]
    fn output_comes_back_and_messages_come_with_a_failure() {
        let output = watch(&mut shell("echo out"), LONG, &Cancel::new()).expect("it works");
        assert_eq!(output, b"out\n");
        let failure =
            watch(&mut shell("echo no >&2; exit 3"), LONG, &Cancel::new()).expect_err("it fails");
        assert_eq!(failure.to_string(), "no");
    }

    #[test]
    fn only_the_end_of_long_messages_is_kept() {
        let script = "i=0; while [ $i -lt 3000 ]; do echo 0123456789; i=$((i+1)); done >&2; echo last >&2; exit 1";
        let Err(GitFailure::Failed { stderr }) = watch(&mut shell(script), LONG, &Cancel::new())
        else {
            panic!("it fails");
        };
        assert!(stderr.len() <= MAX_MESSAGES && stderr.ends_with("last"));
    }

    #[test]
    fn a_child_that_is_out_of_time_is_ended_with_its_own_children() {
        let failure = watch(
            &mut shell("sleep 600 & wait"),
            Duration::from_millis(1),
            &Cancel::new(),
        )
        .expect_err("it is out of time");
        assert!(matches!(failure, GitFailure::TimedOut(_)), "{failure}");
    }

    #[test]
    fn a_cancelled_call_ends_its_child() {
        let cancel = Cancel::new();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| watch(&mut shell("sleep 600"), LONG, &cancel));
            cancel.cancel();
            let failure = waiting
                .join()
                .expect("the thread ends")
                .expect_err("it was cancelled");
            assert!(matches!(failure, GitFailure::Cancelled), "{failure}");
        });
    }

    #[test]
    fn a_program_that_is_not_there_is_a_failure_to_start() {
        let mut command = Command::new("/nonexistent/git");
        assert!(matches!(
            watch(&mut command, LONG, &Cancel::new()),
            Err(GitFailure::NotStarted(_))
        ));
    }
}
