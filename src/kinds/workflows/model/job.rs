use super::Step;
use crate::kinds::workflows::yaml::{Node, Span, Text};

/// A job.
#[derive(Debug, Clone)]
pub struct Job {
    pub key: Text,
    /// All that is written below the key.
    pub body: Node,
    pub name: Option<Text>,
    pub needs: Vec<Text>,
    /// The place of the key `needs`.
    pub needs_key: Option<Span>,
    /// Its `if:`, as written.
    pub condition: Option<Text>,
    pub runs_on: Option<Node>,
    pub strategy: Option<Strategy>,
    /// The reusable workflow that it calls.
    pub uses: Option<Text>,
    pub with: Option<Node>,
    pub secrets: Option<Node>,
    pub timeout_minutes: Option<Text>,
    pub continue_on_error: Option<Text>,
    pub env: Option<Node>,
    pub permissions: Option<Node>,
    pub concurrency: Option<Node>,
    pub environment: Option<Node>,
    pub container: Option<Node>,
    pub services: Option<Node>,
    pub outputs: Option<Node>,
    pub defaults: Defaults,
    pub steps: Vec<Step>,
}

impl Job {
    /// All that is written below the key.
    pub fn span(&self) -> Span {
        self.body.span
    }

    pub fn needs(&self, key: &str) -> bool {
        self.needs.iter().any(|need| need.value == key)
    }
}

/// `strategy:`, as written.
#[derive(Debug, Clone)]
pub struct Strategy {
    pub span: Span,
    /// A mapping, or an expression.
    pub matrix: Option<Node>,
    pub fail_fast: Option<Text>,
    pub max_parallel: Option<Text>,
}

/// `defaults: run:`.
#[derive(Debug, Clone, Default)]
pub struct Defaults {
    pub shell: Option<Text>,
    pub working_directory: Option<Text>,
}
