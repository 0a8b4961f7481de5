use std::collections::BTreeSet;

use super::aggregate::is_aggregate;
use super::evaluate::{World, holds};
use super::ground::{Ground, JobView};
use super::idea::Idea;
use super::plant::{Edits, victim, violation};
use crate::gate::{Code, Finding};

pub(super) static IDEA: Idea = Idea {
    code: &AGGREGATE_ROSTER,
    hangs_on_requirement: true,
    advises: false,
    check,
    plant: |ground| {
        let planted = victim(ground, |view| {
            !view.ground.requires_all
                && collects(view)
                && view.ground.jobs_of(view.file_at).filter(collects).count() == 1
        })
        .map(|view| Edits::of(view.file).job(ground.forge).in_job(&view));
        violation("job that the aggregate lacks", &AGGREGATE_ROSTER, planted)
    },
};

static AGGREGATE_ROSTER: Code = Code {
    name: "aggregate-roster",
    what: "A job runs for proposed changes beside a required aggregate that does not need it, and is not required itself.",
    why: "Its failure is seen by nobody: the aggregate is green without it. That is how a new job is added and never enforced.",
    mend: "Add it to the `needs` of the aggregate, and to the results that it checks; or require its own context.",
};

/// A required job that exists to collect others.
fn collects(view: &JobView<'_>) -> bool {
    view.standing().posts()
        && (is_aggregate(view) && view.job.needs.len() > 1 || view.job.needs.len() > 2)
        && view.job.uses.is_none()
}

fn check(ground: &Ground<'_>, findings: &mut Vec<Finding>) {
    for (file_at, file) in ground.files() {
        let collectors: Vec<_> = ground.jobs_of(file_at).filter(collects).collect();
        // Where two collect, each has its own share.
        let [collector] = collectors.as_slice() else {
            continue;
        };
        let mut needed = BTreeSet::new();
        let mut open = vec![collector.key()];
        while let Some(key) = open.pop() {
            if needed.insert(key)
                && let Some(job) = file.job(key)
            {
                open.extend(job.needs.iter().map(|need| need.value.as_str()));
            }
        }
        let lacking: Vec<_> = ground
            .jobs_of(file_at)
            .filter(|view| !needed.contains(view.key()) && !view.standing().posts())
            .filter(|view| runs_beside(view, collector))
            .filter(|view| !comes_after(view, collector.key()))
            .collect();
        for view in lacking {
            let message = format!(
                "job `{}` runs beside {}, which does not need it",
                view.key(),
                collector.name()
            );
            findings.push(
                collector
                    .finding(&AGGREGATE_ROSTER, message)
                    .at(view.at(view.job.key.span)),
            );
        }
    }
}

/// Whether it runs, or may, on an event on which the other one counts.
fn runs_beside(view: &JobView<'_>, collector: &JobView<'_>) -> bool {
    let Some(condition) = &view.job.condition else {
        return true;
    };
    // One that runs where something failed reports it.
    if condition.value.contains("failure()") {
        return false;
    }
    collector.events().iter().any(|event| {
        let world = World {
            event: Some(event),
            success: Some(true),
            cancelled: Some(false),
            ..World::default()
        };
        holds(&condition.value, &world) != Some(false)
    })
}

fn comes_after(view: &JobView<'_>, key: &str) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = vec![view.key()];
    while let Some(at) = open.pop() {
        if !seen.insert(at) {
            continue;
        }
        let Some(job) = view.file.job(at) else {
            continue;
        };
        if job.needs(key) {
            return true;
        }
        open.extend(job.needs.iter().map(|need| need.value.as_str()));
    }
    false
}
