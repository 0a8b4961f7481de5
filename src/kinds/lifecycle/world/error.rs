use crate::gate::Obstacle;
use crate::kinds::lifecycle::codes::WORLD_SILENT;

/// The largest file that is read out of a container, in bytes.
pub(super) const LARGEST_FILE: usize = 16 << 20;

/// What could not be seen, as an obstacle.
pub(super) fn silent(what: &str, error: impl std::fmt::Display) -> Obstacle {
    Obstacle::unreachable(&WORLD_SILENT, format!("{what}: {error}"))
}

/// What was seen and makes no sense, as an obstacle.
pub(super) fn senseless(what: &str, error: impl std::fmt::Display) -> Obstacle {
    Obstacle::refused(&WORLD_SILENT, format!("{what}: {error}"))
}
