use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anstream::{ColorChoice, StripStream};
use clap::ValueHint;

use super::{CliError, Global};
use crate::context::{Cancel, Environment};
use crate::demo::{DemoError, Story, tell};
use crate::exit_code::ExitCode;
use crate::run::interrupts;

/// See it at work on a sample organisation
///
/// Makes a sample organisation in a temporary folder, with real git repositories; syncs, runs and
/// proves its gates; lives a concierge's life on its platform, where Docker with the images or
/// PostgreSQL is there; then changes one byte, and shows how that is caught. Needs `git` and no
/// network, and leaves nothing behind.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Make the organisation in this folder, which must be empty or absent, and leave it there
    #[arg(long, value_name = "DIR", env = "DRIFTGATE_KEEP", hide_env = true, value_hint = ValueHint::DirPath)]
    keep: Option<PathBuf>,
}

pub(super) fn execute(args: &Args, global: &Global) -> Result<ExitCode, CliError> {
    let cancel = Cancel::new();
    let interrupts = interrupts(&cancel).map_err(|error| CliError::usage(error.to_string()))?;
    let program = std::env::current_exe()
        .map_err(|error| not_checked(format!("failed to find this very program: {error}")))?;
    let colour = global.color.choose(&io::stdout());
    let mut out: Box<dyn Write> = match colour {
        ColorChoice::Never => Box::new(Patient(StripStream::new(io::stdout()))),
        _ => Box::new(Patient(io::stdout())),
    };
    let mut story = Story {
        out: &mut *out,
        program: &program,
        environment: &Environment::of_process(),
        colour: colour != ColorChoice::Never,
        interrupts: &interrupts,
    };
    let told = match &args.keep {
        Some(dir) => keep(dir, &mut story),
        None => pass(&mut story),
    };
    match told {
        Ok(()) => Ok(ExitCode::Ok),
        // A command that dies of the interrupt may be noticed before the interrupt is.
        Err(_) if cancel.is_cancelled() => Ok(ExitCode::Interrupted),
        Err(error @ DemoError::NotEmpty(_)) => Err(CliError::usage(error.to_string())),
        Err(error @ DemoError::Misbehaved { .. }) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            Ok(ExitCode::Failed)
        }
        Err(error) => Err(not_checked(error.to_string())),
    }
}

/// In a folder that is gone afterwards, however the story ends.
fn pass(story: &mut Story<'_>) -> Result<(), DemoError> {
    let dir = tempfile::Builder::new()
        .prefix("driftgate-demo-")
        .tempdir()
        .map_err(|error| DemoError::Write {
            path: std::env::temp_dir(),
            error,
        })?;
    let told = tell(story, dir.path());
    let path = dir.path().to_path_buf();
    let removed = dir
        .close()
        .map_err(|error| DemoError::Write { path, error });
    told.and(removed)
}

fn keep(dir: &Path, story: &mut Story<'_>) -> Result<(), DemoError> {
    let write_error = |error| DemoError::Write {
        path: dir.to_path_buf(),
        error,
    };
    std::fs::create_dir_all(dir).map_err(write_error)?;
    let mut entries = std::fs::read_dir(dir).map_err(write_error)?;
    if entries.next().is_some() {
        return Err(DemoError::NotEmpty(dir.to_path_buf()));
    }
    // The commands run in a folder below, so that a relative path would not be the same for them.
    let base = dir.canonicalize().map_err(write_error)?;
    tell(story, &base)?;
    writeln!(
        story.out,
        "The organisation is in {}, with the drift in it.",
        base.join("core").display()
    )?;
    Ok(())
}

fn not_checked(message: String) -> CliError {
    CliError::NotChecked {
        message,
        help: None,
    }
}

/// Goes on without its reader, so that the exit code still tells whether everything behaved.
struct Patient<W>(W);

impl<W: Write> Write for Patient<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.0.write(bytes) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(bytes.len()),
            written => written,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self.0.flush() {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            flushed => flushed,
        }
    }
}
