use super::ground::Ground;
use super::idea::Idea;
use super::plant::{Edits, Hindrance, Planted, violation};
use crate::gate::{Code, Finding};
use crate::kinds::workflows::forge::Outcome;

pub(super) static PATHS: Idea = Idea {
    code: &TRIGGER_FILTERED,
    hangs_on_requirement: true,
    advises: false,
    check: paths,
    plant: |ground| {
        let planted = narrowed(ground, "paths-ignore", "planted/**");
        violation(
            "path filter on a required context",
            &TRIGGER_FILTERED,
            planted,
        )
    },
};

pub(super) static TYPES: Idea = Idea {
    code: &TRIGGER_TYPES,
    hangs_on_requirement: true,
    advises: false,
    check: types,
    plant: |ground| {
        let planted = narrowed(ground, "types", "synchronize");
        violation("types that leave new commits out", &TRIGGER_TYPES, planted)
    },
};

pub(in crate::kinds::workflows) static TRIGGER_FILTERED: Code = Code {
    name: "trigger-filtered",
    what: "A filter on paths can keep a workflow from running that posts a required context.",
    why: "On some forges the context is then posted as skipped, which satisfies it without a check; on the others it is never posted, and the change waits for ever.",
    mend: "Take the filter away; decide in a job what there is to do, and let an aggregate that always runs be the required context.",
};

static TRIGGER_TYPES: Code = Code {
    name: "trigger-types",
    what: "The `types` of a trigger leave out `opened` or `synchronize`, and the workflow posts a required context.",
    why: "A new commit on a proposed change does not start the workflow: the context is missing on the head, or stands there from an older one.",
    mend: "Add `opened`, `synchronize` and `reopened` to the types, or leave the key out.",
};

/// The events of a file on which a required context hangs.
fn events_of(ground: &Ground<'_>, file_at: usize) -> Vec<String> {
    let mut events: Vec<String> = Vec::new();
    for view in ground.jobs_of(file_at) {
        if view.standing().posts() {
            for event in view.standing().events() {
                if !events.contains(event) {
                    events.push(event.clone());
                }
            }
        }
    }
    events
}

fn paths(ground: &Ground<'_>, findings: &mut Vec<Finding>) {
    for (file_at, file) in ground.files() {
        for event in events_of(ground, file_at) {
            let Some(trigger) = file.on.get(&event) else {
                continue;
            };
            let filter = trigger
                .path_filters()
                .find(|filter| !(filter.key.value == "paths" && filter.values() == ["**"]));
            let Some(filter) = filter else {
                continue;
            };
            let contexts: Vec<_> = ground
                .jobs_of(file_at)
                .filter(|view| view.standing().posts())
                .filter_map(|view| view.standing().context().map(|name| format!("`{name}`")))
                .collect();
            let comes = match ground.forge.of_filtered_workflow() {
                Outcome::Satisfies => "is posted as skipped, which satisfies it without a check",
                Outcome::Nothing | Outcome::Blocks => {
                    "is never posted, and the change waits for ever"
                }
            };
            let whose = if ground.knows_required {
                "and the required"
            } else {
                "and, where it is required,"
            };
            let message = format!(
                "`{}` of `{event}` can keep the workflow from running, {whose} {} then {comes}",
                filter.key.value,
                contexts.join(", "),
            );
            findings.push(Finding::new(&TRIGGER_FILTERED, message).at(file.at(filter.key.span)));
        }
    }
}

fn types(ground: &Ground<'_>, findings: &mut Vec<Finding>) {
    for (file_at, file) in ground.files() {
        for event in events_of(ground, file_at) {
            if !matches!(event.as_str(), "pull_request" | "pull_request_target") {
                continue;
            }
            let Some(types) = file.on.get(&event).and_then(|t| t.types.as_ref()) else {
                continue;
            };
            let lacking: Vec<_> = ["opened", "synchronize"]
                .into_iter()
                .filter(|wanted| !types.values().contains(wanted))
                .map(|wanted| format!("`{wanted}`"))
                .collect();
            // One that names neither is about something else than commits, and another event of the
            // same file may be about those.
            if !lacking.is_empty() {
                let message = format!(
                    "the types of `{event}` lack {}, and the workflow posts a required context",
                    lacking.join(" and ")
                );
                findings.push(Finding::new(&TRIGGER_TYPES, message).at(file.at(types.key.span)));
            }
        }
    }
}

/// A key below the first trigger of a required context that has none of its kind.
pub(super) fn narrowed(ground: &Ground<'_>, key: &str, value: &str) -> Result<Planted, Hindrance> {
    let mut hindrance = Hindrance::NotHere;
    for (file_at, file) in ground.files() {
        for event in events_of(ground, file_at) {
            let about_commits = matches!(event.as_str(), "pull_request" | "pull_request_target");
            if key == "types" && !about_commits
                || file.on.get(&event).is_some_and(|t| t.types.is_some())
            {
                continue;
            }
            match Edits::of(file).trigger(&event, key, value) {
                Ok(edits) => return Ok(edits.in_file()),
                Err(why) => hindrance = Hindrance::Unwritable(why),
            }
        }
    }
    Err(hindrance)
}
