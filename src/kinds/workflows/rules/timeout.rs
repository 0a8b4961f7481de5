use super::ground::{Ground, JobView};
use super::idea::Idea;
use super::plant::{Edits, Hindrance, victim, violation};
use crate::gate::{Code, Finding};
use crate::kinds::workflows::forge::Feature;

pub(super) static IDEA: Idea = Idea {
    code: &TIMEOUT_MISSING,
    hangs_on_requirement: true,
    advises: true,
    check,
    plant: |ground| {
        let planted = victim(ground, |view| {
            view.ground.forge.has(Feature::JobTimeout) && view.job.timeout_minutes.is_some()
        })
        .and_then(|view| {
            let limit = view
                .job
                .timeout_minutes
                .as_ref()
                .ok_or(Hindrance::NotHere)?;
            Ok(Edits::of(view.file)
                .without_line_of(limit.span)
                .in_job(&view))
        });
        violation("lost time limit", &TIMEOUT_MISSING, planted)
    },
};

static TIMEOUT_MISSING: Code = Code {
    name: "timeout-missing",
    what: "A job that a required context hangs on has no `timeout-minutes`.",
    why: "A job that hangs is ended by the forge's own limit, six hours on GitHub: until then the context is pending, and the runner is gone.",
    mend: "Add `timeout-minutes` to the job, some times what it usually takes.",
};

fn check(ground: &Ground<'_>, findings: &mut Vec<Finding>) {
    if !ground.forge.has(Feature::JobTimeout) {
        return;
    }
    for (file_at, file) in ground.files() {
        let endless: Vec<_> = ground
            .jobs_of(file_at)
            .filter(|view| view.standing().is_required() && !is_limited(view))
            .collect();
        let Some(first) = endless.first() else {
            continue;
        };
        let message = match endless.as_slice() {
            [view] => format!("{} has no `timeout-minutes`", view.name()),
            all => {
                let keys: Vec<_> = all.iter().map(|view| format!("`{}`", view.key())).collect();
                format!(
                    "{} jobs that contexts of changes hang on have no `timeout-minutes`: {}",
                    all.len(),
                    keys.join(", ")
                )
            }
        };
        findings.push(
            Finding::new(&TIMEOUT_MISSING, message)
                .advisory()
                .at(file.at(first.job.key.span)),
        );
    }
}

fn is_limited(view: &JobView<'_>) -> bool {
    // A job that calls a workflow cannot have a limit.
    view.job.timeout_minutes.is_some()
        || view.job.uses.is_some()
        || !view.job.steps.is_empty()
            && view
                .job
                .steps
                .iter()
                .all(|step| step.timeout_minutes.is_some())
}
