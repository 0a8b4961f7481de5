use std::collections::HashSet;
use std::sync::Arc;

use serde_json::{Value, json};

use super::agree::Holdings;
use super::expected::config_findings;
use super::forbidden;
use super::owners::owner_findings;
use super::plan::{ImageInput, ImagePlan};
use super::provenance::{add_layers, removal};
use super::seen::{Seen, look};
use crate::context::Context;
use crate::gate::{Finding, Location, Obstacle, Part};
use crate::kinds::SUBJECT_MISSING;
use crate::kinds::delivery::codes::{INCLUDE_UNMATCHED, TYPE_DIFFERS};
use crate::kinds::delivery::equality::{Comparison, Item, Rules, Side, compare_sides};
use crate::kinds::delivery::named::{Named, unused_extras};
use crate::kinds::delivery::outcome::Outcome;
use crate::kinds::delivery::plan::Delivery;
use crate::kinds::delivery::source::Source;
use crate::kinds::delivery::spec::Mode;
use crate::tree::{BlobId, NodeKind, SubTree, Tree, TreePath, walk};

/// Compares what an image holds with the source.
///
/// # Errors
/// When the image cannot be read, or not be trusted, and when cancelled.
pub(crate) fn inspect(
    context: &Context,
    source: &Source<'_>,
    delivery: &Delivery,
    plan: &ImagePlan,
    part: &mut Part,
) -> Result<Outcome, Obstacle> {
    if let Some(finding) = not_an_image(context, delivery, plan)? {
        return Ok(Outcome::found(finding));
    }
    let known = Arc::new(known(context, source)?);
    let label = Location::file(plan.label());
    let placed = |obstacle: Obstacle| {
        if obstacle.locations.is_empty() {
            obstacle.at(label.clone())
        } else {
            obstacle
        }
    };
    let Some(seen) = look(context, plan, &delivery.name, &known).map_err(placed)? else {
        return Ok(Outcome::found(
            Finding::new(
                &SUBJECT_MISSING,
                format!("there is no image {}", plan.label()),
            )
            .at(label)
            .at(delivery.at.clone())
            .help("build or load it before the gate runs; if it was renamed, name it anew; if it was removed on purpose, retire the gate (or this delivery) in the same commit"),
        ));
    };
    let mut outcome = match not_a_folder(delivery, plan, &seen) {
        Some(finding) => Outcome {
            facts: facts(delivery, plan, &seen),
            ..Outcome::found(finding)
        },
        None => compare(context, source, delivery, plan, &seen, part)?,
    };
    let run = seen.config().run();
    outcome
        .findings
        .extend(config_findings(&plan.expected, &run, &label));
    outcome.findings.extend(forbidden::files(&seen, plan));
    outcome
        .findings
        .extend(forbidden::variables(seen.config(), plan, &label));
    outcome.facts["findings"] = json!(outcome.findings.len());
    if matches!(plan.input, ImageInput::Build(_)) {
        outcome.built = Some(holdings(&seen)?);
    }
    Ok(outcome)
}

fn holdings(seen: &Seen) -> Result<Holdings, Obstacle> {
    let mut holdings = Holdings::new();
    let tree = SubTree::new(&seen.tree, seen.dest.path.clone());
    for (name, kind) in walk(&tree, &TreePath::root())? {
        let id = match kind {
            NodeKind::File => tree.facts(&name)?.id,
            NodeKind::Symlink => tree.link_id(&name)?,
            _ => continue,
        };
        holdings.insert(name, id);
    }
    Ok(holdings)
}

/// The contents of the source by their ids.
fn known(context: &Context, source: &Source<'_>) -> Result<HashSet<BlobId>, Obstacle> {
    let id = |item: &Item| match item.kind {
        NodeKind::File => source.tree.facts(&item.path).ok().map(|facts| facts.id),
        _ => None,
    };
    let ids = context.map_parallel(&source.items, id)?;
    Ok(ids.into_iter().flatten().collect())
}

