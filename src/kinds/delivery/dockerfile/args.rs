use super::Place;

/// All that a Dockerfile says about one `ARG`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ArgUse {
    /// Every declaration in the stages that the target needs, and before the first `FROM`, in the
    /// order of the file.
    pub declared: Vec<ArgDeclaration>,
    /// The instructions that use its value, in the order of the file.
    pub used: Vec<Place>,
}

/// One `ARG NAME[=default]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArgDeclaration {
    pub at: Place,
    /// The stage that it stands in; `None` before the first `FROM`.
    pub stage: Option<usize>,
    /// The default as it is written, before expansion.
    pub default: Option<String>,
    /// The value from here on, after overrides and expansion; `None` if it has none.
    pub value: Option<String>,
    /// Whether a build argument replaced the default.
    pub overridden: bool,
}

impl ArgUse {
    /// The value that the last declaration gives it.
    pub fn value(&self) -> Option<&str> {
        self.declared.last()?.value.as_deref()
    }

    /// Whether any instruction uses it.
    pub fn is_used(&self) -> bool {
        !self.used.is_empty()
    }
}
