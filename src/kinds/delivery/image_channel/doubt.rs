use super::codes::IMAGE_AMBIGUOUS;
use crate::gate::Obstacle;
use crate::tree::image::{Doubt, Doubtful};

/// Refuses an image of which programs that unpack it make different things where the gate looks.
pub(super) fn of_doubt(doubtful: &Doubtful) -> Obstacle {
    let Doubtful { path, layer, doubt } = doubtful;
    let layer = layer + 1;
    let (message, help) = match doubt {
        Doubt::ThroughLink => (
            format!(
                "layer {layer} or a later one writes to /{path} through a symlink of a layer below"
            ),
            "let the build write to the path that the symlink leads to",
        ),
        Doubt::Whiteout => (
            format!("layer {layer} has something at /{path} and, after it, a whiteout of it"),
            "build the layer with a tool that writes whiteouts first, and none of what it delivers itself",
        ),
        Doubt::HardLink => (
            format!(
                "/{path} has hard links, and one of layer {layer} gives it another mode or owner"
            ),
            "write the same mode and owner for all names of a file",
        ),
    };
    Obstacle::refused(&IMAGE_AMBIGUOUS, message).help(help)
}
