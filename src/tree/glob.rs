use super::TreePath;
use crate::gate::Pattern;

/// A list of path patterns.
#[derive(Debug, Clone, Default)]
pub struct Globs {
    patterns: Vec<Pattern>,
}

/// Why a pattern is not one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{pattern}` is not a path pattern: {problem}")]
pub struct GlobError {
    pub pattern: String,
    pub problem: String,
}

impl Globs {
    /// # Errors
    /// Names the first pattern that cannot be read.
    pub fn new<T: AsRef<str>>(patterns: &[T]) -> Result<Self, GlobError> {
        let patterns = patterns
            .iter()
            .map(|pattern| {
                Pattern::new(pattern.as_ref()).map_err(|problem| GlobError {
                    pattern: pattern.as_ref().to_owned(),
                    problem,
                })
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { patterns })
    }

    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    pub fn is_match(&self, path: &TreePath) -> bool {
        self.patterns
            .iter()
            .any(|pattern| pattern.is_match(path.as_path()))
    }

    /// The patterns that match none of `paths`, as they were written.
    pub fn unmatched<'a>(&'a self, paths: &[&TreePath]) -> Vec<&'a str> {
        self.patterns
            .iter()
            .filter(|pattern| !paths.iter().any(|path| pattern.is_match(path.as_path())))
            .map(Pattern::as_str)
            .collect()
    }
}
