use std::io::Write;

use super::Global;
use crate::config::SpecError;
use crate::exit_code::ExitCode;
use crate::gate::Obstacle;

/// Why a command could not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The command line, or what it names, is wrong.
    #[error("{message}")]
    Usage {
        message: String,
        help: Option<String>,
    },
    /// Files that people wrote are wrong; nothing was run.
    #[error("{} in gate files or settings", count(.0.len()))]
    Files(Vec<SpecError>),
    /// Something outside stood in the way of the answer, so that nothing is known.
    #[error("{message}")]
    NotChecked {
        message: String,
        help: Option<String>,
    },
}

fn count(errors: usize) -> String {
    format!("{errors} error{}", if errors == 1 { "" } else { "s" })
}

impl CliError {
    pub fn usage(message: impl Into<String>) -> Self {
        Self::Usage {
            message: message.into(),
            help: None,
        }
    }

    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        match &mut self {
            Self::Usage { help, .. } | Self::NotChecked { help, .. } => *help = Some(text.into()),
            Self::Files(_) => {}
        }
        self
    }

    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Usage { .. } | Self::Files(_) => ExitCode::Usage,
            Self::NotChecked { .. } => ExitCode::NotChecked,
        }
    }

    /// Shows the error on standard error. Where that is closed, the exit code tells enough.
    pub fn show(&self, global: &Global) {
        let mut stderr = std::io::stderr().lock();
        let colour = global.color.colours(&std::io::stderr());
        let (mark, end) = if colour {
            ("\u{1b}[1;31merror\u{1b}[0m", "\u{1b}[0m")
        } else {
            ("error", "")
        };
        match self {
            Self::Files(errors) => {
                for error in errors {
                    let _ = writeln!(stderr, "{}\n", error.render(colour));
                }
                let _ = writeln!(stderr, "{mark}: {self}; nothing was run{end}");
            }
            Self::Usage { message, help } | Self::NotChecked { message, help } => {
                let _ = writeln!(stderr, "{mark}: {message}");
                if let Some(help) = help {
                    let _ = writeln!(stderr, "  help: {help}");
                }
            }
        }
    }
}

impl From<Vec<SpecError>> for CliError {
    fn from(errors: Vec<SpecError>) -> Self {
        Self::Files(errors)
    }
}

impl From<SpecError> for CliError {
    fn from(error: SpecError) -> Self {
        Self::Files(vec![error])
    }
}

/// Tells what a run could not remove. Its verdicts stand; but nobody should have to look for what is left.
pub(super) fn tell_leftovers(left: &[Obstacle]) {
    let mut stderr = std::io::stderr().lock();
    for obstacle in left {
        let _ = writeln!(stderr, "warning: {obstacle}");
        if let Some(help) = &obstacle.help {
            let _ = writeln!(stderr, "  help: {help}");
        }
    }
}

/// The exit code of a run once its reports are written. Reports that could not be written never
/// make a worse code better, but a green one must not promise a report that is not there.
pub(super) fn after_reports(code: ExitCode, failures: Vec<String>) -> ExitCode {
    if failures.is_empty() {
        return code;
    }
    let mut stderr = std::io::stderr().lock();
    for failure in failures {
        let _ = writeln!(stderr, "error: {failure}");
    }
    match code {
        ExitCode::Ok => ExitCode::Usage,
        code => code,
    }
}
