use crate::gate::{Finding, Location, Obstacle};
use crate::kinds::delivery::codes::PIN;
use crate::kinds::delivery::dockerfile::{Request, arguments};
use crate::kinds::delivery::plan::{DockerfilePlan, SourcePlace};
use crate::tree::TreePath;

/// The folder of the build context that the source is cloned into, relative to the context; or the
/// finding that the argument which is to name it does not.
///
/// # Errors
/// When the Dockerfile cannot be read.
pub(crate) fn source_folder(
    plan: &DockerfilePlan,
    request: &Request<'_>,
) -> Result<Result<TreePath, Finding>, Obstacle> {
    let name = match &plan.source {
        SourcePlace::Folder(folder) => return Ok(Ok(folder.clone())),
        SourcePlace::Arg(name) => name,
    };
    let dockerfile = request.tree.location(&request.dockerfile);
    let pin = |message: String, at: Location| {
        Ok(Err(Finding::new(&PIN, message).at(at).help(format!(
            "name the argument that leads to the source in `source_arg`, or declare `ARG {name}` again"
        ))))
    };
    let arguments = arguments(request)?;
    let Some(argument) = arguments.get(name).filter(|arg| !arg.declared.is_empty()) else {
        return pin(
            format!("`ARG {name}` is not declared in what is built"),
            dockerfile,
        );
    };
    let Some(declared) = argument.declared.iter().rfind(|arg| arg.stage.is_some()) else {
        return pin(
            format!(
                "`ARG {name}` is declared before the first `FROM` only, where no `COPY` sees it"
            ),
            dockerfile,
        );
    };
    let at = declared.at.location(request.tree, &request.dockerfile);
    let Some(value) = declared.value.as_deref() else {
        return pin(
            format!("`ARG {name}` has no value: neither a default nor an entry of `build_args`"),
            at,
        );
    };
    // A path that a `COPY` gives as absolute begins at the build context.
    match TreePath::new(value.trim_start_matches('/')) {
        Ok(folder) if folder.is_root() => pin(
            format!("`ARG {name}` has the value `{value}`, which is the whole build context"),
            at,
        ),
        Ok(folder) => Ok(Ok(folder)),
        Err(error) => pin(format!("`ARG {name}` names no folder: {error}"), at),
    }
}
