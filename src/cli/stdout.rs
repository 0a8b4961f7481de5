use std::io::{self, Write};

use super::colour::When;
use super::{CliError, Global};

/// Writes to standard output; colours are stripped where they are not wanted. A reader that went
/// away is no error.
pub(super) fn to_stdout(
    global: &Global,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), CliError> {
    write_to_stdout(global.color, write)
}

fn write_to_stdout(
    when: When,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), CliError> {
    let stdout = io::stdout();
    let choice = when.choose(&stdout);
    let mut out = io::BufWriter::new(anstream::AutoStream::new(stdout, choice));
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(CliError::usage(format!(
            "failed to write to standard output: {error}"
        ))),
        _ => Ok(()),
    }
}

/// Writes a JSON document to standard output.
pub(super) fn json_to_stdout(value: &impl serde::Serialize) -> Result<(), CliError> {
    write_to_stdout(When::Always, |out| {
        serde_json::to_writer_pretty(&mut *out, value)?;
        out.write_all(b"\n")
    })
}

/// How commands other than `run` can answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Answer {
    /// For people.
    Human,
    /// One JSON document.
    Json,
}
