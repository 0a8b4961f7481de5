use super::alter::{altered, beside};
use super::dockerfile::{planted_image, planted_view};
use super::target::{Delivered, Target, protection, small};
use crate::gate::{Change, Code, Obstacle, Plant, Protection};
use crate::kinds::delivery::codes;
use crate::kinds::delivery::dockerfile::ProblemKind;
use crate::kinds::delivery::equality::CompareAs;
use crate::kinds::delivery::plan::{Channel, Delivery, DirectoryPlan};
use crate::kinds::delivery::spec::Mode;
use crate::tree::{Tree, TreeError, TreePath};

/// What the gate promises to catch when the source moves on without its deliveries.
pub(super) fn source_protections(target: &Target<'_>) -> Result<Vec<Protection>, Obstacle> {
    let missing = TreeError::Vanished {
        label: String::new(),
    };
    let mut protections = Vec::new();
    // With a Dockerfile in it two things would be gone, and each is planted by itself elsewhere.
    if !target.source_holds_a_subject() {
        protections.push(Protection {
            name: "vanished source".to_owned(),
            expected: missing.to_obstacle().code,
            mentions: String::new(),
            plant: Ok(target.without_source()),
        });
    }
    if let Some((delivery, plan)) = folders(target).next() {
        let files = target.delivered(delivery, plan)?;
        protections.extend(changes(target, &files));
    }
    protections.extend(extra(target)?);
    protections.extend(lost(target)?);
    Ok(protections)
}

fn folders<'a>(target: &Target<'a>) -> impl Iterator<Item = (&'a Delivery, &'a DirectoryPlan)> {
    target
        .plan
        .deliveries
        .iter()
        .filter_map(|delivery| match &delivery.channel {
            Channel::Directory(plan) => Some((delivery, plan)),
            Channel::Image(plan) => Some((delivery, &plan.copy)),
            Channel::Assets(plan) => Some((delivery, &plan.copy)),
            Channel::Dockerfile(_) | Channel::Plugin(_) => None,
        })
}

/// How the copies compare a file of the source; `None` where they disagree, so that a change of it
/// would be found in two ways.
fn compared_as(target: &Target<'_>, path: &TreePath) -> Option<CompareAs> {
    let mut ways =
        folders(target).map(|(delivery, plan)| plan.compare.of(&delivery.renames.apply(path)));
    let first = ways.next()?;
    ways.all(|way| way == first).then_some(first)
}

/// A copy in a folder, and one in an image that was built before, is left behind by a change of the source. (What a
/// Dockerfile would build is built from the source as it is, and follows.)
fn changes(target: &Target<'_>, files: &[Delivered]) -> Vec<Protection> {
    let mut protections = Vec::new();
    let changed = files
        .iter()
        .find_map(|file| Some((file, compared_as(target, &file.path)?)));
    if let Some((file, compare_as)) = changed {
        let bytes = altered(small(target.source.tree, &file.path), compare_as);
        let mut write = |what: &str, expected, bytes| {
            let change = |path| Change::Write {
                path,
                bytes,
                executable: file.executable,
            };
            let plant = target.in_source(change, &file.path);
            protections.push(protection(what, "the source", &file.path, expected, plant));
        };
        write("changed content", &codes::CONTENT_DIFFERS, bytes);
        if target.plan.source.non_empty {
            write("emptied file", &codes::EMPTY_FILE, Vec::new());
        }
    }
    if let Some(file) = files.first()
        && folders(target).all(|(delivery, _)| delivery.modes)
    {
        let change = |path| Change::Chmod {
            path,
            executable: !file.executable,
        };
        let plant = target.in_source(change, &file.path);
        protections.push(protection(
            "changed mode",
            "the source",
            &file.path,
            &codes::MODE_DIFFERS,
            plant,
        ));
    }
    protections
}

/// A file that only the source has. Where a `COPY` takes a whole folder it is delivered with the
/// rest, and nothing is violated.
fn extra(target: &Target<'_>) -> Result<Option<Protection>, Obstacle> {
    let source = target.source;
    let mut tried = Vec::new();
    for item in &source.items {
        let path = beside(&item.path);
        if tried.contains(&path) {
            continue;
        }
        if tried.len() > 50 {
            break;
        }
        tried.push(path.clone());
        let is_new = source.plan.selection.has(&path) && source.tree.kind(&path)?.is_none();
        if !is_new {
            continue;
        }
        let plant = target.in_source(|path| Change::write(path, "planted\n"), &path);
        if let [code] = missed_as(target, &path, &plant)?.as_slice() {
            return Ok(Some(protection(
                "extra file",
                "the source",
                &path,
                code,
                plant,
            )));
        }
    }
    Ok(None)
}

