use super::codes::{IMAGE_CHOICE, IMAGE_DIGEST_MISMATCH, IMAGE_MALFORMED, IMAGE_UNSUPPORTED};
use crate::gate::Obstacle;

pub(super) fn malformed(message: impl Into<String>) -> Obstacle {
    Obstacle::refused(&IMAGE_MALFORMED, message)
}

pub(super) fn unsupported(message: impl Into<String>) -> Obstacle {
    Obstacle::refused(&IMAGE_UNSUPPORTED, message)
}

pub(super) fn choice(message: impl Into<String>) -> Obstacle {
    Obstacle::refused(&IMAGE_CHOICE, message)
}

/// `what`: the part of the image.
pub(super) fn mismatch(what: &str, announced: &str, found: &str) -> Obstacle {
    Obstacle::refused(
        &IMAGE_DIGEST_MISMATCH,
        format!("{what} is announced as {announced}, and is {found}"),
    )
}
