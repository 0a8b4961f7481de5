use globset::{GlobBuilder, GlobMatcher};

use super::TreePath;

/// A list of path patterns: `*` and `?` stop at `/`, `**` does not, `[a-z]` and `{a,b}` work,
/// case counts. A pattern that ends in `/` means all that is below that folder.
#[derive(Debug, Clone, Default)]
pub struct Globs {
    patterns: Vec<Pattern>,
}

#[derive(Debug, Clone)]
struct Pattern {
    text: String,
    matcher: GlobMatcher,
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
            .map(|pattern| Pattern::new(pattern.as_ref()))
            .collect::<Result<_, _>>()?;
        Ok(Self { patterns })
    }

    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    pub fn is_match(&self, path: &TreePath) -> bool {
        self.patterns
            .iter()
            .any(|pattern| pattern.matcher.is_match(path.as_path()))
    }

    /// The patterns that match none of `paths`, as they were written.
    pub fn unmatched<'a>(&'a self, paths: &[&TreePath]) -> Vec<&'a str> {
        self.patterns
            .iter()
            .filter(|pattern| {
                !paths
                    .iter()
                    .any(|path| pattern.matcher.is_match(path.as_path()))
            })
            .map(|pattern| pattern.text.as_str())
            .collect()
    }
}

impl Pattern {
    fn new(text: &str) -> Result<Self, GlobError> {
        let refuse = |problem: String| GlobError {
            pattern: text.to_owned(),
            problem,
        };
        if text.is_empty() {
            return Err(refuse("it is empty".to_owned()));
        }
        if text.starts_with('/') {
            return Err(refuse("it starts with `/`; paths are relative".to_owned()));
        }
        if text.split('/').any(|part| part == "..") {
            return Err(refuse("it leads out of the tree with `..`".to_owned()));
        }
        let plain = text.strip_prefix("./").unwrap_or(text);
        let pattern = match plain.strip_suffix('/') {
            Some(folder) => format!("{folder}/**"),
            None => plain.to_owned(),
        };
        let matcher = GlobBuilder::new(&pattern)
            .literal_separator(true)
            .backslash_escape(true)
            .build()
            .map_err(|error| refuse(error.kind().to_string()))?
            .compile_matcher();
        Ok(Self {
            text: text.to_owned(),
            matcher,
        })
    }
}
