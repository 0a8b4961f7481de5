use std::path::{Path, PathBuf};

/// The file that marks a root.
pub const CONFIG_NAME: &str = "driftgate.yaml";

/// Walks up from `start` to the first folder that holds `driftgate.yaml`. One that cannot be read (a
/// folder of that name, a symlink to nowhere) marks the root as well, so that the gates of a folder
/// further up do not silently take the place of those that were meant.
pub fn find_root(start: &Path) -> Option<PathBuf> {
    start
        .ancestors()
        .find(|dir| dir.join(CONFIG_NAME).symlink_metadata().is_ok())
        .map(Path::to_path_buf)
}
