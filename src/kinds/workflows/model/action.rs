use std::collections::BTreeSet;

use super::build::steps_of;
use super::{Defaults, Folder, Job, Triggers, WorkflowFile};
use crate::kinds::workflows::yaml::{Entry, Node, read_document};
use crate::tree::{NodeKind, SMALL_FILE, Tree, TreePath};

/// Actions of a checkout that are followed: more are no repository's.
const MOST: usize = 500;

/// The folder of an action of the checkout itself: `./.github/actions/x` is `.github/actions/x`.
pub fn local_action(uses: &str) -> Option<TreePath> {
    let folder = uses.strip_prefix("./")?;
    // What is called from a job is a file.
    TreePath::new(folder.trim_end_matches('/')).ok()
}

/// The composite actions of the checkout that jobs use, and those that they use, each as a file with one
/// job: the steps that it brings. What cannot be read fails in every job that uses it, and is left out.
pub fn read_actions(tree: &dyn Tree, files: &[WorkflowFile]) -> Vec<WorkflowFile> {
    let mut known = BTreeSet::new();
    let mut open: Vec<TreePath> = files.iter().flat_map(used).collect();
    let mut actions = Vec::new();
    while let Some(folder) = open.pop() {
        if known.len() >= MOST || !known.insert(folder.clone()) {
            continue;
        }
        if let Some(action) = read_action(tree, &folder) {
            open.extend(used(&action));
            actions.push(action);
        }
    }
    actions.sort_by(|a, b| a.path.cmp(&b.path));
    actions
}

/// The folders of the actions that a file uses.
fn used(file: &WorkflowFile) -> Vec<TreePath> {
    let steps = file.jobs.iter().flat_map(|job| &job.steps);
    steps
        .filter_map(|step| local_action(&step.uses.as_ref()?.value))
        .collect()
}

fn read_action(tree: &dyn Tree, folder: &TreePath) -> Option<WorkflowFile> {
    let path = ["action.yml", "action.yaml"]
        .into_iter()
        .map(|name| folder.join(name))
        .find(|path| matches!(tree.kind(path), Ok(Some(NodeKind::File))))?;
    let document = read_document(&tree.read(&path, SMALL_FILE).ok()?);
    let root = document.root?;
    let runs = root.entry("runs")?;
    let using = runs.value.text("using")?;
    if using.value != "composite" {
        return None;
    }
    let job = job(folder, runs);
    Some(WorkflowFile {
        path: path.to_string(),
        folder: Folder::GitHub,
        text: document.text,
        comments: document.comments,
        faults: document.faults,
        shape: Vec::new(),
        name: root.text("name").cloned(),
        run_name: None,
        on: Triggers::default(),
        env: None,
        permissions: None,
        concurrency: None,
        defaults: Defaults::default(),
        jobs: vec![job],
        root,
    })
}

/// The steps of an action as a job that bears the name of its folder.
fn job(folder: &TreePath, runs: &Entry) -> Job {
    let body: &Node = &runs.value;
    let mut key = runs.key.clone();
    key.value = format!("./{folder}");
    Job {
        key,
        name: None,
        needs: Vec::new(),
        needs_key: None,
        condition: None,
        runs_on: None,
        strategy: None,
        uses: None,
        with: None,
        secrets: None,
        timeout_minutes: None,
        continue_on_error: None,
        env: None,
        permissions: None,
        concurrency: None,
        environment: None,
        container: None,
        services: None,
        outputs: None,
        defaults: Defaults::default(),
        steps: steps_of(body),
        body: body.clone(),
    }
}
