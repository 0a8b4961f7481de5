use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::{Value, json};

use super::agree::Holdings;
use super::expected::config_findings;
use super::forbidden;
use super::lent::Lent;
use super::owners::owner_findings;
use super::permissions::permission_findings;
use super::plan::{ImageInput, ImagePlan};
use super::provenance::{add_layers, removal};
use super::seen::{Seen, look};
use crate::context::Context;
use crate::gate::{Finding, Location, Obstacle, Part};
use crate::kinds::SUBJECT_MISSING;
use crate::kinds::delivery::codes::TYPE_DIFFERS;
use crate::kinds::delivery::copy::{Copied, copy_facts};
use crate::kinds::delivery::equality::Item;
use crate::kinds::delivery::outcome::Outcome;
use crate::kinds::delivery::plan::Delivery;
use crate::kinds::delivery::source::Source;
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
    let known = known(context, source)?;
    let ids = Arc::new(known.keys().copied().collect());
    let label = Location::file(plan.label());
    let placed = |obstacle: Obstacle| {
        if obstacle.locations.is_empty() {
            obstacle.at(label.clone())
        } else {
            obstacle
        }
    };
    let Some(seen) = look(context, plan, &delivery.name, &ids).map_err(placed)? else {
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
        None => compare(context, source, delivery, plan, (&seen, &known), part)?,
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
    let mut ids = BTreeMap::new();
    let tree = SubTree::new(&seen.tree, seen.dest.path.clone());
    for (name, kind) in walk(&tree, &TreePath::root())? {
        let id = match kind {
            NodeKind::File => tree.facts(&name)?.id,
            NodeKind::Symlink => tree.link_id(&name)?,
            _ => continue,
        };
        ids.insert(name, id);
    }
    Ok(Holdings {
        ids,
        platform: seen.config().platform(),
    })
}

/// The contents of the source by their ids, each with a file that has it.
fn known(context: &Context, source: &Source<'_>) -> Result<HashMap<BlobId, TreePath>, Obstacle> {
    let id = |item: &Item| match item.kind {
        NodeKind::File => {
            let facts = source.tree.facts(&item.path).ok()?;
            Some((facts.id, item.path.clone()))
        }
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
    (seen, known): (&Seen, &HashMap<BlobId, TreePath>),
    part: &mut Part,
) -> Result<Outcome, Obstacle> {
    let lent = Lent {
        image: &seen.tree,
        source: source.tree,
        known,
    };
    let tree = SubTree::new(&lent, seen.dest.path.clone());
    let mut copied = Copied::compare(context, source, delivery, &plan.copy, &tree, part)?;
    let mut differences = std::mem::take(&mut copied.compared.findings);
    add_layers(&mut differences, seen, copied.names());
    let mut facts = facts(delivery, plan, seen);
    copied.add_facts(&mut facts);
    let mut findings = copied.findings;
    findings.extend(differences);
    findings.extend(owner_findings(seen, plan));
    findings.extend(permission_findings(seen, plan));
    Ok(Outcome {
        findings,
        obstacles: copied.compared.obstacles,
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
    let mut facts = copy_facts(delivery, &plan.copy, "image");
    facts["from"] = json!(plan.way());
    facts["path"] = json!(plan.label());
    facts["dest"] = json!(format!("/{}", plan.copy.folder));
    facts["platform"] = json!(seen.config().platform().to_string());
    facts["image_id"] = json!(seen.description.config_digest);
    facts["entries"] = json!(seen.layers.iter().map(|layer| layer.entries).sum::<usize>());
    facts["bytes_read"] = json!(seen.read);
    facts["layers"] = json!(layers);
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
