use super::layout::Layout;
use crate::gate::Edit;
use crate::kinds::workflows::model::{Job, WorkflowFile};

/// The name of the step that is added.
const STEP: &str = "Every needed job ended in success";

/// Whether a job looks at the results of what it needs.
pub(super) fn are_read(job: &Job) -> bool {
    let reads = |text: &str| {
        text.contains("needs.") && text.contains(".result")
            || text.to_ascii_lowercase().contains("tojson(needs)")
    };
    job.body.scalars().iter().any(|text| reads(&text.value))
}

/// Whether a job looks at the results of all that it needs, whatever that is.
pub(super) fn all_are_read(job: &Job) -> bool {
    let reads = |text: &str| {
        text.contains("needs.*.result") || text.to_ascii_lowercase().contains("tojson(needs)")
    };
    job.body.scalars().iter().any(|text| reads(&text.value))
}

/// A first step that compares the result of each need with the word itself, and ends the job where
/// one differs.
pub(super) fn step(file: &WorkflowFile, job: &Job, needs: &[&str]) -> Option<Edit> {
    // There the default shell knows no `[`.
    let on_windows = job
        .runs_on
        .iter()
        .flat_map(|runs_on| runs_on.scalars())
        .any(|label| label.value.to_ascii_lowercase().contains("windows"));
    if on_windows {
        return None;
    }
    let layout = Layout::of(file);
    let steps = job
        .body
        .get("steps")
        .filter(|steps| !layout.is_flow(steps))?;
    let first = job.steps.first()?;
    let before = file.text.get(..first.span().start)?;
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let dash = before[line_start..].find('-')?;
    if steps.alias.is_some() || !before[line_start..line_start + dash].trim().is_empty() {
        return None;
    }
    let indent = " ".repeat(dash);
    let mut lines = vec![format!("- name: {STEP}"), "  env:".to_owned()];
    let mut checks = Vec::new();
    for need in needs {
        let name = variable(need);
        lines.push(format!("    {name}: ${{{{ needs.{need}.result }}}}"));
        checks.push(format!("[ \"${name}\" = success ]"));
    }
    // What the file sets for all steps is for steps behind the checkout. An image of a job's own need
    // not have Bash.
    let shell = match job.body.get("container") {
        Some(_) => "sh",
        None => "bash",
    };
    lines.push(format!("  shell: {shell}"));
    if file.defaults.working_directory.is_some() || job.defaults.working_directory.is_some() {
        lines.push("  working-directory: .".to_owned());
    }
    lines.push(format!("  run: {}", quoted(&checks.join(" && "))));
    let newline = layout.newline();
    let text: String = lines
        .iter()
        .map(|line| format!("{indent}{line}{newline}"))
        .collect();
    Some(Edit::insert(line_start, text))
}

/// `build-all` as the name of a variable: `RESULT_BUILD_ALL`.
fn variable(need: &str) -> String {
    let upper = need.to_ascii_uppercase().replace('-', "_");
    format!("RESULT_{upper}")
}

/// A command that begins with `[` is no plain scalar.
fn quoted(command: &str) -> String {
    format!("'{command}'")
}
