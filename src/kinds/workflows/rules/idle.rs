use super::evaluate::{World, holds};
use super::forgiven::does_work;
use super::ground::{Ground, JobView};
use super::idea::Idea;
use super::plant::{Edits, victim, violation};
use super::skippable::one_line;
use crate::gate::{Code, Finding};
use crate::kinds::workflows::model::Step;
use crate::kinds::workflows::yaml::Text;

pub(super) static IDEA: Idea = Idea {
    code: &WORK_SKIPPED,
    hangs_on_requirement: true,
    advises: false,
    check,
    plant: |ground| {
        // The steps of an aggregate are there for what it needs.
        let planted = victim(ground, |view| view.job.needs.is_empty()).map(|view| {
            let lines = [
                "- if: github.event_name == 'planted'",
                "  run: ./planted-check",
            ];
            Edits::of(view.file).only_step(&view, &lines).in_job(&view)
        });
        violation("job whose steps are all skipped", &WORK_SKIPPED, planted)
    },
};

static WORK_SKIPPED: Code = Code {
    name: "work-skipped",
    what: "On an event that brings a required context, every step that does the work of a job is skipped by its own `if:`.",
    why: "A job without a step to run ends well. The context reads green, and nothing was looked at.",
    mend: "Run the check on this event too; or do not let the workflow start on an event for which it has nothing to do.",
};

fn check(ground: &Ground<'_>, findings: &mut Vec<Finding>) {
    for view in ground.jobs().filter(|view| view.standing().is_required()) {
        findings.extend(look(&view));
    }
}

fn look(view: &JobView<'_>) -> Option<Finding> {
    let work: Option<Vec<(&Step, &Text)>> = view
        .job
        .steps
        .iter()
        .filter(|step| does_work(view, step))
        .map(|step| Some((step, step.condition.as_ref()?)))
        .collect();
    // A step of work without a condition always runs.
    let work = work?;
    let (first, condition) = *work.first()?;
    let idle: Vec<String> = view
        .events()
        .into_iter()
        .filter(|event| {
            let world = World {
                event: Some(event),
                success: Some(true),
                cancelled: Some(false),
                ..World::default()
            };
            let skipped = |text: &Text| holds(&text.value, &world) == Some(false);
            work.iter().all(|(_, condition)| skipped(condition))
        })
        .map(|event| format!("`{event}`"))
        .collect();
    if idle.is_empty() {
        return None;
    }
    let message = format!(
        "{} does nothing on {}: {} runs only `if: {}`",
        view.name(),
        idle.join(" and "),
        first.label(),
        one_line(&condition.value)
    );
    Some(
        view.finding(&WORK_SKIPPED, message)
            .at(condition.location(&view.file.path, 0)),
    )
}
