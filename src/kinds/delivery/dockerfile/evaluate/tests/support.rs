use std::sync::Arc;

use crate::gate::Change;
use crate::kinds::delivery::dockerfile::{
    DockerfileError, Image, Origin, Problem, ProblemKind, Request, evaluate,
};
use crate::tree::{DirTree, OverlayTree, TreePath};

pub(super) fn path(text: &str) -> TreePath {
    TreePath::new(text).expect("a path")
}

/// A tree with these files; a text that begins with `-> ` makes a symlink, one with `#!` an
/// executable.
pub(super) fn tree(dockerfile: &str, files: &[(&str, &str)]) -> OverlayTree {
    let mut changes = vec![Change::Write {
        path: b"Dockerfile".to_vec(),
        bytes: dockerfile.as_bytes().to_vec(),
        executable: false,
    }];
    for (path, text) in files {
        changes.push(match text.strip_prefix("-> ") {
            Some(target) => Change::Symlink {
                path: path.as_bytes().to_vec(),
                target: target.as_bytes().to_vec(),
            },
            None => Change::Write {
                path: path.as_bytes().to_vec(),
                bytes: text.as_bytes().to_vec(),
                executable: text.starts_with("#!"),
            },
        });
    }
    let empty = Arc::new(DirTree::new("/nowhere/at/all", ""));
    OverlayTree::plant(empty, &changes).expect("plants")
}

/// Evaluates with everything below `/` in view.
pub(super) fn run(dockerfile: &str, files: &[(&str, &str)]) -> Result<Image, DockerfileError> {
    let tree = tree(dockerfile, files);
    evaluate(&Request::new(&tree, path("Dockerfile")))
}

pub(super) fn image(dockerfile: &str, files: &[(&str, &str)]) -> Image {
    run(dockerfile, files).expect("evaluates")
}

/// `image path <- origin` of all files.
pub(super) fn listing(image: &Image) -> Vec<String> {
    image
        .files
        .iter()
        .map(|(path, file)| format!("{path} <- {}", origin(&file.origin)))
        .collect()
}

pub(super) fn origin(origin: &Origin) -> String {
    match origin {
        Origin::Context { path } => path.to_string(),
        Origin::Inline { bytes } => format!("inline {:?}", String::from_utf8_lossy(bytes)),
        Origin::Archive {
            archive, member, ..
        } => format!("{archive}!{member}"),
        Origin::External { reference, path } => format!("image {reference} /{path}"),
        Origin::Built { stage, path } => format!("stage {stage} /{path}"),
        Origin::Url { url } => format!("url {url}"),
        Origin::Git { url } => format!("git {url}"),
    }
}

/// The listing of a Dockerfile `FROM scratch` with these steps, which must raise no problem.
pub(super) fn files(steps: &str, files: &[(&str, &str)]) -> Vec<String> {
    let image = image(&format!("FROM scratch\n{steps}\n"), files);
    assert_eq!(image.problems, [], "{steps}");
    assert_eq!(image.opaque, [], "{steps}");
    listing(&image)
}

/// The problems as short texts.
pub(super) fn problems(image: &Image) -> Vec<String> {
    image.problems.iter().map(problem).collect()
}

fn problem(problem: &Problem) -> String {
    let what = match &problem.kind {
        ProblemKind::MissingSource { source, .. } => format!("missing {source}"),
        ProblemKind::Ignored {
            path,
            line,
            pattern,
            ..
        } => format!("ignored {path} by {pattern} in line {line}"),
        ProblemKind::EmptyWildcard { source } => format!("empty {source}"),
        ProblemKind::Refused { why } => format!("refused: {why}"),
    };
    format!("{}: {what}", problem.at.line)
}
