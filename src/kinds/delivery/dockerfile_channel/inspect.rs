use serde_json::json;

use super::checkout::compare_checked_out;
use super::files::{Sorted, Sorting};
use super::folder::source_folder;
use super::problems::{add_ignored, add_problems, explain_missing};
use super::steps::add_steps;
use crate::context::Context;
use crate::gate::{Finding, Inspection, Location, Obstacle};
use crate::kinds::SUBJECT_MISSING;
use crate::kinds::delivery::codes::{PIN, TYPE_DIFFERS};
use crate::kinds::delivery::dockerfile::{Image, Origin, Place, Request, evaluate};
use crate::kinds::delivery::equality::{CompareAs, Comparison, Item, Rules, Side, compare_sides};
use crate::kinds::delivery::named::Named;
use crate::kinds::delivery::outcome::Outcome;
use crate::kinds::delivery::plan::{Delivery, DockerfilePlan};
use crate::kinds::delivery::source::{Held, Source};
use crate::tree::{Mount, MountTree, NodeKind, Tree, TreePath};

/// A build context with the source in it.
pub(crate) struct Mounted<'a> {
    pub plan: &'a DockerfilePlan,
    pub tree: &'a dyn Tree,
    /// The folder that stands for the source, as the tree has it.
    pub folder: TreePath,
}

impl Mounted<'_> {
    /// The path in the source of what comes from there.
    pub(crate) fn in_source(&self, origin: &Origin) -> Option<TreePath> {
        match origin {
            Origin::Context { path } => path.strip_prefix(&self.folder),
            _ => None,
        }
    }

    /// A place in the Dockerfile.
    pub(crate) fn at(&self, place: Place) -> Location {
        place.location(self.tree, &self.plan.dockerfile)
    }
}

/// The build that the gate is about, with `tree` as its checkout.
pub(crate) fn request<'a>(plan: &DockerfilePlan, tree: &'a dyn Tree) -> Request<'a> {
    Request {
        tree,
        context_dir: plan.context.clone(),
        dockerfile: plan.dockerfile.clone(),
        build_args: plan.build_args.clone(),
        target: plan.target.clone(),
        platform: plan.platform.clone(),
        under: plan.dest.clone(),
    }
}

/// Compares what an image would hold with the source.
///
/// # Errors
/// When the Dockerfile cannot be evaluated, something cannot be read, and when cancelled.
pub(crate) fn inspect(
    context: &Context,
    held: &Held<'_>,
    source: &Source<'_>,
    delivery: &Delivery,
    plan: &DockerfilePlan,
    inspection: &mut Inspection,
) -> Result<Outcome, Obstacle> {
    let root = context.root();
    if let Some(finding) = not_a_dockerfile(root, delivery, plan)? {
        return Ok(Outcome::found(finding));
    }
    let folder = match source_folder(plan, &request(plan, root))? {
        Ok(folder) => plan.context.join(&folder),
        Err(finding) => return Ok(Outcome::found(finding)),
    };
    let named = Named::of(source, delivery, |_| true);
    let checked_out = compare_checked_out(context, source, delivery, &folder, inspection)?;
    let tree = MountTree::new(
        root,
        vec![Mount {
            at: folder.clone(),
            tree: held.tree(),
            from: TreePath::root(),
        }],
    );
    let mounted = Mounted {
        plan,
        tree: &tree,
        folder: folder.join(&source.plan.subdir),
    };
    let image = evaluate(&request(plan, &tree))?;
    let mut sorted = Sorting {
        image: &image,
        mounted: &mounted,
        source,
        delivery,
        wanted: &named.items,
    }
    .sort();
    let mut outcome = Outcome::default();
    if let Some(finding) = delivered_elsewhere(&mounted, &sorted)? {
        outcome.findings.push(finding);
    } else {
        add_problems(
            &image.problems,
            &mounted,
            source,
            delivery,
            &named.items,
            &mut sorted,
        );
        add_ignored(&image.ignored, &mounted, &named.items, &mut sorted);
        add_steps(&image.opaque, &mounted, delivery, &named.items, &mut sorted);
        compare(
            context,
            source,
            delivery,
            &mounted,
            &named.items,
            &mut sorted,
            &mut outcome,
            inspection,
        )?;
        explain_missing(&image.problems, &mut sorted.findings);
    }
    outcome.findings.extend(named.findings);
    outcome
        .findings
        .extend(std::mem::take(&mut sorted.findings));
    if let Some(checked_out) = checked_out {
        outcome.findings.extend(checked_out.findings);
        outcome.obstacles.extend(checked_out.obstacles);
    }
    outcome.facts = facts(delivery, &mounted, &image, &sorted, &named.items, &outcome);
    Ok(outcome)
}

