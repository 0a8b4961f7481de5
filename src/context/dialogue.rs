use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, SyncSender};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::{Cancel, Process};

/// A program that is talked to line by line over its standard input and output.
#[derive(Debug)]
pub struct Talker {
    pub program: PathBuf,
    pub args: Vec<OsString>,
    /// All of its environment; nothing is inherited.
    pub environment: Vec<(OsString, OsString)>,
    /// The working directory.
    pub folder: PathBuf,
}

/// What a dialogue may take at the most.
#[derive(Debug, Clone, Copy)]
pub struct DialogueLimits {
    /// From the start of the program to its last line.
    pub time: Duration,
    /// Bytes of one line.
    pub line: usize,
    /// Bytes of all lines.
    pub output: usize,
}

/// Why no further line was heard.
#[derive(Debug, thiserror::Error)]
pub enum DialogueError {
    #[error("it cannot be started: {0}")]
    NotStarted(io::Error),
    #[error("its output ended")]
    Ended,
    #[error("no answer within {} s", .0.as_secs_f64())]
    Late(Duration),
    #[error("a line is longer than {0} bytes")]
    LongLine(usize),
    #[error("it wrote more than {0} bytes")]
    TooMuch(usize),
    #[error("its output cannot be read: {0}")]
    Broken(io::Error),
    #[error("stopped before the end")]
    Cancelled,
}

/// A dialogue in progress. Dropped, the program is ended with all that it started.
#[derive(Debug)]
pub struct Dialogue {
    process: Process,
    lines: Receiver<Result<Vec<u8>, DialogueError>>,
    /// Nothing is ever written by whoever waits for an answer: a pipe that nobody empties would hold them.
    input: Sender<Vec<u8>>,
    messages: Arc<Mutex<Vec<u8>>>,
    limits: DialogueLimits,
    begun: Instant,
    cancel: Cancel,
}

/// How long one wait takes between two looks at the cancellation.
const PAUSE: Duration = Duration::from_millis(20);
/// How long a program may take to end once it is asked to.
const GRACE: Duration = Duration::from_millis(500);
/// How much of what it says on its standard error is kept, the last of it.
const MAX_MESSAGES: usize = 2 << 10;

impl Talker {
    /// Starts the program in a process group of its own.
    ///
    /// # Errors
    /// When the system does not start it.
    pub fn start(self, limits: DialogueLimits, cancel: &Cancel) -> Result<Dialogue, DialogueError> {
        let begun = Instant::now();
        let mut child = Command::new(&self.program)
            .args(&self.args)
            .env_clear()
            .envs(self.environment)
            .current_dir(&self.folder)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(DialogueError::NotStarted)?;
        let (sender, lines) = mpsc::sync_channel(16);
        if let Some(stdout) = child.stdout.take() {
            std::thread::spawn(move || listen(stdout, limits, &sender));
        }
        let (input, said) = mpsc::channel::<Vec<u8>>();
        if let Some(mut stdin) = child.stdin.take() {
            std::thread::spawn(move || {
                for line in said {
                    if stdin.write_all(&line).and_then(|()| stdin.flush()).is_err() {
                        return;
                    }
                }
            });
        }
        let messages = Arc::new(Mutex::new(Vec::new()));
        if let Some(stderr) = child.stderr.take() {
            let messages = Arc::clone(&messages);
            std::thread::spawn(move || keep_last(stderr, &messages));
        }
        Ok(Dialogue {
            process: Process::of(child),
            lines,
            input,
            messages,
            limits,
            begun,
            cancel: cancel.clone(),
        })
    }
}

impl Dialogue {
    /// Says a line. That it cannot be said to a program that has ended is heard, not told.
    pub fn say(&self, line: &str) {
        let _ = self.input.send(format!("{line}\n").into_bytes());
    }

