use std::collections::BTreeMap;

use super::evaluate::{
    World, contexts_of, contexts_of_condition, holds, runs_after_failure, text_of,
};
use super::ground::{Ground, JobView};
use super::idea::Idea;
use super::plant::{Edits, Hindrance, Planted, victim, violation};
use crate::gate::{Code, Finding};
use crate::kinds::workflows::model::Step;
use crate::kinds::workflows::shell::{Outcome, expressions_in, simulate};

/// An aggregate that is green although a job that it needs did not succeed.
pub(super) static LENIENT: Idea = Idea {
    code: &AGGREGATE_LENIENT,
    hangs_on_requirement: true,
    advises: false,
    check: lenient,
    plant: |ground| {
        let lines = ["- if: contains(needs.*.result, 'failure')", "  run: exit 1"];
        violation(
            "aggregate that takes skipped for good",
            &AGGREGATE_LENIENT,
            aggregate(ground, &lines),
        )
    },
};

/// An aggregate that does not ask what became of a job.
pub(super) static BLIND: Idea = Idea {
    code: &AGGREGATE_BLIND,
    hangs_on_requirement: true,
    advises: false,
    check: blind,
    plant: |ground| {
        let lines = ["- run: ./planted"];
        violation(
            "aggregate that does not ask",
            &AGGREGATE_BLIND,
            aggregate(ground, &lines),
        )
    },
};

/// An aggregate of which nobody can tell by reading how it ends.
pub(super) static OPAQUE: Idea = Idea {
    code: &AGGREGATE_OPAQUE,
    hangs_on_requirement: true,
    advises: true,
    check: opaque,
    plant: |ground| {
        let lines = ["- run: ./planted '${{ toJSON(needs) }}'"];
        violation(
            "aggregate that cannot be followed",
            &AGGREGATE_OPAQUE,
            aggregate(ground, &lines),
        )
    },
};

static AGGREGATE_OPAQUE: Code = Code {
    name: "aggregate-opaque",
    what: "What a required aggregate makes of a skipped or cancelled need cannot be told by reading the workflow.",
    why: "A program decides, or a filter; whether it takes `skipped` for good was not looked at here.",
    mend: "Compare the results in the workflow itself; or test the program with `skipped` and `cancelled`, and allow this with a directive that says where.",
};

static AGGREGATE_LENIENT: Code = Code {
    name: "aggregate-accepts",
    what: "An aggregate ends green although a job that it needs was skipped, cancelled or failed.",
    why: "The aggregate is what is required: whatever it takes for good is merged. A skipped or cancelled job has checked nothing.",
    mend: "Fail unless the result of each need is `success`: compare with `success`, not with `failure`.",
};

static AGGREGATE_BLIND: Code = Code {
    name: "aggregate-blind",
    what: "A job that posts a required context runs whatever became of its needs, and never asks for the result of one.",
    why: "`always()` without a look at the results makes a job green after a failure that it was there to report.",
    mend: "Compare `needs.<job>.result` of each need with `success`, and fail otherwise.",
};

/// A job that runs whatever became of its needs.
pub(super) fn is_aggregate(view: &JobView<'_>) -> bool {
    !view.job.needs.is_empty()
        && view
            .job
            .condition
            .as_ref()
            .is_some_and(|condition| runs_after_failure(&condition.value))
}

fn aggregates<'a>(ground: &'a Ground<'_>) -> impl Iterator<Item = JobView<'a>> {
    ground
        .jobs()
        .filter(|view| view.standing().posts() && is_aggregate(view))
}

fn lenient(ground: &Ground<'_>, findings: &mut Vec<Finding>) {
    for view in aggregates(ground) {
        let mut accepted: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for need in &view.job.needs {
            if !asks_for(&view, &need.value) {
                continue;
            }
            for result in ["skipped", "cancelled", "failure"] {
                if ends(&view, &need.value, result) == Outcome::Passes {
                    accepted.entry(result).or_default().push(&need.value);
                }
            }
        }
        if accepted.is_empty() {
            continue;
        }
        let all: Vec<_> = accepted
            .iter()
            .map(|(result, needs)| {
                if needs.len() == view.job.needs.len() && needs.len() > 1 {
                    format!("any of its needs is {result}")
                } else {
                    format!("`{}` is {result}", needs.join("`, `"))
                }
            })
            .collect();
        let message = format!("{} ends green when {}", view.name(), all.join("; when "));
        findings.push(
            view.finding(&AGGREGATE_LENIENT, message)
                .at(view.at(view.job.key.span)),
        );
    }
}

