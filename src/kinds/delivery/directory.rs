use serde_json::json;

use super::codes::TYPE_DIFFERS;
use super::copy::{Copied, copy_facts};
use super::outcome::Outcome;
use super::plan::{Delivery, DirectoryPlan};
use super::source::Source;
use crate::context::Context;
use crate::gate::{Finding, Obstacle, Part};
use crate::kinds::SUBJECT_MISSING;
use crate::tree::{NodeKind, SubTree, Tree, TreePath};

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
    if let Some(finding) = not_a_folder(context, delivery, plan)? {
        return Ok(Outcome::found(finding));
    }
    let copied = Copied::compare(context, source, delivery, plan, &tree, part)?;
    let mut facts = copy_facts(delivery, plan, "directory");
    facts["path"] = json!(plan.folder.to_string());
    copied.add_facts(&mut facts);
    let mut findings = copied.findings;
    findings.extend(copied.compared.findings);
    facts["findings"] = json!(findings.len());
    Ok(Outcome {
        findings,
        obstacles: copied.compared.obstacles,
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
