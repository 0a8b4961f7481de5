use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};

/// A program to be started with exactly this environment, in a process group of its own.
#[derive(Debug)]
pub struct Spawn {
    pub program: PathBuf,
    pub args: Vec<OsString>,
    /// All of it; nothing is inherited.
    pub environment: Vec<(OsString, OsString)>,
    /// The working directory.
    pub folder: PathBuf,
    /// User and group ids to run as, for a caller that is root.
    pub user: Option<(u32, u32)>,
    /// Where its standard output and error go.
    pub log: File,
    /// Keeps a pipe open as its standard input, so that it can notice that its parent is gone.
    pub leash: bool,
    /// The signal that asks it to end.
    pub ask: Ask,
}

/// How a program is asked to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    Terminate,
    /// As PostgreSQL wants to be asked for a fast shutdown.
    Interrupt,
}

/// A program that was started. Dropped, it is ended for good, with all of its group.
#[derive(Debug)]
pub struct Process {
    child: Child,
    ask: Ask,
    ended: Option<ExitStatus>,
}

/// How long one pause takes between two looks at a process.
const PAUSE: Duration = Duration::from_millis(2);

impl Spawn {
    /// # Errors
    /// When the system does not start it.
    pub fn start(self) -> io::Result<Process> {
        let mut command = Command::new(&self.program);
        command
            .args(&self.args)
            .env_clear()
            .envs(self.environment)
            .current_dir(&self.folder)
            .process_group(0)
            .stdin(if self.leash {
                Stdio::piped()
            } else {
                Stdio::null()
            })
            .stdout(self.log.try_clone()?)
            .stderr(self.log);
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        Ok(Process {
            child: command.spawn()?,
            ask: self.ask,
            ended: None,
        })
    }
}

impl Process {
    /// One that was started in a process group of its own.
    pub(super) fn of(child: Child) -> Self {
        Self {
            child,
            ask: Ask::Terminate,
            ended: None,
        }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        if self.ended.is_none() {
            // An error would mean that it is not our child; it is.
            self.ended = self.child.try_wait().ok().flatten();
        }
        self.ended
    }

    /// Waits for its end, for so long at most.
    pub fn wait(&mut self, within: Duration) -> Option<ExitStatus> {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.ended() {
                return Some(status);
            }
            if begun.elapsed() >= within {
                return None;
            }
            std::thread::park_timeout(PAUSE);
        }
    }

    /// Asks it to end, waits, and ends it for good where it does not; the rest of its group too.
    pub fn stop(&mut self, grace: Duration) {
        drop(self.child.stdin.take());
        if self.ended().is_none() {
            self.signal(match self.ask {
                Ask::Terminate => Signal::TERM,
                Ask::Interrupt => Signal::INT,
            });
            self.wait(grace);
        }
        self.kill();
    }

    fn kill(&mut self) {
        // The group keeps the number from being given to another for as long as any of it lives;
        // once all of it is gone and the child was waited for, the number may be somebody else's.
        let unwaited = self.ended.is_none();
        if unwaited || self.has_group() {
            let group = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
            if let Some(group) = group {
                let _ = rustix::process::kill_process_group(group, Signal::KILL);
            }
        }
        if unwaited {
            self.ended = self.child.wait().ok();
        }
    }

    /// Whether a member of the group is left that was started by this child.
    fn has_group(&self) -> bool {
        let id = i64::from(self.child.id());
        let Ok(processes) = std::fs::read_dir("/proc") else {
            return false;
        };
        processes.flatten().any(|entry| {
            let Ok(stat) = std::fs::read_to_string(entry.path().join("stat")) else {
                return false;
            };
            // After the name in parentheses: state, parent, group.
            stat.rsplit_once(')')
                .and_then(|(_, rest)| rest.split_whitespace().nth(2))
                .and_then(|group| group.parse::<i64>().ok())
                == Some(id)
        })
    }

    fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        if let Some(id) = id {
            // Not waited for yet, hence the number is still its own.
            let _ = rustix::process::kill_process(id, signal);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// How a process ended, in words.
pub fn how_ended(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("ended with exit code {code}"),
        (None, Some(signal)) => format!("was ended by signal {signal}"),
        (None, None) => "ended".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, log: File, leash: bool) -> Process {
        Spawn {
            program: "/bin/sh".into(),
            args: vec!["-c".into(), script.into()],
            environment: vec![("PATH".into(), "/usr/bin:/bin".into())],
            folder: "/".into(),
            user: None,
            log,
            leash,
            ask: Ask::Terminate,
        }
        .start()
        .expect("a shell")
    }

    /// Until it has said something: before that, it may not heed a signal yet.
    fn until_ready(log: &std::path::Path) {
        while std::fs::read_to_string(log).expect("a log").is_empty() {
            std::thread::park_timeout(PAUSE);
        }
    }

    const LONG: Duration = Duration::from_secs(600);

    #[test]
    fn a_process_that_heeds_the_request_ends_by_itself() {
        let log = tempfile::NamedTempFile::new().expect("a file");
        let script = "trap 'echo bye; exit 3' TERM; echo ready; while :; do sleep 0.01; done";
        let mut process = shell(script, log.reopen().expect("a file"), false);
        until_ready(log.path());
        process.stop(LONG);
        assert_eq!(process.ended().and_then(|status| status.code()), Some(3));
        let said = std::fs::read_to_string(log.path()).expect("a log");
        assert_eq!(said, "ready\nbye\n");
    }

    #[test]
    fn one_that_does_not_is_ended_for_good() {
        let log = tempfile::NamedTempFile::new().expect("a file");
        let script = "trap '' TERM; echo ready; while :; do sleep 600; done";
        let mut process = shell(script, log.reopen().expect("a file"), false);
        until_ready(log.path());
        process.stop(Duration::from_millis(1));
        let status = process.ended().expect("it ended");
        assert_eq!(how_ended(status), "was ended by signal 9");
    }

    #[test]
    fn what_it_started_ends_with_it() {
        let log = tempfile::NamedTempFile::new().expect("a file");
        let mut process = shell(
            "sleep 600 & echo $!; exit 0",
            log.reopen().expect("a file"),
            false,
        );
        process.wait(LONG).expect("it ends");
        process.stop(LONG);
        let child = std::fs::read_to_string(log.path()).expect("a log");
        let child = PathBuf::from(format!("/proc/{}/stat", child.trim()));
        let gone = || {
            std::fs::read_to_string(&child)
                .map_or(true, |stat| stat.contains(") Z ") || stat.contains(") X "))
        };
        while !gone() {
            std::thread::park_timeout(PAUSE);
        }
    }

    #[test]
    fn a_leash_lets_a_child_notice_that_its_parent_let_go() {
        let log = tempfile::tempfile().expect("a file");
        let mut process = shell("cat >/dev/null; exit 4", log, true);
        drop(process.child.stdin.take());
        let status = process.wait(LONG).expect("it ends");
        assert_eq!(how_ended(status), "ended with exit code 4");
    }
}
