use std::collections::BTreeMap;

use serde_json::json;

use super::codes::{ASSET_NOT_ALLOWED, ASSET_NOT_SERVED};
use super::plan::{AssetsInput, AssetsPlan};
use super::received::{Received, receive};
use super::rendered::{Rendered, Substitutions};
use super::scrubbed::scrubbed;
use super::twins::Twins;
use super::unrendered::{left, merge, undeclared};
use crate::context::Context;
use crate::gate::{Finding, Location, Obstacle, Part};
use crate::kinds::SUBJECT_MISSING;
use crate::kinds::delivery::codes::{ALLOWANCE_UNUSED, TYPE_DIFFERS};
use crate::kinds::delivery::equality::{Comparison, Item, Rules, Side, compare_sides};
use crate::kinds::delivery::named::{Named, unused_extras};
use crate::kinds::delivery::outcome::Outcome;
use crate::kinds::delivery::plan::Delivery;
use crate::kinds::delivery::source::Source;
use crate::kinds::delivery::spec::Mode;
use crate::tree::{NodeKind, Tree, TreePath, walk};

/// Compares what a provisioner serves with the source.
///
/// # Errors
/// When it is not to be had, means harm, or does not come to rest; and when cancelled.
pub(crate) fn inspect(
    context: &Context,
    source: &Source<'_>,
    delivery: &Delivery,
    plan: &AssetsPlan,
    part: &mut Part,
) -> Result<Outcome, Obstacle> {
    let looked = look(context, source, delivery, plan, part);
    scrubbed(context.secrets(), looked)
}

fn look(
    context: &Context,
    source: &Source<'_>,
    delivery: &Delivery,
    plan: &AssetsPlan,
    part: &mut Part,
) -> Result<Outcome, Obstacle> {
    if let Some(finding) = not_an_archive(context, delivery, plan)? {
        return Ok(Outcome::found(finding));
    }
    let mut named = Named::of(source, delivery, |name| plan.copy.selection.has(name));
    let substitutions = Substitutions::new(&plan.substitutions);
    let most = plan.limits.total.max(plan.limits.file);
    let rendered = Rendered::of(context, source.tree, &named.items, &substitutions, most)?;
    let expected = expected(context, plan, &rendered, &named.items)?;
    let received =
        receive(context, delivery, plan, &expected).map_err(|obstacle| {
            match obstacle.locations.is_empty() {
                true => obstacle
                    .at(Location::file(plan.label()))
                    .at(delivery.at.clone()),
                false => obstacle,
            }
        })?;
    let tree = received.tree.as_ref();
    let place = |name: &TreePath| tree.location(name);
    let mut findings = std::mem::take(&mut named.findings);
    findings.extend(rendered.unused.iter().cloned());
    let items = looked_at(plan, tree, &mut findings)?;
    findings.extend(absent(&received, &mut named, tree));
    let twins = Twins::among(&items, &named.items);
    let sides = [
        Side {
            tree: &rendered as &dyn Tree,
            items: &named.items,
        },
        Side {
            tree,
            items: &items,
        },
    ];
    let compared = compare_sides(
        context,
        &Comparison {
            source: sides[0],
            delivered: sides[1],
            rules: Rules {
                modes: delivery.modes,
                non_empty: source.plan.non_empty,
            },
            compare_as: &|name| plan.copy.compare.of(name),
            subset: plan.copy.mode == Mode::Subset,
            place: &place,
            extra_allowed: &|name| {
                delivery.allow_extra.is_match(name)
                    || source.is_lost(name, &delivery.renames)
                    || twins.has(name)
            },
            left_out: &|name| source.leaves_out(name, &delivery.renames),
        },
        part,
    )?;
    let mut differences = compared.findings;
    merge(
        left(sides[0], sides[1], &substitutions, most)?,
        &mut differences,
        place,
    );
    findings.extend(differences);
    findings.extend(undeclared(
        sides[0],
        sides[1],
        &substitutions,
        &plan.allow_unrendered,
        most,
    )?);
    findings.extend(twins.findings(place));
    let extras: Vec<_> = (compared.extras.into_iter())
        .filter(|name| !twins.has(name))
        .collect();
    findings.extend(unused_extras(delivery, &extras));
    findings.extend(unused_allowances(plan, &named, &items, &received));
    let facts = json!({
        "name": delivery.name,
        "channel": "assets",
        "from": plan.way(),
        "path": plan.label(),
        "mode": plan.copy.mode.name(),
        "compare": plan.copy.compare.to_string(),
        "source_files": named.items.len(),
        "delivered_files": items.len(),
        "received_files": received.files,
        "received_bytes": received.bytes,
        "looks": received.looks,
        "requests": received.requests,
        "not_modified": received.unchanged,
        "compared": compared.pairs,
        "findings": findings.len(),
    });
    Ok(Outcome {
        findings,
        obstacles: compared.obstacles,
        facts,
        ..Outcome::default()
    })
}

