use std::collections::BTreeSet;

use super::actions::tells_changes;
use super::evaluate::{contexts_of, contexts_of_condition};
use super::forgiven::does_work;
use super::ground::{Ground, JobView};
use super::idea::Idea;
use super::plant::{Edits, victim, violation};
use super::skippable::one_line;
use crate::gate::{Code, Finding};
use crate::kinds::workflows::model::{Job, Step};
use crate::kinds::workflows::shell::expressions_in;
use crate::kinds::workflows::yaml::Text;

pub(super) static IDEA: Idea = Idea {
    code: &GATED_ON_CHANGES,
    hangs_on_requirement: true,
    advises: false,
    check,
    plant: |ground| {
        let planted = victim(ground, |_| true).map(|view| {
            let lines = [
                "- id: planted-changes",
                "  run: echo \"code=$(git diff --name-only HEAD~1 | wc -l)\" >> \"$GITHUB_OUTPUT\"",
                "- if: steps.planted-changes.outputs.code != '0'",
                "  run: ./planted-check",
                "- if: steps.planted-changes.outputs.code == '0'",
                "  shell: bash",
                "  run: echo nothing to do",
            ];
            Edits::of(view.file).step(&view, &lines).in_job(&view)
        });
        violation(
            "check that hangs on changed paths",
            &GATED_ON_CHANGES,
            planted,
        )
    },
};

static GATED_ON_CHANGES: Code = Code {
    name: "gated-on-changes",
    what: "A required context hangs on a job, and what that job does hangs on the output of a detection of changed paths.",
    why: "The job always ends, and so always reads green; where the detection is wrong, or a pattern lacks a path, it has done nothing. A reader of the context cannot tell the two apart.",
    mend: "Run the check always; or let the detection list what may be left out instead of what must run, test it, and say in the job's summary what ran.",
};

fn check(ground: &Ground<'_>, findings: &mut Vec<Finding>) {
    for view in ground.jobs().filter(|view| view.standing().is_required()) {
        findings.extend(look(&view));
    }
}

fn look(view: &JobView<'_>) -> Option<Finding> {
    let detectors = Detectors::of(view);
    if detectors.is_empty() {
        return None;
    }
    let work: Vec<&Step> = view
        .job
        .steps
        .iter()
        .filter(|step| does_work(view, step) && !detectors.is_own(step))
        .collect();
    // Where something is known for a check, what is built or installed before it is none.
    let knows = |step: &&Step| view.script(step).is_some_and(|analysis| analysis.checks);
    let work = if work.iter().any(knows) {
        work.into_iter().filter(knows).collect()
    } else {
        work
    };
    let gates: Vec<Option<Gate<'_>>> = work
        .iter()
        .map(|step| gate(view, step, &detectors))
        .collect();
    let gated = gates.iter().flatten().count();
    let first = gates.iter().flatten().next()?;
    let how = if gated == work.len() {
        format!(
            "{} is done only where a detection of changes says so",
            match gated {
                1 => "all of its work".to_owned(),
                n => format!("all of its work ({n} steps)"),
            }
        )
    } else if has_idle_twin(view, &detectors) {
        format!(
            "{gated} of {} steps of work hang on a detection of changes, with a step in their place that only talks",
            work.len()
        )
    } else {
        return None;
    };
    let message = format!("{}: {how}: `{}`", view.name(), one_line(first.text));
    Some(
        view.finding(&GATED_ON_CHANGES, message)
            .at(first.at.location(&view.file.path, first.byte)),
    )
}

/// What a step's work hangs on.
struct Gate<'a> {
    text: &'a str,
    at: &'a Text,
    byte: usize,
}

