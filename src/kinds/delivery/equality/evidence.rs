use std::io::Read;
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::item::{Item, Side};
use crate::tree::TreeError;

/// The largest file of which a difference is shown line by line: 1 MiB.
const SHOWN: usize = 1 << 20;

/// How long the search for the shortest difference may take; after that, a longer one will do.
const PATIENCE: Duration = Duration::from_secs(2);

/// One side of a difference, read once from end to end.
#[derive(Debug)]
pub(crate) struct Content {
    /// In lowercase hex.
    pub sha256: String,
    /// In bytes.
    pub size: u64,
    /// The content, where it is text and small enough to be shown.
    text: Option<String>,
}

impl Content {
    /// Reads as a stream: no more than what can be shown is kept.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(crate) fn read(side: Side<'_>, item: &Item) -> Result<Self, TreeError> {
        let mut reader = side.tree.open(&item.path)?;
        let mut digest = Sha256::new();
        let mut size = 0;
        let mut kept = Vec::new();
        let mut buffer = vec![0; 64 << 10];
        loop {
            let read = match reader.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => &buffer[..read],
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(side.unreadable(item, error)),
            };
            digest.update(read);
            size += read.len() as u64;
            if kept.len() <= SHOWN {
                kept.extend_from_slice(read);
            }
        }
        let text = (kept.len() <= SHOWN && !kept.contains(&0))
            .then(|| String::from_utf8(kept).ok())
            .flatten();
        Ok(Self {
            sha256: hex::encode(digest.finalize()),
            size,
            text,
        })
    }
}

/// A unified diff from the source to the delivery; `None` where one of the two is binary or too
/// large, or where nothing is left to show.
pub(crate) fn unified(
    source: &Content,
    delivered: &Content,
    labels: (&str, &str),
    ignore_line_ends: bool,
) -> Option<String> {
    let plain = |content: &Content| {
        let text = content.text.clone()?;
        Some(if ignore_line_ends {
            text.replace("\r\n", "\n")
        } else {
            text
        })
    };
    let (ours, theirs) = (plain(source)?, plain(delivered)?);
    let diff = similar::TextDiff::configure()
        .timeout(PATIENCE)
        .diff_lines(&ours, &theirs)
        .unified_diff()
        .header(labels.0, labels.1)
        .to_string();
    (!diff.is_empty()).then_some(diff)
}
