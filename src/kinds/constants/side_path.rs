use super::selector::is_pattern;
use crate::tree::{Globs, TreePath};

/// A file or pattern of a side.
#[derive(Debug)]
pub(super) struct SidePath {
    /// As it stands in the gate.
    pub(super) written: String,
    pub(super) names: Names,
}

/// What a path of a side names.
#[derive(Debug)]
pub(super) enum Names {
    File(TreePath),
    /// All that matches, below the folder in which it can.
    Matches {
        globs: Globs,
        folder: TreePath,
    },
}

impl SidePath {
    /// # Errors
    /// Says why it is neither a path nor a pattern.
    pub(super) fn new(written: &str) -> Result<Self, String> {
        let names = if is_pattern(written) {
            Names::Matches {
                globs: Globs::new(&[written]).map_err(|error| error.to_string())?,
                folder: fixed_folder(written),
            }
        } else {
            Names::File(TreePath::new(written).map_err(|error| error.to_string())?)
        };
        Ok(Self {
            written: written.to_owned(),
            names,
        })
    }
}

/// The folder in which a pattern can match: all parts before the first with a wildcard.
fn fixed_folder(pattern: &str) -> TreePath {
    let parts: Vec<&str> = pattern.split('/').collect();
    let fixed = parts
        .iter()
        .take(parts.len() - 1)
        .take_while(|part| !is_pattern(part))
        .copied()
        .collect::<Vec<_>>()
        .join("/");
    TreePath::new(fixed).unwrap_or_default()
}
