use super::actions::is_auxiliary;
use super::evaluate::contexts_of;
use super::ground::{Ground, JobView};
use super::idea::Idea;
use super::plant::{Edits, victim, violation};
use super::tidying::says_it_tidies;
use crate::gate::{Code, Finding};
use crate::kinds::workflows::forge::Feature;
use crate::kinds::workflows::model::{Condition, Step};
use crate::kinds::workflows::shell::expressions_in;
use crate::kinds::workflows::yaml::{Node, Text};

pub(super) static JOB: Idea = Idea {
    code: &JOB_FORGIVEN,
    hangs_on_requirement: false,
    advises: false,
    check: jobs,
    plant: |ground| {
        let planted = victim(ground, |view| {
            view.ground.forge.has(Feature::JobContinueOnError)
        })
        .and_then(|view| {
            let old = view.job.continue_on_error.as_ref();
            Ok(Edits::of(view.file)
                .key(&view, old, "continue-on-error", "\"true\"")?
                .in_job(&view))
        });
        violation("job whose failure is forgiven", &JOB_FORGIVEN, planted)
    },
};

pub(super) static STEP: Idea = Idea {
    code: &STEP_FORGIVEN,
    hangs_on_requirement: false,
    advises: false,
    check: steps,
    plant: |ground| {
        let planted = victim(ground, |_| true).map(|view| {
            let lines = ["- continue-on-error: ${{ true }}", "  run: ./planted"];
            Edits::of(view.file).step(&view, &lines).in_job(&view)
        });
        violation("step whose failure is forgiven", &STEP_FORGIVEN, planted)
    },
};

static JOB_FORGIVEN: Code = Code {
    name: "job-continue-on-error",
    what: "A job has `continue-on-error`, in whatever spelling.",
    why: "The workflow goes on and its run reads green although the job failed; on some forges the job's own context does as well.",
    mend: "Delete the key and mend the job; a job that may fail is not one to require.",
};

static STEP_FORGIVEN: Code = Code {
    name: "step-continue-on-error",
    what: "A step that does work has `continue-on-error`, and nothing asks for its outcome.",
    why: "The step fails, the job goes on and is green: the mask stays for months, and regressions pass beneath it.",
    mend: "Delete the key; or give the step an `id` and fail later unless `steps.<id>.outcome` is `success`.",
};

/// Whether a value can be true: all but a plain or quoted `false`, and an expression that is false in
/// every run.
pub(super) fn can_forgive(value: &Text) -> bool {
    if value.value.trim().eq_ignore_ascii_case("false") || value.is_null() {
        return false;
    }
    !matches!(Condition::of(&value.value), Condition::Expression(_))
        || super::evaluate::constant(&value.value) != Some(false)
}

fn spelt(value: &Text) -> String {
    super::skippable::one_line(&value.value)
}

fn jobs(ground: &Ground<'_>, findings: &mut Vec<Finding>) {
    // Where the key is ignored the job is red all the same, and another rule says so.
    if !ground.forge.has(Feature::JobContinueOnError) {
        return;
    }
    for view in ground.jobs() {
        if let Some(value) = view
            .job
            .continue_on_error
            .as_ref()
            .filter(|v| can_forgive(v))
        {
            let message = format!("{} has `continue-on-error: {}`", view.name(), spelt(value));
            findings.push(
                view.finding(&JOB_FORGIVEN, message)
                    .at(value.location(&view.file.path, 0)),
            );
        }
    }
}

fn steps(ground: &Ground<'_>, findings: &mut Vec<Finding>) {
    for view in ground.work() {
        for step in &view.job.steps {
            let Some(value) = step.continue_on_error.as_ref().filter(|v| can_forgive(v)) else {
                continue;
            };
            if !does_work(&view, step) || says_it_tidies(&view, step) || is_asked_for(&view, step) {
                continue;
            }
            let message = format!(
                "{} of {} has `continue-on-error: {}`",
                step.label(),
                view.name(),
                spelt(value)
            );
            findings.push(
                view.finding(&STEP_FORGIVEN, message)
                    .at(value.location(&view.file.path, 0)),
            );
        }
    }
}

/// Whether a verdict can hang on a step.
pub(super) fn does_work(view: &JobView<'_>, step: &Step) -> bool {
    if let Some(uses) = &step.uses {
        return !is_auxiliary(&uses.value);
    }
    match view.script(step) {
        Some(analysis) => analysis.works,
        None => step.run.is_some(),
    }
}

/// Whether somebody reads the outcome of a step who can do something about it: a step that can fail, or
/// whoever gets the job's outputs. A step that only tells of it does not count.
fn is_asked_for(view: &JobView<'_>, step: &Step) -> bool {
    let Some(id) = &step.id else {
        return false;
    };
    let outcome = format!("steps.{}.outcome", id.value.to_lowercase());
    let reads = |node: &Node| {
        node.scalars().iter().any(|text| {
            text.value.to_lowercase().contains(&outcome)
                || expressions_in(&text.value)
                    .iter()
                    .any(|expression| contexts_of(expression).contains(&outcome))
        })
    };
    view.job.outputs.as_ref().is_some_and(reads)
        || view
            .job
            .steps
            .iter()
            .any(|other| reads(&other.body) && can_fail(view, other))
}

fn can_fail(view: &JobView<'_>, step: &Step) -> bool {
    view.script(step).is_none_or(|analysis| analysis.can_fail)
}
