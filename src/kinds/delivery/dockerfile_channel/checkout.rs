use crate::context::Context;
use crate::gate::{Finding, Inspection, Obstacle};
use crate::kinds::delivery::codes::TYPE_DIFFERS;
use crate::kinds::delivery::equality::{
    CompareAs, Compared, Comparison, Item, Rules, Side, compare_sides,
};
use crate::kinds::delivery::plan::{Delivery, SourceOrigin};
use crate::kinds::delivery::source::Source;
use crate::tree::{NodeKind, SubTree, Tree, TreePath, walk};

/// Compares what the checkout itself has in the folder that the source is cloned into: a clone of
/// yesterday is what a build would take. `None` where there is nothing of the source in it, as
/// before CI clones.
///
/// # Errors
/// When it cannot be listed, and when cancelled.
pub(crate) fn compare_checked_out(
    context: &Context,
    source: &Source<'_>,
    delivery: &Delivery,
    folder: &TreePath,
    inspection: &mut Inspection,
) -> Result<Option<Compared>, Obstacle> {
    if matches!(&source.plan.origin, SourceOrigin::Folder(path) if path == folder) {
        return Ok(None);
    }
    let root = TreePath::root();
    if let Some(finding) = not_a_folder(context, folder)? {
        return Ok(Some(Compared {
            findings: vec![finding],
            ..Compared::default()
        }));
    }
    let folder = folder.join(&source.plan.subdir);
    let tree = SubTree::new(context.root(), folder.clone());
    if tree.kind(&root)? != Some(NodeKind::Dir) {
        return Ok(None);
    }
    let items: Vec<_> = walk(&tree, &root)?
        .into_iter()
        .filter(|(path, _)| source.plan.selection.has(path))
        .map(|(path, kind)| Item::at(path, kind))
        .collect();
    if items.is_empty() {
        return Ok(None);
    }
    let comparison = Comparison {
        source: source.side(&source.items),
        delivered: Side {
            tree: &tree,
            items: &items,
        },
        rules: Rules {
            modes: delivery.modes,
            non_empty: source.plan.non_empty,
        },
        compare_as: &|_| CompareAs::Bytes,
        subset: false,
        place: &|name| tree.location(name),
        extra_allowed: &|name| source.is_lost(name, &delivery.renames),
        left_out: &|_| false,
    };
    let part = inspection.part(format!("{} (clone in {folder})", delivery.name));
    compare_sides(context, &comparison, part).map(Some)
}

/// A symlink or file on the way to the folder: what is cloned, or copied from there, goes elsewhere.
fn not_a_folder(context: &Context, folder: &TreePath) -> Result<Option<Finding>, Obstacle> {
    let checkout = context.root();
    let mut at = TreePath::root();
    for part in folder.parts() {
        at = at.join(part);
        match checkout.kind(&at)? {
            None => return Ok(None),
            Some(NodeKind::Dir | NodeKind::Submodule) => {}
            Some(kind) => {
                let message = format!(
                    "{at} is {}, and the source is to be cloned into {folder}",
                    kind.noun()
                );
                return Ok(Some(
                    Finding::new(&TYPE_DIFFERS, message).at(checkout.location(&at)),
                ));
            }
        }
    }
    Ok(None)
}