fn opaque(ground: &Ground<'_>, findings: &mut Vec<Finding>) {
    for view in aggregates(ground) {
        let open = view.job.needs.iter().find(|need| {
            asks_for(&view, &need.value)
                && ["skipped", "cancelled"]
                    .iter()
                    .any(|result| ends(&view, &need.value, result) == Outcome::Unknown)
        });
        if let Some(need) = open {
            let message = format!(
                "how {} ends when `{}` is skipped or cancelled cannot be told by reading it",
                view.name(),
                need.value
            );
            findings.push(
                Finding::new(&AGGREGATE_OPAQUE, message)
                    .advisory()
                    .at(view.at(view.job.key.span)),
            );
        }
    }
}

fn blind(ground: &Ground<'_>, findings: &mut Vec<Finding>) {
    for view in aggregates(ground) {
        let unasked: Vec<_> = view
            .job
            .needs
            .iter()
            .filter(|need| !asks_for(&view, &need.value))
            // A job that is required by itself is seen for itself.
            .filter(|need| {
                view.sibling(&need.value)
                    .is_some_and(|other| !other.standing().posts())
            })
            .collect();
        let Some(first) = unasked.first() else {
            continue;
        };
        let names: Vec<_> = unasked
            .iter()
            .map(|need| format!("`{}`", need.value))
            .collect();
        let message = format!(
            "{} runs whatever became of {}, and never asks for the result",
            view.name(),
            names.join(", ")
        );
        findings.push(
            view.finding(&AGGREGATE_BLIND, message)
                .at(first.location(&view.file.path, 0)),
        );
    }
}

/// Whether something in a job reads the result of a need.
pub(super) fn asks_for(view: &JobView<'_>, need: &str) -> bool {
    let mut contexts: Vec<String> = Vec::new();
    if let Some(condition) = &view.job.condition {
        contexts.extend(contexts_of_condition(&condition.value));
    }
    let body = view.job.body.scalars();
    for text in body {
        for expression in expressions_in(&text.value) {
            contexts.extend(contexts_of(&expression));
        }
    }
    for step in &view.job.steps {
        if let Some(condition) = &step.condition {
            contexts.extend(contexts_of_condition(&condition.value));
        }
    }
    let own = format!("needs.{}", need.to_lowercase());
    let result = format!("{own}.result");
    contexts.iter().any(|context| {
        *context == result
            || *context == own
            || matches!(context.as_str(), "needs" | "needs.*" | "needs.*.result")
    }) || view.job.body.scalars().iter().any(|text| {
        // The API tells results as well.
        text.value.contains("/actions/runs/") && text.value.contains("/jobs")
            || text.value.contains("/commits/") && text.value.contains("/status")
    })
}

/// How an aggregate ends when one need has a result, and all others succeed.
fn ends(view: &JobView<'_>, need: &str, result: &str) -> Outcome {
    let all: Vec<_> = view
        .events()
        .into_iter()
        .map(|event| ends_on(view, need, result, Some(event)))
        .collect();
    [Outcome::Passes, Outcome::Unknown, Outcome::Fails]
        .into_iter()
        .find(|outcome| all.contains(outcome))
        .unwrap_or(Outcome::Unknown)
}

fn ends_on(view: &JobView<'_>, need: &str, result: &str, event: Option<&str>) -> Outcome {
    let results: BTreeMap<String, String> = view
        .job
        .needs
        .iter()
        .map(|other| {
            let result = if other.value == need {
                result
            } else {
                "success"
            };
            (other.value.clone(), result.to_owned())
        })
        .collect();
    let world = |success| World {
        event,
        success: Some(success),
        cancelled: Some(false),
        results: Some(&results),
        ..World::default()
    };
    if let Some(condition) = &view.job.condition {
        // `success()` in a job's condition is about its needs.
        match holds(&condition.value, &world(false)) {
            Some(true) => {}
            // Skipped itself; another rule tells that.
            Some(false) => return Outcome::Fails,
            None => return Outcome::Unknown,
        }
    }
    let mut ok = true;
    let mut unknown = false;
    for step in &view.job.steps {
        let runs = match &step.condition {
            Some(condition) => {
                let mut world = world(ok);
                world.environment = environment(view, step, &results, event);
                holds(&condition.value, &world)
            }
            None => Some(ok),
        };
        let outcome = match runs {
            Some(false) => continue,
            Some(true) => step_ends(view, step, &results, event),
            None => Outcome::Unknown,
        };
        let forgiven = step
            .continue_on_error
            .as_ref()
            .is_some_and(super::forgiven::can_forgive);
        match outcome {
            Outcome::Fails if !forgiven => ok = false,
            Outcome::Unknown => unknown = true,
            _ => {}
        }
    }
    match (ok, unknown) {
        (false, _) => Outcome::Fails,
        (true, true) => Outcome::Unknown,
        (true, false) => Outcome::Passes,
    }
}

