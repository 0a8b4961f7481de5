use std::path::{Path, PathBuf};

/// The file that marks a root.
pub const CONFIG_NAME: &str = "driftgate.yaml";

/// Walks up from `start` to the first folder that holds `driftgate.yaml`.
pub fn find_root(start: &Path) -> Option<PathBuf> {
    start
        .ancestors()
        .find(|dir| dir.join(CONFIG_NAME).is_file())
        .map(Path::to_path_buf)
}
