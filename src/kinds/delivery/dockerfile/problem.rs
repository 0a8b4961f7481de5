use super::{Place, codes};
use crate::gate::{Finding, Location};
use crate::tree::{Tree, TreePath};

/// Something for which the build would fail, or would silently leave a file out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The source argument of the instruction.
    pub at: Place,
    pub kind: ProblemKind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProblemKind {
    /// A source that is not in the build context (or in the stage that it is copied from). The
    /// build fails.
    MissingSource {
        /// As the instruction has it after expansion.
        source: String,
        /// The path in the tree that was looked for; `None` for a path in another stage.
        path: Option<TreePath>,
    },
    /// A source, or a file below a source, that an ignore file keeps out of the build context.
    Ignored {
        source: String,
        /// What is kept out, by its path in the tree.
        path: TreePath,
        /// The ignore file, by its path in the tree.
        ignore_file: TreePath,
        /// The line of the pattern, counted from 1.
        line: u32,
        pattern: String,
    },
    /// A pattern that matches nothing. BuildKit goes on without a word.
    EmptyWildcard { source: String },
    /// A step that BuildKit refuses for another reason.
    Refused { why: String },
}

impl Problem {
    /// As a report shows it. An ignored file points at the ignore file first: it is what to mend.
    pub fn to_finding(&self, tree: &dyn Tree, dockerfile: &TreePath) -> Finding {
        let here = self.at.location(tree, dockerfile);
        match &self.kind {
            ProblemKind::MissingSource { source, path } => Finding::new(
                &codes::DOCKERFILE_MISSING_SOURCE,
                match path {
                    Some(path) => {
                        format!("`{source}` is not in the build context ({path} does not exist)")
                    }
                    None => format!("`{source}` is not in the stage that it is copied from"),
                },
            )
            .at(here),
            ProblemKind::Ignored {
                source,
                path,
                ignore_file,
                line,
                pattern,
            } => {
                let there = Location {
                    line: Some(*line),
                    ..tree.location(ignore_file)
                };
                Finding::new(
                    &codes::DOCKERFILE_IGNORED,
                    format!(
                        "the pattern `{pattern}` keeps {path} out of the build context, but `{source}` asks for it"
                    ),
                )
                .at(there)
                .at(here)
            }
            ProblemKind::EmptyWildcard { source } => Finding::new(
                &codes::DOCKERFILE_EMPTY_WILDCARD,
                format!("`{source}` matches nothing in the build context"),
            )
            .at(here),
            ProblemKind::Refused { why } => {
                Finding::new(&codes::DOCKERFILE_BUILD_FAILS, why.clone()).at(here)
            }
        }
    }
}