    /// The next line, without its end.
    ///
    /// # Errors
    /// When there is none, or a limit is reached.
    pub fn hear(&self) -> Result<Vec<u8>, DialogueError> {
        loop {
            if self.cancel.is_cancelled() {
                return Err(DialogueError::Cancelled);
            }
            let left = self.limits.time.saturating_sub(self.begun.elapsed());
            if left.is_zero() {
                return Err(DialogueError::Late(self.limits.time));
            }
            match self.lines.recv_timeout(left.min(PAUSE)) {
                Ok(line) => return line,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Err(DialogueError::Ended),
            }
        }
    }

    /// The end of what the program said on its standard error.
    pub fn messages(&self) -> String {
        String::from_utf8_lossy(&self.messages.lock())
            .trim()
            .to_owned()
    }

    /// Ends the program: it is asked to, and then ended for good with all of its group.
    pub fn close(mut self) {
        // Without a sender the other thread lets go of its standard input.
        self.input = mpsc::channel().0;
        self.process.wait(GRACE);
        self.process.stop(GRACE);
    }
}

/// Hands on line after line, and at last why there are no more.
fn listen(
    output: impl Read,
    limits: DialogueLimits,
    sender: &SyncSender<Result<Vec<u8>, DialogueError>>,
) {
    let mut lines = Lines::new(BufReader::new(output), limits);
    loop {
        let heard = lines.next_line();
        let is_last = !matches!(heard, Ok(Some(_)));
        let Some(heard) = heard.transpose() else {
            return;
        };
        if sender.send(heard).is_err() || is_last {
            return;
        }
    }
}

/// The lines of an output, as far as its limits go.
#[derive(Debug)]
pub struct Lines<R> {
    reader: R,
    limits: DialogueLimits,
    /// How many bytes may still come.
    left: usize,
}

impl<R: BufRead> Lines<R> {
    pub fn new(reader: R, limits: DialogueLimits) -> Self {
        Self {
            reader,
            limits,
            left: limits.output,
        }
    }

    /// The next line without its end; `None` where the output ends.
    ///
    /// # Errors
    /// When a limit is reached, or the output cannot be read. Nothing may be read after that.
    pub fn next_line(&mut self) -> Result<Option<Vec<u8>>, DialogueError> {
        let mut line = Vec::new();
        loop {
            let buffer = match self.reader.fill_buf() {
                Ok(buffer) => buffer,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(DialogueError::Broken(error)),
            };
            if buffer.is_empty() {
                return Ok((!line.is_empty()).then_some(line));
            }
            let end = buffer.iter().position(|byte| *byte == b'\n');
            let taken = end.map_or(buffer.len(), |end| end + 1);
            let more = end.unwrap_or(taken);
            // Whichever limit is reached first is told, in whatever pieces the output comes.
            let room = self.limits.line.saturating_sub(line.len());
            if more > room && room < self.left {
                return Err(DialogueError::LongLine(self.limits.line));
            }
            if taken > self.left {
                return Err(DialogueError::TooMuch(self.limits.output));
            }
            line.extend_from_slice(&buffer[..more]);
            self.reader.consume(taken);
            self.left -= taken;
            if end.is_some() {
                return Ok(Some(line));
            }
        }
    }
}

