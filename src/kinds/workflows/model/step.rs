use crate::kinds::workflows::yaml::{Node, Span, Text};

/// A step of a job.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its place in the list, from 0.
    pub index: usize,
    /// All that is written in it.
    pub body: Node,
    pub id: Option<Text>,
    pub name: Option<Text>,
    /// Its `if:`, as written.
    pub condition: Option<Text>,
    pub uses: Option<Text>,
    pub with: Option<Node>,
    pub run: Option<Text>,
    /// Its own shell; see the job's and the workflow's defaults where there is none.
    pub shell: Option<Text>,
    pub working_directory: Option<Text>,
    pub timeout_minutes: Option<Text>,
    pub continue_on_error: Option<Text>,
    pub env: Option<Node>,
}

impl Step {
    pub fn span(&self) -> Span {
        self.body.span
    }

    /// As messages name it: its name, its id, what it uses, or its number from 1.
    pub fn label(&self) -> String {
        [&self.name, &self.id, &self.uses]
            .into_iter()
            .flatten()
            .next()
            .map_or_else(
                || format!("step {}", self.index + 1),
                |text| format!("step `{}`", text.value),
            )
    }
}