#[expect(
    clippy::too_many_arguments,
    reason = "one call, and each is a thing of its own"
)]
fn compare(
    context: &Context,
    source: &Source<'_>,
    delivery: &Delivery,
    mounted: &Mounted<'_>,
    wanted: &[Item],
    sorted: &mut Sorted,
    outcome: &mut Outcome,
    inspection: &mut Inspection,
) -> Result<(), Obstacle> {
    let left: Vec<_> = wanted
        .iter()
        .filter(|item| !sorted.explained.contains(&item.name))
        .cloned()
        .collect();
    sorted
        .ours
        .retain(|item| !sorted.explained.contains(&item.name));
    let dockerfile = mounted.tree.location(&mounted.plan.dockerfile);
    let comparison = Comparison {
        source: source.side(&left),
        delivered: Side {
            tree: source.tree,
            items: &sorted.ours,
        },
        rules: Rules {
            modes: delivery.modes,
            non_empty: source.plan.non_empty,
        },
        compare_as: &|_| CompareAs::Bytes,
        subset: false,
        place: &|_| dockerfile.clone(),
        extra_allowed: &|name| delivery.allow_extra.is_match(name),
        left_out: &|name| source.leaves_out(name, &delivery.renames),
    };
    let compared = compare_sides(context, &comparison, inspection.part(&delivery.name))?;
    sorted.findings.extend(compared.findings);
    outcome.obstacles.extend(compared.obstacles);
    Ok(())
}

fn facts(
    delivery: &Delivery,
    mounted: &Mounted<'_>,
    image: &Image,
    sorted: &Sorted,
    wanted: &[Item],
    outcome: &Outcome,
) -> serde_json::Value {
    let problems: Vec<_> = image
        .problems
        .iter()
        .map(|problem| {
            json!({
                "kind": problem.word(),
                "line": problem.at.line,
                "column": problem.at.column,
                "message": problem.to_string(),
            })
        })
        .collect();
    json!({
        "name": delivery.name,
        "channel": "dockerfile",
        "path": mounted.plan.dockerfile.to_string(),
        "dest": format!("/{}", mounted.plan.dest),
        "source_folder": mounted.folder.to_string(),
        "source_files": wanted.len(),
        "delivered_files": sorted.ours.len(),
        "opaque_steps": image.opaque.len(),
        "build_problems": problems,
        "findings": outcome.findings.len(),
    })
}

/// The Dockerfile is gone, or something else stands in its place.
///
/// # Errors
/// When the checkout cannot be read there.
pub(crate) fn not_a_dockerfile(
    root: &dyn Tree,
    delivery: &Delivery,
    plan: &DockerfilePlan,
) -> Result<Option<Finding>, Obstacle> {
    let path = &plan.dockerfile;
    Ok(match root.kind(path)? {
        Some(NodeKind::File) => None,
        Some(kind) => Some(
            Finding::new(
                &TYPE_DIFFERS,
                format!("{path} is {}, expected a file", kind.noun()),
            )
            .at(root.location(path)),
        ),
        None => Some(
            Finding::new(&SUBJECT_MISSING, format!("Dockerfile {path} does not exist"))
                .at(root.location(path))
                .at(delivery.at.clone())
                .help("if it moved, name its new place in `dockerfile`; if it was removed on purpose, retire the gate (or this delivery) in the same commit"),
        ),
    })
}

/// Nothing of the source arrives at the destination, but something does elsewhere: the destination
/// was renamed.
fn delivered_elsewhere(
    mounted: &Mounted<'_>,
    sorted: &Sorted,
) -> Result<Option<Finding>, Obstacle> {
    if !sorted.ours.is_empty() || !sorted.explained.is_empty() {
        return Ok(None);
    }
    let everywhere = Request {
        under: TreePath::root(),
        ..request(mounted.plan, mounted.tree)
    };
    let image = evaluate(&everywhere)?;
    let elsewhere = image
        .files
        .iter()
        .find(|(_, file)| mounted.in_source(&file.origin).is_some());
    Ok(elsewhere.map(|(path, file)| {
        Finding::new(
            &PIN,
            format!(
                "nothing of the source is delivered at /{}, but /{path} is",
                mounted.plan.dest
            ),
        )
        .at(mounted.at(file.at))
        .help("name the folder that the Dockerfile copies to in `dest`")
    }))
}
