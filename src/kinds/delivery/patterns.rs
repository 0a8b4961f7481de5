use serde_saphyr::Spanned;

use crate::config::{GateFile, SpecError};
use crate::gate::{Code, Finding, Location};
use crate::tree::{Globs, TreePath};

/// Path patterns of a gate file, each with its place there.
#[derive(Debug, Clone, Default)]
pub(crate) struct Patterns {
    each: Vec<(Globs, Declared)>,
}

/// A text of a gate file, and its place there.
#[derive(Debug, Clone)]
pub(crate) struct Declared {
    pub text: String,
    pub at: Location,
}

impl Declared {
    pub(crate) fn new(file: &GateFile, spanned: &Spanned<String>) -> Self {
        let number = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
        let place = spanned.referenced;
        Self {
            text: spanned.value.clone(),
            at: Location::at(
                file.name.clone(),
                number(place.line()),
                number(place.column()),
            ),
        }
    }
}

impl Patterns {
    /// Reads patterns; what is wrong with one is added to `errors`.
    pub(crate) fn new(
        file: &GateFile,
        patterns: &[Spanned<String>],
        errors: &mut Vec<SpecError>,
    ) -> Self {
        let mut each = Vec::with_capacity(patterns.len());
        for pattern in patterns {
            match Globs::new(std::slice::from_ref(&pattern.value)) {
                Ok(globs) => each.push((globs, Declared::new(file, pattern))),
                Err(error) => {
                    errors.push(SpecError::at(file, pattern.referenced, error.to_string()));
                }
            }
        }
        Self { each }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.each.is_empty()
    }

    pub(crate) fn is_match(&self, path: &TreePath) -> bool {
        self.each.iter().any(|(globs, _)| globs.is_match(path))
    }

    /// Whether anything below a folder may match, going by what each pattern has before its first sign that stands for
    /// more than itself.
    pub(crate) fn may_match_below(&self, folder: &TreePath) -> bool {
        self.texts().any(|text| {
            let is_plain = |c: char| c.is_alphanumeric() || "-_./ ".contains(c);
            let fixed = text.split(|c| !is_plain(c)).next().unwrap_or_default();
            // One that ends in a slash stands for all that is below.
            if fixed == text && !text.ends_with('/') {
                return TreePath::new(text).map_or(true, |path| path.is_within(folder));
            }
            let above = fixed.rsplit_once('/').map_or("", |(above, _)| above);
            TreePath::new(above).map_or(true, |above| {
                folder.is_within(&above) || above.is_within(folder)
            })
        })
    }

    /// The patterns as they stand in the gate.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        self.each.iter().map(|(_, declared)| declared.text.as_str())
    }

    /// Those of the patterns that match none of `paths`.
    pub(crate) fn only_unmatched<'p>(
        &self,
        paths: &(impl Iterator<Item = &'p TreePath> + Clone),
    ) -> Self {
        Self {
            each: self
                .each
                .iter()
                .filter(|(globs, _)| !paths.clone().any(|path| globs.is_match(path)))
                .cloned()
                .collect(),
        }
    }

    /// A pattern that matches `path` and none of the others.
    pub(crate) fn only_for<'p>(
        &self,
        path: &TreePath,
        others: &(impl Iterator<Item = &'p TreePath> + Clone),
    ) -> Option<String> {
        self.only_unmatched(others)
            .each
            .into_iter()
            .find(|(globs, _)| globs.is_match(path))
            .map(|(_, declared)| declared.text)
    }

    /// A finding for each pattern that matches none of `paths`.
    pub(crate) fn unmatched<'p>(
        &self,
        code: &'static Code,
        paths: &(impl Iterator<Item = &'p TreePath> + Clone),
        says: impl Fn(&str) -> String,
    ) -> Vec<Finding> {
        self.only_unmatched(paths)
            .each
            .into_iter()
            .map(|(_, declared)| Finding::new(code, says(&declared.text)).at(declared.at))
            .collect()
    }
}

/// What is in play: everything without `include`, and nothing that `exclude` matches.
#[derive(Debug, Clone, Default)]
pub(crate) struct Selection {
    pub include: Patterns,
    pub exclude: Patterns,
}

impl Selection {
    pub(crate) fn has(&self, path: &TreePath) -> bool {
        (self.include.is_empty() || self.include.is_match(path)) && !self.exclude.is_match(path)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_star_never_crosses_a_slash(path in "[a-c]{1,3}(/[a-c.]{1,3}){0,3}", prefix in "[a-c]{0,2}") {
            prop_assume!(!path.split('/').any(|part| part.chars().all(|c| c == '.')));
            let tree_path = TreePath::new(&path).unwrap();
            let one = Globs::new(&[format!("{prefix}*")]).unwrap();
            let deep = Globs::new(&[format!("{prefix}*/**")]).unwrap();
            let begins = path.starts_with(&prefix);
            prop_assert_eq!(one.is_match(&tree_path), begins && !path.contains('/'));
            let first = path.split('/').next().unwrap_or_default();
            prop_assert_eq!(
                deep.is_match(&tree_path),
                first.starts_with(&prefix) && path.contains('/')
            );
        }
    }
}
