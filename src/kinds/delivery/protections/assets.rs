use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::alter::other_case;
use super::assets_answers::answer_protections;
use super::directory::{Planting, copy_protections};
use super::target::{Delivered, Target, protection, small, unplanted};
use crate::context::Context;
use crate::gate::{Change, Obstacle, Plant, Protection, TreeRef};
use crate::kinds::SUBJECT_MISSING;
use crate::kinds::delivery::assets_channel::{
    ASSET_NOT_ALLOWED, AssetsInput, AssetsPlan, CASE_TWINS, PLACEHOLDER_LEFT, Received,
    SUBSTITUTION_UNUSED, Substitutions, receive,
};
use crate::kinds::delivery::codes;
use crate::kinds::delivery::equality::CompareAs;
use crate::kinds::delivery::plan::{Channel, Delivery};
use crate::kinds::delivery::source::Source;
use crate::tree::{NodeKind, SubTree, Tree, TreePath};

/// What was received for a delivery.
pub(super) struct Arrived {
    pub tree: Arc<dyn Tree>,
    /// The files of the source that have placeholders.
    pub rendered: BTreeSet<TreePath>,
    /// Whether the server gives a tag by which it can be asked for what changed.
    pub is_tagged: bool,
}

/// Receives what a gate just saw once more.
pub(super) fn arrived(
    context: &Context,
    source: &Source<'_>,
    delivery: &Delivery,
    plan: &AssetsPlan,
) -> Result<Arrived, Obstacle> {
    let Received {
        tree, is_tagged, ..
    } = receive(context, delivery, plan, &BTreeMap::new())?;
    let substitutions = Substitutions::new(&plan.substitutions);
    let has_any = |path: &TreePath| {
        let bytes = small(source.tree, path);
        bytes.is_some_and(|bytes| substitutions.found(&bytes).next().is_some())
    };
    let files = source
        .items
        .iter()
        .filter(|item| item.kind == NodeKind::File);
    let rendered = match plan.substitutions.is_empty() {
        true => BTreeSet::new(),
        false => files
            .map(|item| &item.path)
            .filter(|path| has_any(path))
            .cloned()
            .collect(),
    };
    Ok(Arrived {
        tree,
        rendered,
        is_tagged,
    })
}

/// What a delivery that is served promises to catch. What it was found to hold is changed after it was received, and
/// what the server answered after it was read: the server itself is left alone.
pub(super) fn assets_protections(
    target: &Target<'_>,
    delivery: &Delivery,
    plan: &AssetsPlan,
) -> Result<Vec<Protection>, Obstacle> {
    let Some(arrived) = target.assets.get(&delivery.name) else {
        return Ok(Vec::new());
    };
    let planting = Planting {
        target,
        delivery,
        plan: &plan.copy,
        tree: SubTree::new(arrived.tree.as_ref(), TreePath::root()),
        within: TreeRef::Delivery(delivery.name.clone()),
    };
    let files = target.delivered(delivery, &plan.copy)?;
    let mut protections = archive_itself(delivery, plan);
    protections.extend(copy_protections(&planting)?);
    protections.extend(twin(&planting, &files)?);
    protections.extend(not_allowed(delivery, plan));
    if !plan.substitutions.is_empty() {
        protections.push(left_unrendered(&planting, &files, arrived));
        protections.extend(unused(target, delivery, plan));
        protections.extend(undeclared(&planting, &files));
    }
    protections.extend(answer_protections(delivery, plan, &files, arrived)?);
    Ok(protections)
}

/// The archive on disk is gone, and a symlink stands in its place.
fn archive_itself(delivery: &Delivery, plan: &AssetsPlan) -> Vec<Protection> {
    let AssetsInput::Archive(path) = &plan.input else {
        return Vec::new();
    };
    let link = Change::Symlink {
        path: path.as_bytes().to_vec(),
        target: b"driftgate-planted".to_vec(),
    };
    [
        ("deleted archive", &SUBJECT_MISSING, Change::remove(path)),
        ("symlink for the archive", &codes::TYPE_DIFFERS, link),
    ]
    .into_iter()
    .map(|(what, code, change)| {
        protection(what, &delivery.name, path, code, Plant::in_root(change))
    })
    .collect()
}

/// A second file whose name differs in case alone.
fn twin(planting: &Planting<'_>, files: &[Delivered]) -> Result<Option<Protection>, Obstacle> {
    for file in files {
        let Some(name) = other_case(&file.name) else {
            continue;
        };
        let is_new = planting.plan.selection.has(&name)
            && planting.tree.kind(&name)?.is_none()
            && planting.target.source.tree.kind(&name)?.is_none();
        if is_new && let Some(bytes) = small(&planting.tree, &file.name) {
            let change = Change::write(name.as_bytes(), bytes);
            let plant = Plant::changes(vec![(planting.within.clone(), change)]);
            let whence = &planting.delivery.name;
            return Ok(Some(protection(
                "twin in another case",
                whence,
                &name,
                &CASE_TWINS,
                plant,
            )));
        }
    }
    Ok(None)
}