/// The lengths of what is to be there. Where less may be delivered, nothing is waited for.
fn expected(
    context: &Context,
    plan: &AssetsPlan,
    rendered: &Rendered<'_>,
    items: &[Item],
) -> Result<BTreeMap<TreePath, u64>, Obstacle> {
    let is_awaited = plan.is_served() && plan.settle.looks > 1 && plan.copy.mode == Mode::Mirror;
    if !is_awaited {
        return Ok(BTreeMap::new());
    }
    let length = |item: &Item| -> Result<Option<(TreePath, u64)>, Obstacle> {
        if item.kind != NodeKind::File {
            return Ok(None);
        }
        let size = match rendered.facts(&item.path)?.size {
            Some(size) => size,
            None => rendered.read(&item.path, plan.limits.file)?.len() as u64,
        };
        Ok(Some((item.name.clone(), size)))
    };
    let lengths = context.map_parallel(items, length)?;
    let lengths: Result<Vec<_>, Obstacle> = lengths.into_iter().collect();
    Ok(lengths?.into_iter().flatten().collect())
}

/// What of the delivery is compared. A file that the allow list does not have is a finding, unless it is a workspace's
/// own.
fn looked_at(
    plan: &AssetsPlan,
    tree: &dyn Tree,
    findings: &mut Vec<Finding>,
) -> Result<Vec<Item>, Obstacle> {
    let allow = &plan.copy.selection.include;
    let mut items = Vec::new();
    for (path, kind) in walk(tree, &TreePath::root())? {
        if plan.is_closed() && !allow.is_match(&path) {
            let message = format!("{path} is delivered, and not in the allow list");
            findings.push(
                Finding::new(&ASSET_NOT_ALLOWED, message)
                    .about(path.to_string())
                    .at(tree.location(&path)),
            );
        } else if plan.copy.selection.has(&path) {
            items.push(Item::at(path, kind));
        }
    }
    Ok(items)
}

/// Files that are listed and not there: one finding each, and not a second one for the source's.
fn absent(received: &Received, named: &mut Named, tree: &dyn Tree) -> Vec<Finding> {
    if received.absent.is_empty() {
        return Vec::new();
    }
    let finding = |path: &TreePath| {
        let message = format!("{path} is listed, and the server does not have it");
        let mut items = named.items.iter();
        let subject = items.find(|item| item.name == *path);
        Finding::new(&ASSET_NOT_SERVED, message)
            .about(subject.map_or(path, |item| &item.path).to_string())
            .at(tree.location(path))
    };
    let findings = received.absent.iter().map(finding).collect();
    named
        .items
        .retain(|item| !received.absent.contains(&item.name));
    findings
}

/// A finding for each entry of the allow list that neither side needs.
fn unused_allowances(
    plan: &AssetsPlan,
    named: &Named,
    items: &[Item],
    received: &Received,
) -> Vec<Finding> {
    let seen = named.items.iter().chain(items).map(|item| &item.name);
    let seen = seen.chain(&received.absent);
    plan.copy
        .selection
        .include
        .unmatched(&ALLOWANCE_UNUSED, &seen, |pattern| {
            format!("neither the source nor the delivery has anything that matches `{pattern}` of `allow`")
        })
}

/// The archive on disk is gone, or something else stands in its place.
///
/// # Errors
/// When the checkout cannot be read there.
pub(crate) fn not_an_archive(
    context: &Context,
    delivery: &Delivery,
    plan: &AssetsPlan,
) -> Result<Option<Finding>, Obstacle> {
    let AssetsInput::Archive(path) = &plan.input else {
        return Ok(None);
    };
    let root = context.root();
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
            Finding::new(&SUBJECT_MISSING, format!("{path} does not exist"))
                .at(root.location(path))
                .at(delivery.at.clone())
                .help("if it is made by a build, let that run first; if it moved, name its new place in `archive`; if it was removed on purpose, retire the gate (or this delivery) in the same commit"),
        ),
    })
}