fn step_ends(
    view: &JobView<'_>,
    step: &Step,
    results: &BTreeMap<String, String>,
    event: Option<&str>,
) -> Outcome {
    if let Some(run) = &step.run {
        let environment = environment(view, step, results, event);
        let world = World {
            event,
            results: Some(results),
            environment: environment.clone(),
            ..World::default()
        };
        return simulate(&run.value, view.shell(step), &environment, &|expression| {
            text_of(expression, &world)
        });
    }
    let Some(uses) = &step.uses else {
        return Outcome::Unknown;
    };
    if uses.value.starts_with("re-actors/alls-green@") {
        return alls_green(step, results);
    }
    if super::actions::is_auxiliary(&uses.value) {
        Outcome::Passes
    } else {
        Outcome::Unknown
    }
}

/// What re-actors/alls-green does: every job must have succeeded, but for those that are allowed to
/// fail or to be skipped (its README).
fn alls_green(step: &Step, results: &BTreeMap<String, String>) -> Outcome {
    let allowed = |key: &str| -> Option<Vec<String>> {
        match step.with.as_ref().and_then(|with| with.text(key)) {
            None => Some(Vec::new()),
            Some(text) if text.value.contains("${{") => None,
            Some(text) => Some(
                text.value
                    .split([',', '\n', '[', ']', '"', ' '])
                    .map(str::trim)
                    .filter(|name| !name.is_empty())
                    .map(str::to_owned)
                    .collect(),
            ),
        }
    };
    let (Some(skips), Some(failures)) = (allowed("allowed-skips"), allowed("allowed-failures"))
    else {
        return Outcome::Unknown;
    };
    let good = results.iter().all(|(job, result)| match result.as_str() {
        "success" => true,
        "skipped" => skips.contains(job),
        _ => failures.contains(job),
    });
    if good {
        Outcome::Passes
    } else {
        Outcome::Fails
    }
}

/// The environment of a step, as far as results of needs decide it.
fn environment(
    view: &JobView<'_>,
    step: &Step,
    results: &BTreeMap<String, String>,
    event: Option<&str>,
) -> BTreeMap<String, Option<String>> {
    let world = World {
        event,
        results: Some(results),
        ..World::default()
    };
    let mut all = BTreeMap::new();
    for env in [&view.file.env, &view.job.env, &step.env]
        .into_iter()
        .flatten()
    {
        for entry in env.as_map().unwrap_or_default() {
            let value = entry.value.as_text().and_then(|text| {
                let mut value = String::new();
                let mut rest = text.value.as_str();
                while let Some(start) = rest.find("${{") {
                    let length = rest[start..].find("}}")?;
                    value.push_str(&rest[..start]);
                    value.push_str(&text_of(rest[start + 3..start + length].trim(), &world)?);
                    rest = &rest[start + length + 2..];
                }
                value.push_str(rest);
                Some(value)
            });
            all.insert(entry.key.value.clone(), value);
        }
    }
    all
}

/// A required job that is made an aggregate with one step.
fn aggregate(ground: &Ground<'_>, step: &[&str]) -> Result<Planted, Hindrance> {
    // Where every context is required, a job that fails is seen for itself.
    let view = victim(ground, |view| !view.ground.requires_all)?;
    let condition = view.job.condition.as_ref();
    let edits = Edits::of(view.file)
        .key(&view, condition, "if", "always()")?
        .only_step(&view, step);
    let edits = if view.job.needs.is_empty() {
        edits.need(&view).job(ground.forge)
    } else {
        edits
    };
    Ok(edits.in_job(&view))
}