fn compare(
    context: &Context,
    source: &Source<'_>,
    delivery: &Delivery,
    plan: &ImagePlan,
    seen: &Seen,
    part: &mut Part,
) -> Result<Outcome, Obstacle> {
    let copy = &plan.copy;
    let tree = SubTree::new(&seen.tree, seen.dest.path.clone());
    let items: Vec<_> = walk(&tree, &TreePath::root())?
        .into_iter()
        .filter(|(path, _)| copy.selection.has(path))
        .map(|(path, kind)| Item::at(path, kind))
        .collect();
    let named = Named::of(source, delivery, |name| copy.selection.has(name));
    let compared = compare_sides(
        context,
        &Comparison {
            source: source.side(&named.items),
            delivered: Side {
                tree: &tree,
                items: &items,
            },
            rules: Rules {
                modes: delivery.modes,
                non_empty: source.plan.non_empty,
            },
            compare_as: &|name| copy.compare.of(name),
            subset: copy.mode == Mode::Subset,
            place: &|name| tree.location(name),
            extra_allowed: &|name| {
                delivery.allow_extra.is_match(name) || source.is_lost(name, &delivery.renames)
            },
            left_out: &|name| source.leaves_out(name, &delivery.renames),
        },
        part,
    )?;
    let mut differences = compared.findings;
    let names = || named.items.iter().chain(&items).map(|item| &item.name);
    add_layers(&mut differences, seen, names());
    let mut findings = named.findings;
    findings.extend(
        copy.selection
            .include
            .unmatched(&INCLUDE_UNMATCHED, &names(), |pattern| {
                format!("neither the source nor the delivery has anything that matches `{pattern}`")
            }),
    );
    findings.extend(unused_extras(delivery, &compared.extras));
    findings.extend(differences);
    if let Some(owner) = plan.owner {
        let is_delivered = |name: &TreePath| copy.selection.has(name);
        findings.extend(owner_findings(seen, owner, &is_delivered));
    }
    let mut facts = facts(delivery, plan, seen);
    facts["source_files"] = json!(named.items.len());
    facts["delivered_files"] = json!(items.len());
    facts["compared"] = json!(compared.pairs);
    Ok(Outcome {
        findings,
        obstacles: compared.obstacles,
        facts,
        built: None,
    })
}

fn facts(delivery: &Delivery, plan: &ImagePlan, seen: &Seen) -> Value {
    let layers: Vec<_> = seen
        .layers
        .iter()
        .enumerate()
        .map(|(number, layer)| {
            json!({
                "layer": number + 1,
                "digest": layer.digest,
                "diff_id": layer.diff_id,
                "created_by": layer.created_by,
                "entries": layer.entries,
                "bytes": layer.bytes,
                "packed_bytes": layer.packed,
            })
        })
        .collect();
    let mut facts = json!({
        "name": delivery.name,
        "channel": "image",
        "from": plan.way(),
        "path": plan.label(),
        "dest": format!("/{}", plan.copy.folder),
        "mode": plan.copy.mode.name(),
        "compare": plan.copy.compare.to_string(),
        "platform": seen.config().platform().to_string(),
        "image_id": seen.description.config_digest,
        "entries": seen.layers.iter().map(|layer| layer.entries).sum::<usize>(),
        "bytes_read": seen.read,
        "layers": layers,
        "source_files": 0,
        "delivered_files": 0,
        "compared": 0,
    });
    if let Some(digest) = &seen.description.manifest_digest {
        facts["image_digest"] = json!(digest);
    }
    if !seen.dest.through.is_empty() {
        facts["dest_is"] = json!(format!("/{}", seen.dest.path));
    }
    facts
}

/// What stands at the destination is no folder, or nothing does.
fn not_a_folder(delivery: &Delivery, plan: &ImagePlan, seen: &Seen) -> Option<Finding> {
    let asked = &plan.copy.folder;
    let path = &seen.dest.path;
    let link = if seen.dest.through.is_empty() {
        String::new()
    } else {
        format!(" (a symlink leads to /{path})")
    };
    match seen.tree.files().at(path).map(|standing| standing.kind) {
        Some(NodeKind::Dir) => None,
        Some(kind) => Some(
            Finding::new(
                &TYPE_DIFFERS,
                format!(
                    "/{asked}{link} is {} in the image, expected a folder",
                    kind.noun()
                ),
            )
            .at(seen.tree.location(path)),
        ),
        None => Some(
            Finding::new(
                &SUBJECT_MISSING,
                format!(
                    "/{asked}{link} does not exist in the image{}",
                    removal(seen, path)
                ),
            )
            .at(seen.tree.location(path))
            .at(delivery.at.clone())
            .help("name the folder of the image that receives the source in `dest`"),
        ),
    }
}

/// The archive, layout or Dockerfile is gone, or something else stands in its place.
///
/// # Errors
/// When the checkout cannot be read there.
pub(crate) fn not_an_image(
    context: &Context,
    delivery: &Delivery,
    plan: &ImagePlan,
) -> Result<Option<Finding>, Obstacle> {
    let (path, expected, key) = match &plan.input {
        ImageInput::Archive(path) => (path, NodeKind::File, "archive"),
        ImageInput::Layout(path) => (path, NodeKind::Dir, "layout"),
        ImageInput::Build(build) => (&build.dockerfile, NodeKind::File, "dockerfile"),
        ImageInput::Daemon(_) | ImageInput::Registry { .. } => return Ok(None),
    };
    let root = context.root();
    Ok(match root.kind(path)? {
        Some(kind) if kind == expected => None,
        Some(kind) => Some(
            Finding::new(
                &TYPE_DIFFERS,
                format!("{path} is {}, expected {}", kind.noun(), expected.noun()),
            )
            .at(root.location(path)),
        ),
        None => Some(
            Finding::new(&SUBJECT_MISSING, format!("{path} does not exist"))
                .at(root.location(path))
                .at(delivery.at.clone())
                .help(format!("if it is made by a build, let that run first; if it moved, name its new place in `{key}`; if it was removed on purpose, retire the gate (or this delivery) in the same commit")),
        ),
    })
}
