use std::collections::BTreeSet;

use super::evaluate::{World, holds, runs_after_failure};
use super::ground::{Ground, JobView};
use super::idea::Idea;
use super::plant::{Edits, victim, violation};
use crate::gate::{Code, Finding};
use crate::kinds::workflows::forge::Feature;

pub(super) static IDEA: Idea = Idea {
    code: &JOB_SKIPPABLE,
    hangs_on_requirement: true,
    advises: false,
    check,
    plant: |ground| {
        let planted = victim(ground, |_| true).and_then(|view| {
            let old = view.job.condition.as_ref();
            // An aggregate stays one.
            let value = match old {
                Some(old) if runs_after_failure(&old.value) => {
                    "always() && github.actor != 'planted'"
                }
                _ => "github.actor != 'planted'",
            };
            Ok(Edits::of(view.file)
                .key(&view, old, "if", value)?
                .in_job(&view))
        });
        violation("skippable job", &JOB_SKIPPABLE, planted)
    },
};

static JOB_SKIPPABLE: Code = Code {
    name: "job-skippable",
    what: "An `if:` can skip a job that posts a required context, or a job that such a one needs.",
    why: "A skipped job satisfies a required context, and skips every job that needs it: the change is merged, and its check has not run.",
    mend: "Let the job run always, and decide in a step what there is to do; or require an aggregate that runs `if: always()` and takes nothing but `success`.",
};

fn check(ground: &Ground<'_>, findings: &mut Vec<Finding>) {
    // A job that many required ones need is told once.
    let mut told = BTreeSet::new();
    for view in ground.jobs().filter(|view| view.standing().posts()) {
        let mut seen = BTreeSet::new();
        look(&view, &view, &mut seen, &mut told, findings);
    }
}

fn look<'a>(
    required: &JobView<'a>,
    view: &JobView<'a>,
    seen: &mut BTreeSet<(usize, usize)>,
    told: &mut BTreeSet<(usize, usize)>,
    findings: &mut Vec<Finding>,
) {
    if !seen.insert((view.file_at, view.job_at)) {
        return;
    }
    let condition = view.job.condition.as_ref();
    if let Some(condition) = condition
        && let Some(how) = can_skip(&condition.value, &required.events())
        && told.insert((view.file_at, view.job_at))
    {
        let message = format!(
            "{} {how}: `if: {}`",
            subject(required, view),
            one_line(&condition.value)
        );
        findings.push(
            view.finding(&JOB_SKIPPABLE, message)
                .at(condition.location(&view.file.path, 0)),
        );
    }
    // What is called does the work. That some of it was skipped is not to be seen in the caller's result.
    for inner in view.called() {
        look(required, &inner, seen, told, findings);
    }
    // A condition that asks for the status itself is read whatever became of the others; it does not see what
    // was skipped inside of them.
    let asks = condition.is_some_and(|condition| runs_after_failure(&condition.value));
    for need in &view.job.needs {
        let Some(other) = view.sibling(&need.value) else {
            continue;
        };
        if !asks {
            look(required, &other, seen, told, findings);
        } else if hides_skips(&other) {
            for inner in other.called() {
                look(required, &inner, seen, told, findings);
            }
        }
    }
}

/// Whether the result of a job that calls a workflow says nothing of a job in there that was skipped. Where the
/// called jobs are jobs like others, a call all of whose jobs are skipped is skipped itself.
fn hides_skips(view: &JobView<'_>) -> bool {
    !view.ground.forge.has(Feature::CalledJobsAreListed) || view.called().nth(1).is_some()
}

/// A job as the finding about it begins.
fn subject(required: &JobView<'_>, view: &JobView<'_>) -> String {
    if (view.file_at, view.job_at) == (required.file_at, required.job_at) {
        view.name()
    } else if view.file_at == required.file_at {
        format!(
            "job `{}`, without which {} is skipped,",
            view.key(),
            required.name()
        )
    } else {
        format!(
            "job `{}` of a called workflow, which works for {},",
            view.key(),
            required.name()
        )
    }
}

/// How a condition keeps a job from running although all before it went well.
fn can_skip(condition: &str, events: &[&str]) -> Option<String> {
    let verdicts: Vec<_> = events
        .iter()
        .map(|event| {
            let world = World {
                event: Some(event),
                success: Some(true),
                cancelled: Some(false),
                ..World::default()
            };
            (event, holds(condition, &world))
        })
        .collect();
    if verdicts.iter().any(|(_, verdict)| verdict.is_none()) {
        return Some("can be skipped".to_owned());
    }
    let never: Vec<_> = verdicts
        .iter()
        .filter(|(_, verdict)| *verdict == Some(false))
        .map(|(event, _)| format!("`{event}`"))
        .collect();
    (!never.is_empty()).then(|| format!("is always skipped on {}", never.join(" and ")))
}

/// A condition in one line, for messages.
pub(super) fn one_line(text: &str) -> String {
    const LONGEST: usize = 100;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() > LONGEST {
        let cut: String = line.chars().take(LONGEST - 1).collect();
        format!("{cut}…")
    } else {
        line
    }
}
