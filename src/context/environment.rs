use std::collections::BTreeMap;
use std::ffi::OsString;

/// The environment variables that the process was started with, read once.
#[derive(Debug, Clone, Default)]
pub struct Environment(BTreeMap<OsString, OsString>);

impl Environment {
    /// Takes the process's own.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads it")]
    pub fn of_process() -> Self {
        Self(std::env::vars_os().collect())
    }

    /// The value of a variable, if it is set, not empty and UTF-8.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .get(std::ffi::OsStr::new(name))
            .and_then(|value| value.to_str())
            .filter(|value| !value.is_empty())
    }

    /// Whether a variable is set, and to nothing.
    pub fn is_blank(&self, name: &std::ffi::OsStr) -> bool {
        self.0.get(name).is_some_and(|value| value.is_empty())
    }

    /// All variables, for children.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&std::ffi::OsStr, &std::ffi::OsStr)> {
        self.0
            .iter()
            .map(|(key, value)| (key.as_os_str(), value.as_os_str()))
    }
}

impl<K: Into<OsString>, V: Into<OsString>> FromIterator<(K, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(iter: I) -> Self {
        Self(
            iter.into_iter()
                .map(|(key, value)| (key.into(), value.into()))
                .collect(),
        )
    }
}
