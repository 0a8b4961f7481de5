use std::sync::Arc;

use super::{Defaults, Folder, Job, ShapeFault, Triggers};
use crate::gate::Location;
use crate::kinds::workflows::yaml::{Fault, FaultKind, Node, Span, Text, YamlComment};

/// A workflow file.
#[derive(Debug, Clone)]
pub struct WorkflowFile {
    /// Relative to the root: `.github/workflows/ci.yml`.
    pub path: String,
    pub folder: Folder,
    /// As UTF-8, without a byte order mark; spans count in it.
    pub text: Arc<str>,
    /// The whole file.
    pub root: Node,
    pub comments: Vec<YamlComment>,
    /// What is wrong with it as YAML.
    pub faults: Vec<Fault>,
    /// What is wrong with it as a workflow.
    pub shape: Vec<ShapeFault>,
    pub name: Option<Text>,
    pub run_name: Option<Text>,
    pub on: Triggers,
    pub env: Option<Node>,
    pub permissions: Option<Node>,
    pub concurrency: Option<Node>,
    pub defaults: Defaults,
    pub jobs: Vec<Job>,
}

impl WorkflowFile {
    /// The name of the file without its folder: `ci.yml`.
    pub fn file_name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    pub fn job(&self, key: &str) -> Option<&Job> {
        self.jobs.iter().find(|job| job.key.value == key)
    }

    /// Whether it has a fault for which a forge schedules nothing of it.
    pub fn is_refused(&self) -> bool {
        self.faults.iter().any(|fault| {
            matches!(
                fault.kind,
                FaultKind::Unreadable | FaultKind::DuplicateKey | FaultKind::SecondDocument
            )
        })
    }

    pub fn at(&self, span: Span) -> Location {
        span.location(&self.path)
    }
}