/// How a new file of the source is missed in the deliveries that want it: each code once. An ignore
/// file that keeps it out of an image is named as the reason.
fn missed_as(
    target: &Target<'_>,
    path: &TreePath,
    plant: &Plant,
) -> Result<Vec<&'static Code>, Obstacle> {
    let mut codes: Vec<&'static Code> = Vec::new();
    for delivery in &target.plan.deliveries {
        let name = delivery.renames.apply(path);
        let missed = |plan: &DirectoryPlan| {
            let is_wanted = plan.mode == Mode::Mirror && plan.selection.has(&name);
            is_wanted.then_some(&codes::NOT_DELIVERED)
        };
        let code = match &delivery.channel {
            Channel::Directory(plan) => missed(plan),
            Channel::Image(plan) => missed(&plan.copy),
            Channel::Plugin(_) => None,
            Channel::Assets(plan) => missed(&plan.copy),
            Channel::Dockerfile(plan) => planted_view(target, plan, plant)?
                .filter(|view| !view.image.files.contains_key(&plan.dest.join(&name)))
                .map(|view| {
                    let here = view.folder.join(path);
                    let mut ignored = view.image.ignored.iter();
                    if ignored.any(|ignored| here.is_within(&ignored.path)) {
                        &codes::IGNORED
                    } else {
                        &codes::NOT_DELIVERED
                    }
                }),
        };
        codes.extend(code.filter(|code| !codes.contains(code)));
    }
    Ok(codes)
}

/// A file that the source loses while it is still delivered.
fn lost(target: &Target<'_>) -> Result<Option<Protection>, Obstacle> {
    let candidates = match folders(target).next() {
        Some((delivery, plan)) => target
            .delivered(delivery, plan)?
            .into_iter()
            .map(|file| file.path)
            .collect(),
        None => target
            .source
            .items
            .iter()
            .take(20)
            .map(|item| item.path.clone())
            .collect::<Vec<_>>(),
    };
    for path in candidates {
        if is_needed_by_a_rename(target, &path) {
            continue;
        }
        let plant = target.in_source(|path| Change::Remove { path }, &path);
        let include = &target.plan.source.selection.include;
        let others = target.source.items.iter().map(|item| &item.path);
        let pattern = include.only_for(&path, &others.filter(|other| **other != path));
        if let Some(pattern) = pattern {
            return Ok(Some(Protection {
                name: format!("missing file in the source: {path}"),
                expected: &codes::INCLUDE_UNMATCHED,
                mentions: pattern,
                plant: Ok(plant),
            }));
        }
        if is_still_delivered(target, &path, &plant)? {
            return Ok(Some(protection(
                "missing file",
                "the source",
                &path,
                &codes::NOT_IN_SOURCE,
                plant,
            )));
        }
    }
    Ok(None)
}

/// Without the file a rename would fit nothing, which is a finding of its own.
fn is_needed_by_a_rename(target: &Target<'_>, path: &TreePath) -> bool {
    target.plan.deliveries.iter().any(|delivery| {
        let others = || {
            let items = target.source.items.iter();
            items.map(|item| &item.path).filter(|other| *other != path)
        };
        delivery.renames.unused(others()).next().is_some()
    })
}

fn is_still_delivered(
    target: &Target<'_>,
    path: &TreePath,
    plant: &Plant,
) -> Result<bool, Obstacle> {
    if folders(target).next().is_some() {
        return Ok(true);
    }
    for delivery in &target.plan.deliveries {
        if let Channel::Dockerfile(plan) = &delivery.channel {
            let image = planted_image(target, plan, plant)?;
            let asks_for_it = image.is_some_and(|image| {
                image.problems.iter().any(|problem| {
                    matches!(&problem.kind, ProblemKind::MissingSource { path: Some(asked), .. }
                        if asked.as_bytes().ends_with(path.as_bytes()))
                })
            });
            if asks_for_it {
                return Ok(true);
            }
        }
    }
    Ok(false)
}
