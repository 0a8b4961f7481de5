use std::collections::BTreeSet;

use super::plan::ImagePlan;
use super::seen::Seen;
use crate::tree::image::Standing;
use crate::tree::{NodeKind, TreePath};

/// All that the gate is about below the destination, folders among it: of those, the destination itself, what leads to
/// something that is delivered, and what stands empty where the gate looks.
pub(super) fn delivered(seen: &Seen, plan: &ImagePlan) -> Vec<(TreePath, Standing)> {
    let top = &seen.dest.path;
    let mut all = seen.tree.files().below(top, true);
    let name = |path: &TreePath| path.strip_prefix(top).unwrap_or_default();
    let mut leading = BTreeSet::from([TreePath::root()]);
    let mut filled = BTreeSet::new();
    for (path, standing) in &all {
        let name = name(path);
        let is_there = standing.kind != NodeKind::Dir && plan.copy.selection.has(&name);
        let mut above = name.parent();
        while let Some(folder) = above {
            above = folder.parent();
            if is_there {
                leading.insert(folder.clone());
            }
            filled.insert(folder);
        }
    }
    all.retain(|(path, standing)| {
        let name = name(path);
        let is_wanted = plan.copy.selection.has(&name);
        match standing.kind {
            NodeKind::Dir => leading.contains(&name) || (is_wanted && !filled.contains(&name)),
            _ => is_wanted,
        }
    });
    all
}

/// A path as findings name it: below the destination, or as a whole where it is that itself.
pub(super) fn named(seen: &Seen, path: &TreePath) -> String {
    let name = path.strip_prefix(&seen.dest.path);
    name.filter(|name| !name.is_root())
        .map_or_else(|| format!("/{path}"), |name| name.to_string())
}