/// A file that the allow list does not have.
fn not_allowed(delivery: &Delivery, plan: &AssetsPlan) -> Option<Protection> {
    if !plan.is_closed() {
        return None;
    }
    let names = ["driftgate-planted", "driftgate-planted/file.md"];
    let mut paths = names.iter().filter_map(|name| TreePath::new(name).ok());
    let path = paths.find(|path| !plan.copy.selection.include.is_match(path))?;
    let change = Change::write(path.as_bytes(), "planted\n");
    let plant = Plant::changes(vec![(TreeRef::Delivery(delivery.name.clone()), change)]);
    Some(protection(
        "file beside the allow list",
        &delivery.name,
        &path,
        &ASSET_NOT_ALLOWED,
        plant,
    ))
}

/// A file that arrives as the source has it, placeholders and all.
fn left_unrendered(planting: &Planting<'_>, files: &[Delivered], arrived: &Arrived) -> Protection {
    const WHAT: &str = "placeholder left";
    let raw = |file: &Delivered| small(planting.target.source.tree, &file.path);
    let rendered = files
        .iter()
        .filter(|file| arrived.rendered.contains(&file.path));
    match rendered.filter_map(|file| Some((file, raw(file)?))).next() {
        Some((file, bytes)) => planting.one(WHAT, file, &PLACEHOLDER_LEFT, |path| Change::Write {
            path,
            bytes,
            executable: file.executable,
        }),
        None => unplanted(
            WHAT,
            planting.delivery,
            &PLACEHOLDER_LEFT,
            "none of the first files that are delivered has a placeholder in the source",
        ),
    }
}

/// A placeholder that no substitution is for, in the source as where it arrives.
fn undeclared(planting: &Planting<'_>, files: &[Delivered]) -> Option<Protection> {
    // Other deliveries would not have it.
    if planting.target.plan.deliveries.len() > 1 {
        return None;
    }
    const LINE: &[u8] = b"\n# {{DRIFTGATE_PLANTED}}\n";
    let source = planting.target.source.tree;
    let file = files
        .iter()
        .find(|file| planting.plan.compare.of(&file.name) != CompareAs::Json)?;
    let with_line = |tree: &dyn Tree, path: &TreePath| {
        let bytes = small(tree, path)?;
        Some([bytes.as_slice(), LINE].concat())
    };
    let raw = with_line(source, &file.path)?;
    let arrived = with_line(&planting.tree, &file.name)?;
    let write = |bytes: Vec<u8>| {
        move |path| Change::Write {
            path,
            bytes,
            executable: file.executable,
        }
    };
    let mut one = planting.one(
        "undeclared placeholder",
        file,
        &PLACEHOLDER_LEFT,
        write(arrived),
    );
    let in_source = planting.target.in_source(write(raw), &file.path);
    if let Ok(plant) = &mut one.plant {
        plant.changes.extend(in_source.changes);
    }
    Some(one)
}

/// A source that lost the first placeholder: it has the value by itself.
fn unused(target: &Target<'_>, delivery: &Delivery, plan: &AssetsPlan) -> Option<Protection> {
    let first = plan.substitutions.first()?;
    // To a delivery that does not render it, the source would be another one.
    let is_rendered_alike = |other: &Delivery| match &other.channel {
        Channel::Assets(other) => other
            .substitutions
            .iter()
            .any(|one| one.placeholder == first.placeholder && one.value == first.value),
        _ => false,
    };
    if !target.plan.deliveries.iter().all(is_rendered_alike) {
        return None;
    }
    let only = std::slice::from_ref(first);
    let substitutions = Substitutions::new(only);
    let mut plant = Plant::default();
    for item in target
        .source
        .items
        .iter()
        .filter(|item| item.kind == NodeKind::File)
    {
        let rendered =
            small(target.source.tree, &item.path).and_then(|bytes| substitutions.apply(&bytes));
        let Some(bytes) = rendered else {
            continue;
        };
        let executable = target
            .source
            .tree
            .facts(&item.path)
            .is_ok_and(|facts| facts.executable);
        let write = |path| Change::Write {
            path,
            bytes,
            executable,
        };
        plant
            .changes
            .extend(target.in_source(write, &item.path).changes);
    }
    Some(Protection {
        name: format!(
            "placeholder lost in the source of {}: {}",
            delivery.name, first.placeholder
        ),
        expected: &SUBSTITUTION_UNUSED,
        mentions: first.placeholder.clone(),
        plant: Ok(plant),
    })
}
