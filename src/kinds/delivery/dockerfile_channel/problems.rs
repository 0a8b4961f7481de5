use super::files::Sorted;
use super::inspect::Mounted;
use crate::gate::{Finding, Location};
use crate::kinds::delivery::codes::{IGNORED, NOT_DELIVERED, NOT_IN_SOURCE};
use crate::kinds::delivery::dockerfile::{
    DOCKERFILE_BUILD_FAILS, Ignored as IgnoredFile, Problem, ProblemKind,
};
use crate::kinds::delivery::equality::Item;
use crate::kinds::delivery::plan::Delivery;
use crate::kinds::delivery::source::Source;
use crate::tree::TreePath;

/// Adds what an ignore file keeps out of folders that are copied.
pub(crate) fn add_ignored(
    ignored_files: &[IgnoredFile],
    mounted: &Mounted<'_>,
    wanted: &[Item],
    sorted: &mut Sorted,
) {
    for file in ignored_files {
        let kept_out = Ignored {
            path: &file.path,
            at: Location {
                line: Some(file.line),
                ..mounted.tree.location(&file.ignore_file)
            },
            pattern: &file.pattern,
        };
        ignored(&kept_out, mounted.at(file.at), mounted, wanted, sorted);
    }
}

/// Adds what the build's own problems mean for the source's files.
pub(crate) fn add_problems(
    problems: &[Problem],
    mounted: &Mounted<'_>,
    source: &Source<'_>,
    delivery: &Delivery,
    wanted: &[Item],
    sorted: &mut Sorted,
) {
    let mut asked_for = Vec::new();
    for problem in problems {
        let at = mounted.at(problem.at);
        match &problem.kind {
            ProblemKind::Ignored {
                path,
                ignore_file,
                line,
                pattern,
                ..
            } => {
                let kept_out = Ignored {
                    path,
                    at: Location {
                        line: Some(*line),
                        ..mounted.tree.location(ignore_file)
                    },
                    pattern,
                };
                ignored(&kept_out, at, mounted, wanted, sorted);
            }
            ProblemKind::MissingSource {
                path: Some(path), ..
            } => {
                let Some(path) = path.strip_prefix(&mounted.folder) else {
                    continue;
                };
                let lost = source.is_lost(&delivery.renames.apply(&path), &delivery.renames);
                if !lost && !asked_for.contains(&path) {
                    sorted.findings.push(
                        Finding::new(
                            &NOT_IN_SOURCE,
                            format!(
                                "{path} is to be delivered, and not in the source: the build fails"
                            ),
                        )
                        .at(at),
                    );
                }
                asked_for.push(path);
            }
            ProblemKind::Refused { why } => sorted
                .findings
                .push(Finding::new(&DOCKERFILE_BUILD_FAILS, why.clone()).at(at)),
            // What is missing for these reasons is reported as not delivered.
            ProblemKind::MissingSource { path: None, .. } | ProblemKind::EmptyWildcard { .. } => {}
        }
    }
}

struct Ignored<'a> {
    path: &'a TreePath,
    at: Location,
    pattern: &'a str,
}

fn ignored(
    kept_out: &Ignored<'_>,
    copy: Location,
    mounted: &Mounted<'_>,
    wanted: &[Item],
    sorted: &mut Sorted,
) {
    let Ignored { path, at, pattern } = kept_out;
    let lost: Vec<_> = wanted
        .iter()
        .filter(|item| mounted.folder.join(&item.path).is_within(path))
        .map(|item| item.name.clone())
        .filter(|name| !sorted.explained.contains(name))
        .filter(|name| !sorted.ours.iter().any(|item| item.name == *name))
        .collect();
    let Some(first) = lost.first() else {
        return;
    };
    let more = match lost.len() {
        1 => String::new(),
        count => format!(" and {} more", count - 1),
    };
    sorted.findings.push(
        Finding::new(
            &IGNORED,
            format!("the pattern `{pattern}` keeps {first}{more} out of the build"),
        )
        .at(at.clone())
        .at(copy),
    );
    sorted.explained.extend(lost);
}

/// Where a `COPY` asks for something that is not there, the finding about what is not delivered
/// says so.
pub(crate) fn explain_missing(problems: &[Problem], findings: &mut [Finding]) {
    for problem in problems {
        let ProblemKind::MissingSource {
            source,
            path: Some(path),
        } = &problem.kind
        else {
            continue;
        };
        let name = path.name().to_string();
        for finding in findings.iter_mut() {
            let about = finding.code == &NOT_DELIVERED
                && finding.locations.iter().any(|at| at.path.ends_with(&name));
            if about && finding.help.is_none() {
                finding.help = Some(format!(
                    "line {} copies `{source}`, which is not there",
                    problem.at.line
                ));
            }
        }
    }
}
