use super::filtered::narrowed;
use super::ground::Ground;
use super::idea::Idea;
use super::plant::violation;
use crate::context::ChangedPaths;
use crate::gate::{Code, Finding, Location};
use crate::kinds::workflows::Scene;
use crate::kinds::workflows::contexts::{Context, held_by};
use crate::kinds::workflows::forge::{Glob, Outcome, paths_pass};
use crate::kinds::workflows::model::Filter;

/// What violations narrow a trigger to; no change touches it.
const ELSEWHERE: &str = "planted/**";

pub(super) static IDEA: Idea = Idea {
    code: &CONTEXT_HELD_BACK,
    hangs_on_requirement: true,
    advises: false,
    check,
    plant: |ground| {
        let (_, changed) = ground.change?;
        let globs = [Glob::new(ELSEWHERE).ok()?];
        if paths_pass(ground.forge, &globs, true, changed) != Some(false) {
            return None;
        }
        let planted = narrowed(ground, "paths", ELSEWHERE);
        violation(
            "path filter that holds this change back",
            &CONTEXT_HELD_BACK,
            planted,
        )
    },
};

pub(in crate::kinds::workflows) static CONTEXT_HELD_BACK: Code = Code {
    name: "context-held-back",
    what: "A filter on paths keeps the workflows from running for this very change that post a required context. (With `--base`.)",
    why: "The change touches none of the filter's paths: on some forges the context is then posted as skipped and counts as green, on the others it never comes.",
    mend: "Take the filter away; decide in a job what there is to do, and let an aggregate that always runs be the required context.",
};

/// Required contexts that the same filters hold back.
#[derive(Debug)]
pub(super) struct Held {
    contexts: Vec<String>,
    /// As messages name them: `paths` of `pull_request`.
    filters: Vec<String>,
    places: Vec<Location>,
}

/// The required contexts that do not come of the change, as all that posts them is held back.
pub(super) fn all(scene: &Scene<'_>) -> Vec<Held> {
    let Some((_, changed)) = scene.change else {
        return Vec::new();
    };
    let mut all: Vec<Held> = Vec::new();
    for (index, demand) in scene.demands.iter().enumerate() {
        let producers: Vec<&Context> = scene.producers(index).collect();
        let filters: Option<Vec<(&Context, &Filter)>> = producers
            .iter()
            .map(|context| Some((*context, filter_of(scene, context, changed)?)))
            .collect();
        let Some(filters) = filters.filter(|filters| !filters.is_empty()) else {
            continue;
        };
        let mut held = Held {
            contexts: vec![demand.name.clone()],
            filters: Vec::new(),
            places: Vec::new(),
        };
        for (context, filter) in filters {
            let place = filter.key.span.location(&context.file);
            if !held.places.contains(&place) {
                let told = format!("`{}` of `{}`", filter.key.value, context.event);
                held.places.push(place);
                held.filters.push(told);
            }
        }
        match all.iter_mut().find(|other| other.places == held.places) {
            Some(other) => other.contexts.append(&mut held.contexts),
            None => all.push(held),
        }
    }
    all
}

fn filter_of<'a>(
    scene: &Scene<'a>,
    context: &Context,
    changed: &ChangedPaths,
) -> Option<&'a Filter> {
    let trigger = scene.file(&context.file)?.on.get(&context.event)?;
    // Forges look at the paths of a proposed change for these two events.
    matches!(
        context.event.as_str(),
        "pull_request" | "pull_request_target"
    )
    .then(|| held_by(trigger, changed, scene.forge))
    .flatten()
}

fn check(ground: &Ground<'_>, findings: &mut Vec<Finding>) {
    let Some((label, changed)) = ground.change else {
        return;
    };
    let comes = match ground.forge.of_filtered_workflow() {
        Outcome::Satisfies => "is posted as skipped, which satisfies it without a check",
        Outcome::Nothing | Outcome::Blocks => "is not posted, and the change waits for ever",
    };
    for held in &ground.held {
        let contexts: Vec<_> = (held.contexts.iter().map(|name| format!("`{name}`"))).collect();
        let count = changed.of_change.len();
        let paths = if count == 1 { "path" } else { "paths" };
        let mut finding = Finding::new(
            &CONTEXT_HELD_BACK,
            format!(
                "of the {count} {paths} that change since {label} none passes {}: the required {} {comes}",
                held.filters.join(", nor "),
                contexts.join(", "),
            ),
        )
        .help(format!("changed: {}", listed(&changed.of_change)));
        finding.locations.clone_from(&held.places);
        findings.push(finding);
    }
}

/// The first few of many paths.
fn listed(paths: &[String]) -> String {
    const FEW: usize = 5;
    let few = paths.iter().take(FEW).cloned().collect::<Vec<_>>();
    match paths.len().saturating_sub(FEW) {
        0 => few.join(", "),
        more => format!("{} and {more} more", few.join(", ")),
    }
}
