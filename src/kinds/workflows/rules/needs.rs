use super::evaluate::runs_after_failure;
use super::ground::Ground;
use super::idea::Idea;
use super::plant::{Edits, victim, violation};
use crate::gate::{Code, Finding};

pub(super) static IDEA: Idea = Idea {
    code: &NEEDS_WITHOUT_ALWAYS,
    hangs_on_requirement: true,
    advises: false,
    check,
    plant: |ground| {
        let planted = victim(ground, |view| {
            !view.ground.requires_all
                && view
                    .job
                    .condition
                    .as_ref()
                    .is_none_or(|condition| !runs_after_failure(&condition.value))
        })
        .map(|view| {
            Edits::of(view.file)
                .need(&view)
                .job(ground.forge)
                .in_job(&view)
        });
        violation("need that fails", &NEEDS_WITHOUT_ALWAYS, planted)
    },
};

static NEEDS_WITHOUT_ALWAYS: Code = Code {
    name: "needs-without-always",
    what: "A job that posts a required context is skipped when a job that it needs fails, and that job's own context is not required.",
    why: "Without `always()` or `!cancelled()` a failing need skips the job, and a skipped job satisfies a required context: the failure lets the change through.",
    mend: "Add `if: always()` and fail unless each need's result is `success`; or require the contexts of all needs as well.",
};

fn check(ground: &Ground<'_>, findings: &mut Vec<Finding>) {
    for view in ground.jobs().filter(|view| view.standing().posts()) {
        let asks = view
            .job
            .condition
            .as_ref()
            .is_some_and(|condition| runs_after_failure(&condition.value));
        if asks {
            continue;
        }
        let open: Vec<_> = view
            .job
            .needs
            .iter()
            .filter(|need| {
                view.sibling(&need.value)
                    .is_some_and(|need| !need.standing().posts())
            })
            .collect();
        let Some(first) = open.first() else {
            continue;
        };
        let names: Vec<_> = open
            .iter()
            .map(|need| format!("`{}`", need.value))
            .collect();
        let (needs, fails) = match names.len() {
            1 => (names[0].clone(), "fails"),
            _ => (names.join(", "), "one of them fails"),
        };
        let message = format!(
            "{} needs {needs}, and is skipped when {}",
            view.name(),
            if names.len() == 1 {
                format!("that {fails}")
            } else {
                fails.to_owned()
            }
        );
        findings.push(
            view.finding(&NEEDS_WITHOUT_ALWAYS, message)
                .at(first.location(&view.file.path, 0)),
        );
    }
}
