use super::codes::OWNER_DIFFERS;
use super::provenance::layer_words;
use super::seen::Seen;
use crate::gate::Finding;
use crate::tree::{Tree, TreePath};

/// A finding for each delivered file, link and folder that belongs to somebody else. `is_delivered`: whether the gate
/// is about a path below the destination; folders are.
pub(super) fn owner_findings(
    seen: &Seen,
    owner: (u32, u32),
    is_delivered: &dyn Fn(&TreePath) -> bool,
) -> Vec<Finding> {
    let top = &seen.dest.path;
    seen.tree
        .files()
        .below(top, true)
        .iter()
        .filter(|(path, standing)| {
            let is_folder = standing.kind == crate::tree::NodeKind::Dir;
            is_folder
                || path
                    .strip_prefix(top)
                    .is_some_and(|name| is_delivered(&name))
        })
        .filter(|(_, standing)| (standing.owned.uid, standing.owned.gid) != owner)
        .map(|(path, standing)| {
            let name = path.strip_prefix(top).filter(|name| !name.is_root());
            let name = name.map_or_else(|| format!("/{path}"), |name| name.to_string());
            Finding::new(
                &OWNER_DIFFERS,
                format!(
                    "{name} belongs to {}:{}, expected {}:{}; {} brought it",
                    standing.owned.uid,
                    standing.owned.gid,
                    owner.0,
                    owner.1,
                    layer_words(&seen.layers, standing.layer)
                ),
            )
            .at(seen.tree.location(path))
        })
        .collect()
}
