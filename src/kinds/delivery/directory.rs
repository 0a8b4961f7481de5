use serde_json::json;

use super::codes::{INCLUDE_UNMATCHED, TYPE_DIFFERS};
use super::equality::{Comparison, Item, Rules, Side, compare_sides};
use super::named::{Named, unused_extras};
use super::outcome::Outcome;
use super::plan::{Delivery, DirectoryPlan};
use super::source::Source;
use super::spec::Mode;
use crate::context::Context;
use crate::gate::{Finding, Obstacle, Part};
use crate::kinds::SUBJECT_MISSING;
use crate::tree::{NodeKind, SubTree, Tree, TreePath, walk};

/// Compares a folder of the checkout with the source.
///
/// # Errors
/// When the folder cannot be listed, and when cancelled.
pub(crate) fn inspect(
    context: &Context,
    source: &Source<'_>,
    delivery: &Delivery,
    plan: &DirectoryPlan,
    part: &mut Part,
) -> Result<Outcome, Obstacle> {
    let tree = SubTree::new(context.root(), plan.folder.clone());
    let root = TreePath::root();
    if let Some(finding) = not_a_folder(context, delivery, plan)? {
        return Ok(Outcome::found(finding));
    }
    let items: Vec<_> = walk(&tree, &root)?
        .into_iter()
        .filter(|(path, _)| plan.selection.has(path))
        .map(|(path, kind)| Item::at(path, kind))
        .collect();
    let named = Named::of(source, delivery, |name| plan.selection.has(name));
    let delivered = Side {
        tree: &tree,
        items: &items,
    };
    let compared = compare_sides(
        context,
        &Comparison {
            source: source.side(&named.items),
            delivered,
            rules: Rules {
                modes: delivery.modes,
                non_empty: source.plan.non_empty,
            },
            compare_as: &|name| plan.compare.of(name),
            subset: plan.mode == Mode::Subset,
            place: &|name| tree.location(name),
            extra_allowed: &|name| {
                delivery.allow_extra.is_match(name) || source.is_lost(name, &delivery.renames)
            },
            left_out: &|name| source.leaves_out(name, &delivery.renames),
        },
        part,
    )?;
    let mut findings = named.findings;
    let seen = named.items.iter().chain(&items).map(|item| &item.name);
    findings.extend(
        plan.selection
            .include
            .unmatched(&INCLUDE_UNMATCHED, &seen, |pattern| {
                format!("neither the source nor the delivery has anything that matches `{pattern}`")
            }),
    );
    findings.extend(unused_extras(delivery, &compared.extras));
    let facts = json!({
        "name": delivery.name,
        "channel": "directory",
        "path": plan.folder.to_string(),
        "mode": plan.mode.name(),
        "compare": plan.compare.to_string(),
        "source_files": named.items.len(),
        "delivered_files": items.len(),
        "compared": compared.pairs,
        "findings": findings.len() + compared.findings.len(),
    });
    findings.extend(compared.findings);
    Ok(Outcome {
        findings,
        obstacles: compared.obstacles,
        facts,
        built: None,
    })
}

/// The folder is gone, or something else stands in its place. Nothing is followed to look for it.
///
/// # Errors
/// When the checkout cannot be read there.
pub(crate) fn not_a_folder(
    context: &Context,
    delivery: &Delivery,
    plan: &DirectoryPlan,
) -> Result<Option<Finding>, Obstacle> {
    let root = context.root();
    let folder = &plan.folder;
    // A clone in the checkout is a submodule there, and a folder to who asks for what is in it.
    match SubTree::new(root, folder.clone()).kind(&TreePath::root())? {
        Some(NodeKind::Dir) => return Ok(None),
        Some(kind) => {
            return Ok(Some(
                Finding::new(
                    &TYPE_DIFFERS,
                    format!("{folder} is {}, expected a folder", kind.noun()),
                )
                .at(root.location(folder))
                .help("put the folder itself there; nothing is followed out of the checkout"),
            ));
        }
        None => {}
    }
    let mut above = folder.parent();
    let mut through = None;
    while let Some(path) = above {
        if let Some(kind @ (NodeKind::Symlink | NodeKind::File)) = root.kind(&path)? {
            through = Some(format!(" ({path} is {})", kind.noun()));
        }
        above = path.parent();
    }
    Ok(Some(
        Finding::new(
            &SUBJECT_MISSING,
            format!(
                "folder {folder} does not exist{}",
                through.unwrap_or_default()
            ),
        )
        .at(root.location(folder))
        .at(delivery.at.clone())
        .help("if it moved, name its new place in `directory`; if it was removed on purpose, retire the gate (or this delivery) in the same commit"),
    ))
}
