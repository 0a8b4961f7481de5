use super::codes::CONTEXT_WITHOUT_EVENT;
use super::forge::Feature;
use super::reading::Reading;
use super::scene::{Scene, meets};
use crate::gate::Finding;

/// What branch protection waits for without end: the forge posts it with an event behind it, and protection names it
/// without one. A list that people keep may leave the event away; no forge compares with it.
pub(super) fn of_protections(reading: &Reading, scene: &Scene<'_>) -> Vec<Finding> {
    if !scene.forge.has(Feature::ContextHasEvent) {
        return Vec::new();
    }
    let protections = reading.protections.iter().filter(|one| one.enabled);
    let mut found = Vec::new();
    for demand in protections.flat_map(|protection| &protection.demands) {
        let posted: Vec<_> = scene
            .contexts
            .iter()
            .filter(|context| meets(context, demand, scene.forge))
            .collect();
        // A name with a gap may be the one that is asked for, event and all.
        let comes = posted.iter().any(|context| {
            !context.name.is_known() || demand.is_exactly(&context.name.to_string())
        });
        let Some(first) = posted.first().filter(|_| !comes) else {
            continue;
        };
        let message = format!(
            "branch protection waits for `{}` for ever: {} compares it as it is written, and posts `{}`",
            demand.name, scene.forge, first.name
        );
        found.push(
            Finding::new(&CONTEXT_WITHOUT_EVENT, message)
                .at(demand.at.clone())
                .at(first.span.location(&first.file))
                .help(format!("name `{}` in the protection", first.name)),
        );
    }
    found
}