fn gate<'a>(view: &JobView<'a>, step: &'a Step, detectors: &Detectors<'_>) -> Option<Gate<'a>> {
    if let Some(condition) = &step.condition
        && detectors.reads(view, step, &contexts_of_condition(&condition.value))
    {
        return Some(Gate {
            text: &condition.value,
            at: condition,
            byte: 0,
        });
    }
    let run = step.run.as_ref()?;
    view.script(step)?.guards.iter().find_map(|guard| {
        let mut contexts: Vec<String> = guard
            .expressions
            .iter()
            .flat_map(|expression| contexts_of(expression))
            .collect();
        contexts.extend(guard.variables.iter().map(|name| format!("env.{name}")));
        detectors.reads(view, step, &contexts).then_some(Gate {
            text: &guard.text,
            at: run,
            byte: guard.at,
        })
    })
}

/// Whether a step stands in the place of work, and only talks.
fn has_idle_twin(view: &JobView<'_>, detectors: &Detectors<'_>) -> bool {
    view.job.steps.iter().any(|step| {
        step.run.is_some()
            && view.script(step).is_some_and(|analysis| !analysis.works)
            && step.condition.as_ref().is_some_and(|condition| {
                !condition.value.contains("always()")
                    && !condition.value.contains("failure()")
                    && detectors.reads(view, step, &contexts_of_condition(&condition.value))
            })
    })
}

/// The jobs and steps that say which paths changed, as contexts name them.
struct Detectors<'a> {
    /// `needs.changes.outputs.`, `steps.filter.outputs.`
    prefixes: BTreeSet<String>,
    own: Vec<&'a Step>,
}

impl<'a> Detectors<'a> {
    fn of(view: &JobView<'a>) -> Self {
        let own: Vec<&Step> = view.job.steps.iter().filter(|step| detects(step)).collect();
        let mut prefixes: BTreeSet<String> = own
            .iter()
            .filter_map(|step| step.id.as_ref())
            .map(|id| format!("steps.{}.outputs.", id.value.to_lowercase()))
            .collect();
        for need in &view.job.needs {
            if let Some(job) = view.file.job(&need.value)
                && (job.steps.iter().any(detects) || is_named_so(job))
            {
                prefixes.insert(format!("needs.{}.outputs.", need.value.to_lowercase()));
            }
        }
        Self { prefixes, own }
    }

    fn is_empty(&self) -> bool {
        self.prefixes.is_empty()
    }

    fn is_own(&self, step: &Step) -> bool {
        self.own.iter().any(|own| own.index == step.index)
    }

    /// Whether one of the contexts is an output of a detection, be it by way of the environment.
    fn reads(&self, view: &JobView<'_>, step: &Step, contexts: &[String]) -> bool {
        contexts.iter().any(|context| {
            if self
                .prefixes
                .iter()
                .any(|prefix| context.starts_with(prefix.as_str()))
            {
                return true;
            }
            let Some(name) = context.strip_prefix("env.") else {
                return false;
            };
            view.environment(step)
                .iter()
                .filter(|(key, _)| key.eq_ignore_ascii_case(name))
                .flat_map(|(_, text)| expressions_in(&text.value))
                .flat_map(|expression| contexts_of(&expression))
                .any(|context| {
                    self.prefixes
                        .iter()
                        .any(|prefix| context.starts_with(prefix.as_str()))
                })
        })
    }
}

/// Whether a step says which paths changed.
fn detects(step: &Step) -> bool {
    if let Some(uses) = &step.uses {
        return tells_changes(&uses.value);
    }
    step.run.as_ref().is_some_and(|run| {
        let text = &run.value;
        let writes = text.contains("GITHUB_OUTPUT") || text.contains("detect");
        writes
            && (text.contains("--name-only")
                || text.contains("--name-status")
                || text.contains("detect-changes")
                || text.contains("detect_changes")
                || text.contains("changed-files")
                || text.contains("changed_files"))
    })
}

fn is_named_so(job: &Job) -> bool {
    let named = |text: &str| {
        text.to_lowercase()
            .split(|c: char| !c.is_alphanumeric())
            .any(|word| matches!(word, "changes" | "changed" | "detect" | "paths" | "filter"))
    };
    named(&job.key.value) || job.name.as_ref().is_some_and(|name| named(&name.value))
}
