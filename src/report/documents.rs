use std::io::{self, Write};
use std::path::PathBuf;

use super::atomic::AtomicFile;
use super::outputs::{check_places, failed};
use super::{Format, OpenError, Output};

/// Reports that are written once, when all is known.
#[derive(Debug)]
pub struct Documents {
    wanted: Vec<(Format, Option<(PathBuf, AtomicFile)>)>,
}

impl Documents {
    /// Opens all of them, so that one that cannot be written stops the work before it begins.
    ///
    /// # Errors
    /// When two reports go to one place, or a file cannot be created.
    pub fn open(wanted: &[Output]) -> Result<Self, OpenError> {
        let human = [Output {
            format: Format::Human,
            path: None,
        }];
        let wanted = if wanted.is_empty() { &human } else { wanted };
        check_places(wanted)?;
        let wanted = wanted
            .iter()
            .map(|output| {
                let file = output
                    .path
                    .as_ref()
                    .map(|path| match AtomicFile::create(path) {
                        Ok(file) => Ok((path.clone(), file)),
                        Err(error) => Err(OpenError::Create {
                            path: path.clone(),
                            error,
                        }),
                    })
                    .transpose()?;
                Ok((output.format, file))
            })
            .collect::<Result<_, OpenError>>()?;
        Ok(Self { wanted })
    }

    /// Makes each report and puts it in its place. `make` is told the format, and whether it is for
    /// standard output. Returns what could not be written; a reader that went away is no failure.
    pub fn finish(self, make: impl Fn(Format, bool) -> io::Result<Vec<u8>>) -> Vec<String> {
        let mut failures = Vec::new();
        for (format, file) in self.wanted {
            let (place, written) = match file {
                None => {
                    let mut stdout = io::stdout().lock();
                    let written = make(format, true)
                        .and_then(|bytes| stdout.write_all(&bytes))
                        .and_then(|()| stdout.flush());
                    ("standard output".to_owned(), written)
                }
                Some((path, mut file)) => {
                    let written = make(format, false)
                        .and_then(|bytes| file.write_all(&bytes))
                        .and_then(|()| file.finish());
                    (path.display().to_string(), written)
                }
            };
            if let Err(error) = written {
                failures.extend(failed(&place, &error));
            }
        }
        failures
    }
}
