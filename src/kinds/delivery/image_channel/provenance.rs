use std::collections::HashMap;

use super::base::LayerSeen;
use super::seen::Seen;
use crate::gate::Finding;
use crate::tree::{Tree, TreePath};

/// How much of a digest tells one layer from another.
const SHORT: usize = "sha256:".len() + 12;

/// A layer as findings name it: `layer 2 of 3 (sha256:0123456789ab, COPY . /opt)`. Counted from 1.
pub(super) fn layer_words(layers: &[LayerSeen], number: u16) -> String {
    let number = usize::from(number);
    let Some(layer) = layers.get(number) else {
        return format!("layer {}", number + 1);
    };
    let digest = layer.digest.get(..SHORT).unwrap_or(&layer.digest);
    let line = match &layer.created_by {
        Some(line) => format!(", `{line}`"),
        None => String::new(),
    };
    format!("layer {} of {} ({digest}{line})", number + 1, layers.len())
}

/// Says of each finding about a delivered file which layer brought it, or removed it. `names`: what the
/// findings may be about, below the destination.
pub(super) fn add_layers<'n>(
    findings: &mut [Finding],
    seen: &Seen,
    names: impl Iterator<Item = &'n TreePath>,
) {
    let by_place: HashMap<String, TreePath> = names
        .map(|name| {
            let path = seen.dest.path.join(name);
            (seen.tree.location(&path).path, path)
        })
        .collect();
    for finding in findings {
        let path = finding
            .locations
            .iter()
            .find_map(|location| by_place.get(&location.path));
        let Some(path) = path else {
            continue;
        };
        if let Some(words) = words(seen, path) {
            finding.message = format!("{}; {words}", finding.message);
        }
    }
}

/// Which layer has a path as it is, or why it has not.
fn words(seen: &Seen, path: &TreePath) -> Option<String> {
    let files = seen.tree.files();
    if let Some(standing) = files.at(path) {
        return Some(format!(
            "{} brought it",
            layer_words(&seen.layers, standing.layer)
        ));
    }
    let layer = files.removed_by(path)?;
    Some(format!("{} removed it", layer_words(&seen.layers, layer)))
}

/// The layer that removed a path, in words.
pub(super) fn removal(seen: &Seen, path: &TreePath) -> String {
    match seen.tree.files().removed_by(path) {
        Some(layer) => format!("; {} removed it", layer_words(&seen.layers, layer)),
        None => String::new(),
    }
}
