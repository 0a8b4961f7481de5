use super::ground::Ground;
use super::idea::Idea;
use super::plant::{Edits, Hindrance, victim, violation};
use crate::gate::{Code, Finding};
use crate::kinds::workflows::forge::Feature;

pub(super) static IDEA: Idea = Idea {
    code: &MERGE_GROUP_MISSING,
    hangs_on_requirement: true,
    advises: false,
    check,
    plant: |ground| {
        let planted = victim(ground, |view| {
            applies(view.ground) && view.file.on.has("merge_group")
        })
        .and_then(|view| {
            let trigger = view.file.on.get("merge_group").ok_or(Hindrance::NotHere)?;
            Ok(Edits::of(view.file)
                .scalar(&trigger.event, "workflow_dispatch")?
                .in_file())
        });
        violation("lost merge_group trigger", &MERGE_GROUP_MISSING, planted)
    },
};

static MERGE_GROUP_MISSING: Code = Code {
    name: "merge-group-missing",
    what: "Changes are merged by a queue, and a workflow that posts a required context does not run on `merge_group`.",
    why: "The queue waits for the context on the commit that it made; without the trigger it never comes, and nothing is merged.",
    mend: "Add `merge_group:` to the workflow's triggers.",
};

fn applies(ground: &Ground<'_>) -> bool {
    ground.queue && ground.forge.has(Feature::MergeQueue)
}

fn check(ground: &Ground<'_>, findings: &mut Vec<Finding>) {
    if !applies(ground) {
        return;
    }
    for (file_at, file) in ground.files() {
        let Some(view) = ground.jobs_of(file_at).find(|view| view.standing().posts()) else {
            continue;
        };
        // A called workflow runs when its caller does.
        let is_called = !view.standing().events().iter().any(|e| file.on.has(e));
        if file.on.has("merge_group") || is_called {
            continue;
        }
        let message = format!(
            "the workflow has no `merge_group` trigger, and {} is one that the queue waits for",
            view.name()
        );
        findings.push(Finding::new(&MERGE_GROUP_MISSING, message).at(file.at(file.on.key)));
    }
}
