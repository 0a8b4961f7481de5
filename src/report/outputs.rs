use std::collections::HashSet;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use super::atomic::AtomicFile;
use super::{Detail, Format, Human, Json, Junit, Output, Progress, Reporter};
use crate::run::Event;

/// How reports for people look.
#[derive(Debug, Clone, Copy, Default)]
pub struct Style {
    pub detail: Detail,
    /// Whether standard output has colours: resolved to `Always` or `Never`.
    pub colour: anstream::ColorChoice,
}

/// Why the reports cannot be made as asked.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("two reports go to standard output")]
    TwoToStdout,
    #[error("two reports go to {0}")]
    TwoToFile(PathBuf),
    #[error("failed to create report {path}: {error}")]
    Create {
        path: PathBuf,
        #[source]
        error: io::Error,
    },
}

/// All the reports of a run, and the progress shown meanwhile.
pub struct Outputs {
    reports: Vec<Open>,
    progress: Progress,
    failures: Vec<String>,
}

/// A report being written.
struct Open {
    reporter: Box<dyn Reporter>,
    sink: Sink,
    /// Its reader has gone, or it cannot be written any more.
    closed: bool,
}

/// Where a report goes.
enum Sink {
    Stdout,
    /// The report is made in memory and handed over whole.
    File {
        name: PathBuf,
        file: AtomicFile,
        text: Shared,
    },
}

/// A buffer that the reporter writes and the sink reads.
#[derive(Debug, Clone, Default)]
struct Shared(std::sync::Arc<parking_lot::Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Outputs {
    /// Opens all reports, so that one that cannot be written stops the run before it begins.
    ///
    /// # Errors
    /// When two reports go to one place, or a file cannot be created.
    pub fn open(wanted: &[Output], style: Style, progress: Progress) -> Result<Self, OpenError> {
        let human = [Output {
            format: Format::Human,
            path: None,
        }];
        let wanted = if wanted.is_empty() { &human } else { wanted };
        check_places(wanted)?;
        let reports = wanted
            .iter()
            .map(|output| Open::new(output, style))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            reports,
            progress,
            failures: Vec::new(),
        })
    }

    /// Hands an event to all reports.
    pub fn tell(&mut self, event: &Event<'_>) {
        self.progress.tell(event);
        let (reports, failures) = (&mut self.reports, &mut self.failures);
        self.progress.aside(|| {
            for open in reports.iter_mut().filter(|open| !open.closed) {
                if let Err(error) = open.reporter.tell(event) {
                    open.closed = true;
                    failures.extend(open.sink.complaint(&error));
                }
            }
        });
    }

    /// Puts the files in their places. Returns what could not be written; a reader that went away
    /// is no failure.
    pub fn finish(mut self) -> Vec<String> {
        self.progress.clear();
        let mut failures = self.failures;
        for open in self.reports {
            if open.closed {
                continue;
            }
            let Open { reporter, sink, .. } = open;
            drop(reporter);
            if let Sink::File {
                name,
                mut file,
                text,
            } = sink
            {
                let text = text.0.lock();
                let written = file.write_all(&text).and_then(|()| file.finish());
                if let Err(error) = written {
                    failures.extend(failed(&name.display().to_string(), &error));
                }
            }
        }
        failures
    }
}

impl Open {
    fn new(output: &Output, style: Style) -> Result<Self, OpenError> {
        let (sink, out): (Sink, Box<dyn Write>) = match &output.path {
            None => (Sink::Stdout, Box::new(io::stdout())),
            Some(path) => {
                let file = AtomicFile::create(path).map_err(|error| OpenError::Create {
                    path: path.clone(),
                    error,
                })?;
                let text = Shared::default();
                let sink = Sink::File {
                    name: path.clone(),
                    file,
                    text: text.clone(),
                };
                (sink, Box::new(text))
            }
        };
        let reporter: Box<dyn Reporter> = match output.format {
            Format::Human => {
                let colour = match sink {
                    Sink::Stdout => style.colour,
                    Sink::File { .. } => anstream::ColorChoice::Never,
                };
                let out: Box<dyn Write> = match colour {
                    anstream::ColorChoice::Never => Box::new(anstream::StripStream::new(out)),
                    _ => out,
                };
                Box::new(Human::new(BufWriter::new(out), style.detail))
            }
            Format::Json => Box::new(Json::new(out)),
            Format::Junit => Box::new(Junit::new(out)),
        };
        Ok(Self {
            reporter,
            sink,
            closed: false,
        })
    }
}

impl Sink {
    fn complaint(&self, error: &io::Error) -> Option<String> {
        match self {
            Self::Stdout => failed("standard output", error),
            Self::File { name, .. } => failed(&name.display().to_string(), error),
        }
    }
}

pub(super) fn failed(place: &str, error: &io::Error) -> Option<String> {
    (error.kind() != io::ErrorKind::BrokenPipe)
        .then(|| format!("failed to write the report to {place}: {error}"))
}

/// Two reports in one place would spoil each other.
pub(super) fn check_places(wanted: &[Output]) -> Result<(), OpenError> {
    let mut taken = HashSet::new();
    for output in wanted {
        if !taken.insert(&output.path) {
            return Err(match &output.path {
                None => OpenError::TwoToStdout,
                Some(path) => OpenError::TwoToFile(path.clone()),
            });
        }
    }
    Ok(())
}
