use std::sync::Arc;

/// The text of a file that a person wrote, and the name that messages give it.
#[derive(Debug, Clone)]
pub struct GateFile {
    /// Relative to the root where it stands below it, with `/` between parts.
    pub name: String,
    pub text: Arc<str>,
}

impl GateFile {
    pub fn new(name: impl Into<String>, text: impl Into<Arc<str>>) -> Self {
        Self {
            name: name.into(),
            text: text.into(),
        }
    }

    /// The file's own name, without folders and without `.yaml`.
    pub fn stem(&self) -> &str {
        let base = self.name.rsplit('/').next().unwrap_or(&self.name);
        base.strip_suffix(".yaml").unwrap_or(base)
    }
}
