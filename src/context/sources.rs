use std::sync::Arc;

use super::codes::SOURCE_UNKNOWN;
use crate::gate::{Obstacle, SourceRef};
use crate::tree::Tree;

/// A source that is ready to be read.
#[derive(Debug, Clone)]
pub struct SourceTree {
    pub tree: Arc<dyn Tree>,
    /// The locked commit in lowercase hex; `None` for a working copy.
    pub commit: Option<String>,
    /// The id of the commit's tree in lowercase hex; `None` for a working copy.
    pub tree_id: Option<String>,
}

/// Where sources come from.
pub trait Sources: Send + Sync + std::fmt::Debug {
    /// The tree of a source at its locked commit, or the working copy that stands in for it.
    ///
    /// # Errors
    /// Why it is not to be had.
    fn tree(&self, source: &SourceRef) -> Result<SourceTree, Obstacle>;
}

/// For runs without a manifest.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoSources;

impl Sources for NoSources {
    fn tree(&self, source: &SourceRef) -> Result<SourceTree, Obstacle> {
        Err(Obstacle::refused(
            &SOURCE_UNKNOWN,
            format!("{source} is not to be had: there is no manifest"),
        ))
    }
}
