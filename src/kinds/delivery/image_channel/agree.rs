use std::collections::BTreeMap;

use super::codes::BUILD_DIFFERS;
use super::oci::OciPlatform;
use super::plan::{ImageInput, ImagePlan};
use super::platforms::fits;
use crate::context::Context;
use crate::gate::{Finding, Obstacle};
use crate::kinds::delivery::dockerfile::{ImageFile, Origin};
use crate::kinds::delivery::dockerfile_channel::view;
use crate::kinds::delivery::plan::{DockerfilePlan, SourcePlan};
use crate::tree::{BlobId, NodeKind, Tree, TreePath};

/// What an image that was built holds at the destination.
#[derive(Debug)]
pub(crate) struct Holdings {
    /// By name: the ids of contents and of the targets of symlinks.
    pub ids: BTreeMap<TreePath, BlobId>,
    /// The platform that it was built for.
    pub platform: OciPlatform,
}

/// A finding for each file of the destination that reading a Dockerfile promises, and that the image built of the
/// very same Dockerfile does not have, or has otherwise. What comes from the source was compared with it on both
/// ways already; here it is about what is delivered besides.
///
/// # Errors
/// When something cannot be read or evaluated.
pub(crate) fn disagreements(
    context: &Context,
    source: &SourcePlan,
    dockerfile: &DockerfilePlan,
    image: &ImagePlan,
    holdings: &Holdings,
) -> Result<Vec<Finding>, Obstacle> {
    let ImageInput::Build(build) = &image.input else {
        return Ok(Vec::new());
    };
    let is_same = build.dockerfile == dockerfile.dockerfile
        && build.context == dockerfile.context
        && build.target == dockerfile.target
        && build.args == dockerfile.build_args
        && fits(&holdings.platform, &dockerfile.platform)
        && image.copy.folder == dockerfile.dest;
    if !is_same {
        return Ok(Vec::new());
    }
    let Some(view) = view(context, source, dockerfile, false)? else {
        return Ok(Vec::new());
    };
    // What a step may do besides what it is seen to do cannot be promised.
    if view.image.opaque.iter().any(|step| !step.exact) {
        return Ok(Vec::new());
    }
    let written = |path: &TreePath| {
        let mut steps = view.image.opaque.iter();
        steps.any(|step| step.paths.iter().any(|written| path.is_within(written)))
    };
    let root = context.root();
    let mut findings = Vec::new();
    for (path, file) in &view.image.files {
        let Some(name) = path.strip_prefix(&dockerfile.dest) else {
            continue;
        };
        if written(path) {
            continue;
        }
        let Some(promised) = promised(root, &view.folder, file)? else {
            continue;
        };
        let message = match (holdings.ids.get(&name), promised) {
            (None, _) => format!(
                "{name} is delivered by the Dockerfile, and not in the image that was built of it"
            ),
            (Some(found), Promised::Content(id)) if *found != id => {
                format!(
                    "{name} has another content in the image that was built than the Dockerfile gives it"
                )
            }
            _ => continue,
        };
        findings.push(
            Finding::new(&BUILD_DIFFERS, message)
                .about(name.to_string())
                .at(file.at.location(root, &dockerfile.dockerfile)),
        );
    }
    Ok(findings)
}

/// What a Dockerfile says of a file.
enum Promised {
    /// That it is there; its content was compared with the source.
    Presence,
    Content(BlobId),
}

fn promised(
    root: &dyn Tree,
    source: &TreePath,
    file: &ImageFile,
) -> Result<Option<Promised>, Obstacle> {
    Ok(match &file.origin {
        Origin::Context { path } if path.is_within(source) => Some(Promised::Presence),
        Origin::Context { path } => match root.kind(path)? {
            Some(NodeKind::File) => Some(Promised::Content(root.facts(path)?.id)),
            Some(NodeKind::Symlink) => Some(Promised::Content(root.link_id(path)?)),
            _ => None,
        },
        Origin::Inline { bytes } => Some(Promised::Content(BlobId::of(bytes))),
        Origin::Archive { bytes, .. } if !bytes.is_empty() => {
            Some(Promised::Content(BlobId::of(bytes)))
        }
        // Files or folders of which nothing is known here.
        Origin::Archive { .. }
        | Origin::External { .. }
        | Origin::Built { .. }
        | Origin::Url { .. }
        | Origin::Git { .. } => None,
    })
}
