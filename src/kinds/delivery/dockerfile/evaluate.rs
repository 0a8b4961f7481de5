use std::collections::BTreeMap;

use super::error::Located;
use super::parse::parse;
use super::plan::Plan;
use super::resolve::{Outside, resolve};
use super::{ArgUse, DockerfileError, Image, Request};
use crate::gate::Location;
use crate::tree::SMALL_FILE;

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
/// # Errors
/// When something cannot be read, depends on what only a build can know, or exceeds a limit.
pub fn evaluate(request: &Request<'_>) -> Result<Image, DockerfileError> {
    let plan = plan(request)?;
    let Some(stage) = plan.stages.get(&plan.target) else {
        return Ok(Image::default());
    };
    if let Some(step) = stage.steps.first() {
        return Err(Located::unsupported(step.text.clone(), step.at).in_file(&file(request)));
    }
    Ok(Image {
        args: plan.args,
        ..Image::default()
    })
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
