//! What the workflow files say, each value with its place.

mod action;
mod build;
mod condition;
mod folder;
mod job;
mod read;
mod shape;
mod shape_check;
mod step;
mod trigger;
mod typed;
mod workflow_file;

pub use action::{local_action, read_actions};
pub use condition::Condition;
pub use folder::Folder;
pub use job::{Defaults, Job, Strategy};
pub use read::{
    Listed, Unread, Workflows, list_workflows, parse_workflow, read_workflow, read_workflows,
};
pub use shape::{ShapeFault, ShapeKind};
pub use step::Step;
pub use trigger::{Filter, Trigger, Triggers};
pub use workflow_file::WorkflowFile;

#[cfg(test)]
mod tests;
