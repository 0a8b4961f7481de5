use globset::{GlobBuilder, GlobMatcher};

use crate::gate::Location;

/// A context that has to be green, or a pattern for such.
#[derive(Debug, Clone)]
pub(super) struct Requirement {
    /// As it is written.
    pub(super) text: String,
    pub(super) at: Location,
    /// The app that has to post it, by its id, where the rules bind it to one (GitHub).
    pub(super) app: Option<u64>,
    /// Whether it is the forge that asks for it: a forge compares names and patterns with what was posted as they
    /// are written. People leave the event away.
    pub(super) by_forge: bool,
    /// Forges take required names for patterns; `None` for one without any of their signs.
    pattern: Option<GlobMatcher>,
}

impl Requirement {
    /// # Errors
    /// When the text is a pattern that cannot be understood.
    pub(super) fn new(text: &str, at: Location) -> Result<Self, String> {
        let pattern = text
            .contains(['*', '?', '[', '{'])
            .then(|| {
                // `/` is a letter like any other: contexts are names and no paths.
                GlobBuilder::new(text)
                    .literal_separator(false)
                    .build()
                    .map(|glob| glob.compile_matcher())
                    .map_err(|error| format!("`{text}` is not a pattern: {}", error.kind()))
            })
            .transpose()?;
        Ok(Self {
            text: text.to_owned(),
            at,
            app: None,
            by_forge: false,
            pattern,
        })
    }

    /// A name, whatever signs it has in it.
    pub(super) fn named(text: &str, at: Location) -> Self {
        Self {
            text: text.to_owned(),
            at,
            app: None,
            by_forge: false,
            pattern: None,
        }
    }

    /// The same, bound to an app.
    pub(super) fn of_app(self, app: Option<u64>) -> Self {
        Self { app, ..self }
    }

    /// The same, asked for by the forge.
    pub(super) fn by_forge(self) -> Self {
        Self {
            by_forge: true,
            ..self
        }
    }

    pub(super) fn is_pattern(&self) -> bool {
        self.pattern.is_some()
    }

    pub(super) fn matches(&self, context: &str) -> bool {
        match &self.pattern {
            Some(pattern) => pattern.is_match(context),
            None => self.text == context,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn requirement(text: &str) -> Requirement {
        Requirement::new(text, Location::file("required.txt")).expect("a requirement")
    }

    #[test]
    fn a_star_takes_slashes_as_well() {
        assert!(requirement("*").matches("CI / test (pull_request)"));
        assert!(requirement("CI / *").matches("CI / a/b (push)"));
        assert!(!requirement("CI / *").matches("Lint / a"));
        assert!(!requirement("CI / test (push)").is_pattern());
    }
}
