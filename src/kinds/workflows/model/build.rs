use super::shape_check::Faults;
use super::{
    Defaults, Filter, Folder, Job, Step, Strategy, Trigger, Triggers, WorkflowFile, typed,
};
use crate::kinds::workflows::yaml::{Document, Entry, Fault, FaultKind, Node, Span, Text};

/// Makes a workflow of a document.
///
/// # Errors
/// What keeps it from being one at all.
pub(super) fn build(
    path: String,
    folder: Folder,
    document: Document,
) -> Result<WorkflowFile, Vec<Fault>> {
    let Document {
        text,
        root,
        comments,
        mut faults,
    } = document;
    let Some(root) = root else {
        if faults.is_empty() {
            let message = "the file is empty";
            faults.push(Fault::new(FaultKind::Unreadable, message, Span::default()));
        }
        return Err(faults);
    };
    if root.as_map().is_none() {
        let message = "the file is not a mapping (`key: value`), and so no workflow";
        faults.push(Fault::new(FaultKind::Unreadable, message, root.span));
        return Err(faults);
    }
    let mut shape = Faults::default();
    shape.workflow(&root);
    let on = triggers(&root, &mut shape);
    let jobs = jobs(&root, &mut shape);
    shape.needs(&jobs);
    typed::check(&root, &mut shape);
    Ok(WorkflowFile {
        name: root.text("name").cloned(),
        run_name: root.text("run-name").cloned(),
        on,
        env: value(&root, "env"),
        permissions: value(&root, "permissions"),
        concurrency: value(&root, "concurrency"),
        defaults: defaults(&root),
        jobs,
        shape: shape.all,
        path,
        folder,
        text,
        comments,
        faults,
        root,
    })
}

/// A value that says something.
fn value(node: &Node, key: &str) -> Option<Node> {
    node.get(key).filter(|value| !value.is_null()).cloned()
}

fn defaults(node: &Node) -> Defaults {
    let run = node
        .get("defaults")
        .and_then(|defaults| defaults.get("run"));
    let text = |key| run.and_then(|run| run.text(key)).cloned();
    Defaults {
        shell: text("shell"),
        working_directory: text("working-directory"),
    }
}

fn triggers(root: &Node, shape: &mut Faults) -> Triggers {
    let Some(on) = root.entry("on") else {
        shape.no_triggers(root);
        return Triggers::default();
    };
    let all = match on.value.as_map() {
        Some(entries) => entries.iter().map(trigger).collect(),
        None => on.value.texts().into_iter().map(bare).collect(),
    };
    let triggers = Triggers {
        key: on.key.span,
        span: on.value.span,
        all,
    };
    shape.triggers(&on.value, &triggers);
    triggers
}

fn bare(event: &Text) -> Trigger {
    Trigger {
        event: event.clone(),
        body: None,
        branches: None,
        branches_ignore: None,
        tags: None,
        tags_ignore: None,
        paths: None,
        paths_ignore: None,
        types: None,
        crons: Vec::new(),
    }
}

fn trigger(entry: &Entry) -> Trigger {
    let body = &entry.value;
    let filter = |key: &str| {
        let entry = body.entry(key)?;
        Some(Filter {
            key: entry.key.clone(),
            patterns: entry.value.texts().into_iter().cloned().collect(),
            span: entry.value.span,
        })
    };
    let crons = body.as_list().unwrap_or_default();
    Trigger {
        body: Some(body.clone()).filter(|body| !body.is_null()),
        branches: filter("branches"),
        branches_ignore: filter("branches-ignore"),
        tags: filter("tags"),
        tags_ignore: filter("tags-ignore"),
        paths: filter("paths"),
        paths_ignore: filter("paths-ignore"),
        types: filter("types"),
        crons: crons
            .iter()
            .filter_map(|item| item.text("cron"))
            .cloned()
            .collect(),
        ..bare(&entry.key)
    }
}

fn jobs(root: &Node, shape: &mut Faults) -> Vec<Job> {
    let Some(jobs) = root.entry("jobs") else {
        shape.no_jobs(root);
        return Vec::new();
    };
    let entries = jobs.value.as_map().unwrap_or_default();
    if entries.is_empty() {
        shape.empty_jobs(jobs);
    }
    entries
        .iter()
        .map(|entry| {
            shape.job(entry);
            job(entry)
        })
        .collect()
}

fn job(entry: &Entry) -> Job {
    let body = &entry.value;
    let text = |key: &str| body.text(key).cloned();
    let needs = body.entry("needs");
    Job {
        key: entry.key.clone(),
        name: text("name"),
        needs: needs
            .map(|needs| needs.value.texts().into_iter().cloned().collect())
            .unwrap_or_default(),
        needs_key: needs.map(|needs| needs.key.span),
        condition: text("if"),
        runs_on: value(body, "runs-on"),
        strategy: body.get("strategy").map(strategy),
        uses: text("uses"),
        with: value(body, "with"),
        secrets: value(body, "secrets"),
        timeout_minutes: text("timeout-minutes"),
        continue_on_error: text("continue-on-error"),
        env: value(body, "env"),
        permissions: value(body, "permissions"),
        concurrency: value(body, "concurrency"),
        environment: value(body, "environment"),
        container: value(body, "container"),
        services: value(body, "services"),
        outputs: value(body, "outputs"),
        defaults: defaults(body),
        steps: steps_of(body),
        body: body.clone(),
    }
}

/// The steps below a key `steps`.
pub(super) fn steps_of(body: &Node) -> Vec<Step> {
    let steps = body.get("steps").and_then(Node::as_list);
    steps
        .unwrap_or_default()
        .iter()
        .enumerate()
        .map(|(index, body)| step(index, body))
        .collect()
}

fn strategy(node: &Node) -> Strategy {
    Strategy {
        span: node.span,
        matrix: value(node, "matrix"),
        fail_fast: node.text("fail-fast").cloned(),
        max_parallel: node.text("max-parallel").cloned(),
    }
}

fn step(index: usize, body: &Node) -> Step {
    let text = |key: &str| body.text(key).cloned();
    Step {
        index,
        id: text("id"),
        name: text("name"),
        condition: text("if"),
        uses: text("uses"),
        with: value(body, "with"),
        run: text("run"),
        shell: text("shell"),
        working_directory: text("working-directory"),
        timeout_minutes: text("timeout-minutes"),
        continue_on_error: text("continue-on-error"),
        env: value(body, "env"),
        body: body.clone(),
    }
}
