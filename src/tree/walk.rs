use super::{NodeKind, Tree, TreeError, TreePath};

/// All that stands below `dir` and is no folder, sorted by path bytes. Symlinks are listed, not
/// followed. Empty if there is no such folder; one entry if `dir` is itself no folder.
///
/// # Errors
/// When a folder cannot be read.
pub fn walk(tree: &dyn Tree, dir: &TreePath) -> Result<Vec<(TreePath, NodeKind)>, TreeError> {
    let mut found = Vec::new();
    match tree.kind(dir)? {
        None => return Ok(found),
        Some(NodeKind::Dir) => {}
        Some(kind) => return Ok(vec![(dir.clone(), kind)]),
    }
    let mut pending = vec![dir.clone()];
    while let Some(dir) = pending.pop() {
        for child in tree.children(&dir)? {
            let path = dir.join(&child.name);
            if child.kind == NodeKind::Dir {
                pending.push(path);
            } else {
                found.push((path, child.kind));
            }
        }
    }
    found.sort_unstable();
    Ok(found)
}
