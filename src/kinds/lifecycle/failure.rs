/// What a check found wrong.
#[derive(Debug)]
pub(super) struct Failure {
    /// What should have been, as a fragment: `status is "online"`.
    pub(super) expected: String,
    /// What was there instead.
    pub(super) got: String,
    /// Rows, containers and the like that tell more, a line each.
    pub(super) context: Vec<String>,
}

impl Failure {
    pub(super) fn new(expected: impl Into<String>, got: impl Into<String>) -> Self {
        Self {
            expected: expected.into(),
            got: got.into(),
            context: Vec::new(),
        }
    }

    #[must_use]
    pub(super) fn with(mut self, line: impl Into<String>) -> Self {
        self.context.push(line.into());
        self
    }
}
