use super::Place;
use crate::tree::TreePath;

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
    /// What sort of problem it is, as the gate's facts name it.
    pub fn word(&self) -> &'static str {
        match &self.kind {
            ProblemKind::MissingSource { .. } => "missing-source",
            ProblemKind::Ignored { .. } => "ignored",
            ProblemKind::EmptyWildcard { .. } => "empty-wildcard",
            ProblemKind::Refused { .. } => "refused",
        }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.kind {
            ProblemKind::MissingSource {
                source,
                path: Some(path),
            } => {
                write!(
                    f,
                    "`{source}` is not in the build context ({path} does not exist)"
                )
            }
            ProblemKind::MissingSource { source, path: None } => {
                write!(f, "`{source}` is not in the stage that it is copied from")
            }
            ProblemKind::Ignored {
                source,
                path,
                ignore_file,
                line,
                pattern,
            } => write!(
                f,
                "the pattern `{pattern}` of {ignore_file}:{line} keeps {path} out of the build context, but `{source}` asks for it"
            ),
            ProblemKind::EmptyWildcard { source } => {
                write!(f, "`{source}` matches nothing in the build context")
            }
            ProblemKind::Refused { why } => f.write_str(why),
        }
    }
}