fn keep_last(mut output: impl Read, messages: &Mutex<Vec<u8>>) {
    let mut buffer = [0; 4096];
    while let Ok(read) = output.read(&mut buffer) {
        if read == 0 {
            return;
        }
        let mut kept = messages.lock();
        kept.extend_from_slice(&buffer[..read]);
        let excess = kept.len().saturating_sub(MAX_MESSAGES);
        kept.drain(..excess);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: DialogueLimits = DialogueLimits {
        time: Duration::from_secs(600),
        line: 1000,
        output: 10_000,
    };

    fn shell(script: &str, limits: DialogueLimits) -> Dialogue {
        let talker = Talker {
            program: "/bin/sh".into(),
            args: vec!["-c".into(), script.into()],
            environment: vec![("PATH".into(), "/usr/bin:/bin".into())],
            folder: "/".into(),
        };
        talker.start(limits, &Cancel::new()).expect("a shell")
    }

    fn heard(dialogue: &Dialogue) -> String {
        let line = dialogue.hear().expect("a line");
        String::from_utf8(line).expect("UTF-8")
    }

    #[test]
    fn lines_go_back_and_forth_until_the_program_ends() {
        let dialogue = shell("read a; echo \"heard $a\"; read b; printf end", LIMITS);
        dialogue.say("one");
        assert_eq!(heard(&dialogue), "heard one");
        dialogue.say("two");
        assert_eq!(heard(&dialogue), "end");
        assert!(matches!(dialogue.hear(), Err(DialogueError::Ended)));
    }

    #[test]
    fn what_a_program_says_of_its_failure_is_kept() {
        let dialogue = shell("echo no key >&2; exec 2>&-; exit 1", LIMITS);
        assert!(matches!(dialogue.hear(), Err(DialogueError::Ended)));
        while dialogue.messages().is_empty() {
            std::thread::park_timeout(PAUSE);
        }
        assert_eq!(dialogue.messages(), "no key");
    }

    #[test]
    fn endless_lines_and_endless_noise_are_given_up() {
        let dialogue = shell("exec tr '\\0' x </dev/zero", LIMITS);
        assert!(matches!(
            dialogue.hear(),
            Err(DialogueError::LongLine(1000))
        ));
        let dialogue = shell("exec yes", LIMITS);
        let error = loop {
            if let Err(error) = dialogue.hear() {
                break error;
            }
        };
        assert!(matches!(error, DialogueError::TooMuch(10_000)));
    }

    #[test]
    fn which_limit_is_told_does_not_hang_on_how_the_output_comes() {
        let told = |output: &str, piece: usize| {
            let reader = BufReader::with_capacity(piece, output.as_bytes());
            let mut lines = Lines::new(reader, LIMITS);
            loop {
                match lines.next_line() {
                    Ok(Some(_)) => {}
                    Ok(None) => return "nothing".to_owned(),
                    Err(error) => return error.to_string(),
                }
            }
        };
        let short = format!("{}\n", "x".repeat(99)).repeat(95);
        for (output, expected) in [
            ("x".repeat(20_000), "a line is longer than 1000 bytes"),
            (
                format!("{short}{}", "x".repeat(1001)),
                "it wrote more than 10000 bytes",
            ),
            (format!("{short}{}", "x".repeat(500)), "nothing"),
            (
                format!("{short}{}\n", "x".repeat(500)),
                "it wrote more than 10000 bytes",
            ),
        ] {
            for piece in [1, 7, 4096, 100_000] {
                assert_eq!(told(&output, piece), expected, "in pieces of {piece}");
            }
        }
    }

    #[test]
    fn a_silent_program_is_not_waited_for_for_ever_and_ends_with_all_it_started() {
        let limits = DialogueLimits {
            time: Duration::from_millis(1),
            ..LIMITS
        };
        let dialogue = shell("sleep 600 & exec sleep 600", limits);
        let error = dialogue.hear().expect_err("silence");
        assert!(matches!(error, DialogueError::Late(_)), "{error}");
        let group = dialogue.process.id();
        dialogue.close();
        let is_there = || {
            std::fs::read_dir("/proc")
                .expect("processes")
                .flatten()
                .any(|entry| {
                    let stat =
                        std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
                    let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
                    let mut fields = rest.split_whitespace();
                    let state = fields.next();
                    fields.nth(1) == Some(group.to_string().as_str())
                        && !matches!(state, Some("Z" | "X"))
                })
        };
        while is_there() {
            std::thread::park_timeout(PAUSE);
        }
    }

    #[test]
    fn a_program_that_reads_nothing_holds_nobody_up() {
        let dialogue = shell("exec yes", LIMITS);
        for _ in 0..100 {
            dialogue.say(&"x".repeat(10_000));
        }
        assert_eq!(heard(&dialogue), "y");
    }
}
