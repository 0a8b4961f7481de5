use std::collections::{BTreeMap, BTreeSet};

use super::build_context::BuildContext;
use super::builder::{Builder, is_unknown};
use super::error::Located;
use super::parse::parse;
use super::plan::{CopyFrom, Plan, StageBase, StepKind, Workdir};
use super::resolve::{Outside, resolve};
use super::run::{RunFacts, Touch};
use super::stage_fs::StageFs;
use super::{
    ArgUse, Base, DockerfileError, ErrorKind, Image, OpaqueKind, OpaqueStep, Request, StageFacts,
};
use crate::gate::Location;
use crate::tree::{SMALL_FILE, TreePath};

/// The arguments of a Dockerfile, with their values and places, without looking at any file but the
/// Dockerfile itself.
///
/// # Errors
/// When the Dockerfile cannot be read or resolved.
pub fn arguments(request: &Request<'_>) -> Result<BTreeMap<String, ArgUse>, DockerfileError> {
    Ok(plan(request)?.args)
}

/// Works out the files of the final image at or below `request.under`.
///
/// What a base image has there cannot be known and is not part of the answer; [`Image::base`] names
/// it.
///
/// # Errors
/// When something cannot be read, depends on what only a build can know, or exceeds a limit.
pub fn evaluate(request: &Request<'_>) -> Result<Image, DockerfileError> {
    let plan = plan(request)?;
    let context = BuildContext::open(request.tree, &request.context_dir, &request.dockerfile)
        .map_err(|(error, ignore_file)| error.in_file(&request.tree.location(&ignore_file)))?;
    let mut builder = Builder {
        context,
        plan: &plan,
        done: BTreeMap::new(),
        problems: Vec::new(),
        ignored: Vec::new(),
        named: named_files(&plan),
        only: (!copies_between_stages(&plan)).then(|| request.under.clone()),
    };
    for (index, stage) in &builder.plan.stages {
        builder
            .stage(*index, stage)
            .map_err(|error| error.in_file(&file(request)))?;
    }
    let fs = builder
        .done
        .remove(&plan.target)
        .unwrap_or_else(|| StageFs::new(true));
    if fs.follow(&request.under).as_ref() != Some(&request.under) {
        return Err(DockerfileError {
            kind: ErrorKind::Unsupported(format!(
                "/{}, which is a symlink in the image or stands below one,",
                request.under
            )),
            location: Some(file(request)),
        });
    }
    let problems = std::mem::take(&mut builder.problems);
    let ignored = std::mem::take(&mut builder.ignored);
    let mut image = Image {
        problems,
        ignored,
        opaque: opaque_steps(&fs, &request.under),
        base: base(&plan),
        ..Image::default()
    };
    for (path, file) in fs.files() {
        if path.is_within(&request.under) {
            image.files.insert(path.clone(), file.clone());
        }
    }
    for (index, stage) in &plan.stages {
        image.stages.push(StageFacts {
            index: *index,
            name: stage.name.clone(),
            base: stage.base_text.clone(),
            at: stage.at,
        });
        image.notes.extend(stage.notes.iter().cloned());
    }
    if let Some(stage) = plan.stages.get(&plan.target) {
        image.env = stage.env.clone();
        image.user = stage.user.clone();
        image.workdir = match &stage.workdir {
            Workdir::Known(dir) => Some(dir.clone()),
            Workdir::Unknown(_) => None,
        };
    }
    image.args = plan.args;
    Ok(image)
}

fn plan(request: &Request<'_>) -> Result<Plan, DockerfileError> {
    let file = file(request);
    let bytes = request.tree.read(&request.dockerfile, SMALL_FILE)?;
    let in_file = |error: Located| error.in_file(&file);
    let source = parse(&bytes).map_err(in_file)?;
    resolve(
        &source,
        Outside {
            build_args: &request.build_args,
            platform: &request.platform,
            target: request.target.as_deref(),
        },
    )
    .map_err(in_file)
}

fn file(request: &Request<'_>) -> Location {
    request.tree.location(&request.dockerfile)
}

/// The image paths that a `RUN` may take as scripts.
fn named_files(plan: &Plan) -> BTreeSet<TreePath> {
    let steps = plan.stages.values().flat_map(|stage| &stage.steps);
    let runs = steps.filter_map(|step| match &step.kind {
        StepKind::Run(run) => Some(RunFacts::of(run)),
        _ => None,
    });
    runs.flat_map(|run| run.named_files())
        .map(|(path, _)| path)
        .collect()
}

fn copies_between_stages(plan: &Plan) -> bool {
    plan.stages.values().flat_map(|stage| &stage.steps).any(|step| {
        matches!(&step.kind, StepKind::Copy(copy) if matches!(copy.from, CopyFrom::Stage(_)))
    })
}

/// What the chain of `FROM` of the target begins from.
fn base(plan: &Plan) -> Base {
    let mut index = plan.target;
    // A stage begins from an earlier one, so this ends.
    while let Some(stage) = plan.stages.get(&index) {
        match &stage.base {
            StageBase::Scratch => return Base::Scratch,
            StageBase::Image(reference) => {
                return Base::Image {
                    reference: reference.clone(),
                    at: stage.at,
                };
            }
            StageBase::Stage(base) => index = *base,
        }
    }
    Base::Scratch
}

/// The steps that may write at or below `under`, in the order of the file.
fn opaque_steps(fs: &StageFs, under: &TreePath) -> Vec<OpaqueStep> {
    let mut steps = Vec::new();
    for record in &fs.runs {
        if let Touch::Yes { paths, exact, why } = record.run.touch(under) {
            steps.push(OpaqueStep {
                at: record.at,
                kind: OpaqueKind::Run,
                text: record.text.clone(),
                paths,
                exact,
                why,
            });
        }
    }
    for unknown in &fs.unknown {
        if unknown.path.is_within(under) {
            steps.push(OpaqueStep {
                paths: vec![unknown.path.clone()],
                exact: true,
                ..unknown.step.clone()
            });
        } else if under.is_within(&unknown.path) {
            steps.push(unknown.step.clone());
        }
    }
    // A folder of unknown content that holds `under`.
    for (path, file) in fs.files() {
        if path != under && under.is_within(path) && is_unknown(&file.origin) {
            steps.push(super::builder::opaque(
                OpaqueKind::Copy,
                file.at,
                &format!("copies to /{path}"),
                "it copies a folder that is not known without building",
            ));
        }
    }
    steps.sort_by_key(|step| step.at);
    steps.dedup();
    steps
}

#[cfg(test)]
mod tests;
