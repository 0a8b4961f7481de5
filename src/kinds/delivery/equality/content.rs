use std::io::Read;

use sha2::{Digest, Sha256};

use super::item::{Item, Side};
use super::pair::Difference;
use super::{json, yaml};
use crate::gate::Obstacle;
use crate::tree::SMALL_FILE;

/// How the contents of two files are compared.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub(crate) enum CompareAs {
    /// Byte by byte.
    #[default]
    Bytes,
    /// Byte by byte, except that CRLF and LF both end a line.
    Text,
    /// As JSON values: white space and the order of keys do not count.
    Json,
    /// As YAML values: layout, comments, quotes and the order of keys do not count.
    Yaml,
}

impl CompareAs {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bytes => "bytes",
            Self::Text => "text",
            Self::Json => "json",
            Self::Yaml => "yaml",
        }
    }
}

/// Why a text has no canonical form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Malformed {
    pub message: String,
    /// Line and column in characters, both counted from 1.
    pub at: Option<(u32, u32)>,
}

/// Compares two files whose bytes are known to differ; `None` if they mean the same.
///
/// # Errors
/// When one of the two cannot be read: then nothing is known.
pub(crate) fn same_meaning(
    compare_as: CompareAs,
    source: (Side<'_>, &Item),
    delivered: (Side<'_>, &Item),
) -> Result<Option<Difference>, Obstacle> {
    let canonical: fn(&str) -> Result<[u8; 32], Malformed> = match compare_as {
        CompareAs::Bytes => return Ok(Some(Difference::Content)),
        CompareAs::Text => {
            let differ = text_digest(source)? != text_digest(delivered)?;
            return Ok(differ.then_some(Difference::Content));
        }
        CompareAs::Json => json::digest,
        CompareAs::Yaml => yaml::digest,
    };
    let digest = |(side, item): (Side<'_>, &Item)| -> Result<_, Obstacle> {
        let bytes = side.tree.read(&item.path, SMALL_FILE)?;
        Ok(match std::str::from_utf8(&bytes) {
            Ok(text) => canonical(text.strip_prefix('\u{feff}').unwrap_or(text)),
            Err(_) => Err(Malformed {
                message: "not UTF-8".to_owned(),
                at: None,
            }),
        })
    };
    let malformed = |in_source, problem| Difference::Malformed { in_source, problem };
    Ok(match (digest(source)?, digest(delivered)?) {
        (Err(problem), _) => Some(malformed(true, problem)),
        (_, Err(problem)) => Some(malformed(false, problem)),
        (Ok(ours), Ok(theirs)) => (ours != theirs).then_some(Difference::Content),
    })
}

/// The digest of a file with each CRLF read as LF. A stream: the file may be of any size.
fn text_digest((side, item): (Side<'_>, &Item)) -> Result<[u8; 32], Obstacle> {
    let mut reader = side.tree.open(&item.path)?;
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 64 << 10];
    let mut plain = Vec::with_capacity(buffer.len() + 1);
    let mut pending_return = false;
    loop {
        let read = match reader.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(side.unreadable(item, error).into()),
        };
        plain.clear();
        for byte in &buffer[..read] {
            if pending_return && *byte != b'\n' {
                plain.push(b'\r');
            }
            pending_return = *byte == b'\r';
            if !pending_return {
                plain.push(*byte);
            }
        }
        digest.update(&plain);
    }
    if pending_return {
        digest.update(b"\r");
    }
    Ok(digest.finalize().into())
}
