use super::ground::{Ground, JobView};
use super::idea::Idea;
use super::plant::{Edits, is_block, victim, violation};
use super::tidying::{is_aftermath, says_it_tidies};
use crate::gate::{Code, Finding};
use crate::kinds::workflows::Violation;
use crate::kinds::workflows::model::Step;

pub(super) static MASKED: Idea = Idea {
    code: &CHECK_MASKED,
    hangs_on_requirement: false,
    advises: false,
    check: masked,
    plant: |ground| {
        let planted = victim(ground, |_| true).map(|view| {
            let lines = [
                "- shell: bash",
                "  run: |",
                "    go test ./... || true",
                "    ./planted",
            ];
            Edits::of(view.file).step(&view, &lines).in_job(&view)
        });
        violation("masked check", &CHECK_MASKED, planted)
    },
};

pub(super) static NEVER: Idea = Idea {
    code: &STEP_NEVER_FAILS,
    hangs_on_requirement: false,
    advises: false,
    check: never,
    plant: |ground| {
        let planted = victim(ground, |_| true).map(|view| {
            let lines = ["- shell: bash", "  run: ./planted || true"];
            Edits::of(view.file).step(&view, &lines).in_job(&view)
        });
        violation("step that cannot fail", &STEP_NEVER_FAILS, planted)
    },
};

pub(super) static ZERO: Idea = Idea {
    code: &TOOL_ALWAYS_ZERO,
    hangs_on_requirement: false,
    advises: false,
    check: zero,
    plant: |ground| {
        let planted = victim(ground, |_| true).map(|view| {
            let lines = ["- shell: bash", "  run: flake8 --exit-zero ."];
            Edits::of(view.file).step(&view, &lines).in_job(&view)
        });
        violation("tool that always ends with 0", &TOOL_ALWAYS_ZERO, planted)
    },
};

pub(super) static UNREAD: Idea = Idea {
    code: &SCRIPT_UNREAD,
    hangs_on_requirement: true,
    advises: true,
    check: unread,
    plant: |ground| {
        let planted = victim(ground, |_| true).map(|view| {
            let lines = ["- shell: bash", "  run: ./planted && && ./planted"];
            Edits::of(view.file).step(&view, &lines).in_job(&view)
        });
        violation("script that cannot be read", &SCRIPT_UNREAD, planted)
    },
};

static SCRIPT_UNREAD: Code = Code {
    name: "script-unread",
    what: "A script of a job that a required context hangs on cannot be read whole as Bash.",
    why: "What is not understood is taken for able to fail: a mask in it is not seen.",
    mend: "Move the script into a file of its own that ShellCheck reads, or write it more plainly.",
};

static CHECK_MASKED: Code = Code {
    name: "check-masked",
    what: "The shell loses the status of a check: `|| true`, `set +e`, a pipe without `pipefail`, a declaration around it, and their kin.",
    why: "The check fails, the step does not, and the context is green.",
    mend: "Let the status reach the end of the script.",
};

static STEP_NEVER_FAILS: Code = Code {
    name: "step-never-fails",
    what: "A step does work, and its script can end with nothing but 0.",
    why: "A step that cannot fail is not a check, whatever its name says.",
    mend: "Let what matters fail; give what does not a name that says so, in a job that nobody requires.",
};

static TOOL_ALWAYS_ZERO: Code = Code {
    name: "tool-always-zero",
    what: "A tool runs in a mode in which it ends with 0 whatever it finds.",
    why: "Its findings are printed into a log that nobody reads, and the context is green.",
    mend: "Run it in the mode in which findings fail.",
};

/// The same in an action that jobs use, where the checkout has one.
pub(super) fn in_an_action(ground: &Ground<'_>) -> Option<Violation> {
    let view = ground.actions().find(is_block)?;
    let lines = [
        "- shell: bash",
        "  run: |",
        "    go test ./... || true",
        "    ./planted",
    ];
    let planted = Edits::of(view.file).step(&view, &lines).in_job(&view);
    violation("masked check in an action", &CHECK_MASKED, Ok(planted))
}

fn masked(ground: &Ground<'_>, findings: &mut Vec<Finding>) {
    each(ground, |view, step| {
        let Some(analysis) = view.script(step) else {
            return;
        };
        let Some(run) = &step.run else { return };
        for mask in &analysis.masks {
            // The step as a whole is told.
            if is_never(view, step, analysis) {
                continue;
            }
            let message = format!(
                "{} of {}: the status of `{}` is lost, for {}",
                step.label(),
                view.name(),
                mask.check,
                mask.how
            );
            findings.push(
                view.finding(&CHECK_MASKED, message)
                    .help(mask.how.mend())
                    .at(run.location(&view.file.path, mask.at)),
            );
        }
    });
}

fn is_never(
    view: &JobView<'_>,
    step: &Step,
    analysis: &crate::kinds::workflows::shell::Analysis,
) -> bool {
    analysis.never_fails.is_some() && !says_it_tidies(view, step) && !runs_always(step)
}

/// A step for the end of a job, whatever became of it, is there to tidy up.
fn runs_always(step: &Step) -> bool {
    step.condition
        .as_ref()
        .is_some_and(|condition| condition.value.contains("always()"))
}

fn never(ground: &Ground<'_>, findings: &mut Vec<Finding>) {
    each(ground, |view, step| {
        let (Some(analysis), Some(run)) = (view.script(step), &step.run) else {
            return;
        };
        if let Some((at, command)) = &analysis.never_fails
            && is_never(view, step, analysis)
        {
            let message = format!(
                "{} of {} can end with nothing but 0, although it runs `{command}`",
                step.label(),
                view.name()
            );
            findings.push(
                view.finding(&STEP_NEVER_FAILS, message)
                    .at(run.location(&view.file.path, *at)),
            );
        }
    });
}

fn zero(ground: &Ground<'_>, findings: &mut Vec<Finding>) {
    each(ground, |view, step| {
        let (Some(analysis), Some(run)) = (view.script(step), &step.run) else {
            return;
        };
        for (at, mode) in &analysis.modes {
            let message = format!("{} of {}: {}", step.label(), view.name(), mode.reason());
            findings.push(
                view.finding(&TOOL_ALWAYS_ZERO, message)
                    .help(format!("{} ({})", mode.instead, mode.source))
                    .at(run.location(&view.file.path, *at)),
            );
        }
    });
}

/// Each step that could tell something.
fn each<'a>(ground: &'a Ground<'_>, mut look: impl FnMut(&JobView<'a>, &'a Step)) {
    for view in ground.work() {
        for step in &view.job.steps {
            if !is_aftermath(step) {
                look(&view, step);
            }
        }
    }
}

fn unread(ground: &Ground<'_>, findings: &mut Vec<Finding>) {
    each(ground, |view, step| {
        if let (Some(analysis), Some(run)) = (view.script(step), &step.run)
            && view.standing().is_required()
            && !analysis.whole
        {
            let message = format!(
                "the script of {} of {} cannot be read whole; masks in it may go unseen",
                step.label(),
                view.name()
            );
            findings.push(
                Finding::new(&SCRIPT_UNREAD, message)
                    .advisory()
                    .at(run.location(&view.file.path, 0)),
            );
        }
    });
}
