use super::Scene;
use super::codes::{CONTEXT_WITHOUT_EVENT, CONTEXT_WITHOUT_PRODUCER, REQUIRED_CONTEXTS_DISAGREE};
use super::contexts::strip_event;
use super::forge::Feature;
use super::load::Gate;
use super::reading::Reading;
use crate::context::Context;
use crate::gate::{Change, Code, Plant, Protection, TreeRef};
use crate::kinds::statuses::ProtectionAnswers;
use crate::tree::SMALL_FILE;

/// A context that no workflow posts.
const NEVER_POSTED: &str = "planted / never posted";

/// Violations that are planted in the forge's answer about a branch: somebody changed its protection, and no file.
pub(super) fn all(
    gate: &Gate,
    reading: &Reading,
    scene: &Scene<'_>,
    context: &Context,
) -> Vec<Protection> {
    let Some(asked) = &gate.asked else {
        return Vec::new();
    };
    let Ok(Some(answers)) = asked.answers(context) else {
        return Vec::new();
    };
    let answers = ProtectionAnswers {
        branch: &asked.branch,
        answers: &answers,
    };
    let protection =
        |name: String, expected: &'static Code, mentions: &str, plant: Option<Plant>| Protection {
            name,
            expected,
            mentions: mentions.to_owned(),
            plant: plant.ok_or_else(|| "the forge's answer has no place for it".to_owned()),
        };
    let place = asked.name();
    let mut all = Vec::new();
    // With a copy beside it, that the two disagree is what is told.
    if gate.snapshot.is_none() {
        let plant = answers
            .with(NEVER_POSTED)
            .map(|plant| match listed_too(gate, context) {
                Some(list) => plant.and(TreeRef::Root, list),
                None => plant,
            });
        all.push(protection(
            format!("context that no workflow posts, required of {place}"),
            &CONTEXT_WITHOUT_PRODUCER,
            NEVER_POSTED,
            plant,
        ));
    }
    let copy = (reading.protections.len() > 1).then(|| reading.protections.first());
    let listed = reading.required.iter().flat_map(|file| &file.enforced);
    let copied = copy.flatten().into_iter().flat_map(|copy| &copy.demands);
    // Of two answers that both require a context one alone cannot lose it.
    let of_forge = reading
        .protections
        .last()
        .into_iter()
        .flat_map(|one| &one.demands);
    let known: Vec<_> = listed
        .chain(copied)
        .filter(|demand| !demand.is_glob)
        .collect();
    if !known.is_empty() {
        let lost = of_forge
            .clone()
            .filter(|demand| !demand.is_glob)
            .filter(|demand| {
                known
                    .iter()
                    .any(|one| one.is_met_by(&demand.name, scene.forge))
            })
            .find_map(|demand| Some((demand, answers.without(&demand.name)?)));
        if let Some((demand, plant)) = lost {
            all.push(protection(
                format!("context that {place} requires no more: {}", demand.name),
                &REQUIRED_CONTEXTS_DISAGREE,
                &place,
                Some(plant),
            ));
        }
    }
    if scene.forge.has(Feature::ContextHasEvent) {
        let bare = of_forge
            .filter(|demand| {
                scene
                    .contexts
                    .iter()
                    .any(|c| c.name.to_string() == demand.name)
            })
            .find_map(|demand| {
                let base = strip_event(&demand.name).0;
                Some((base, answers.with_instead(&demand.name, base)?))
            });
        if let Some((base, plant)) = bare {
            all.push(protection(
                format!("context without its event, required of {place}: {base}"),
                &CONTEXT_WITHOUT_EVENT,
                base,
                Some(plant),
            ));
        }
    }
    all
}

/// The list of the gate with that context as well, so that it and the forge agree.
fn listed_too(gate: &Gate, context: &Context) -> Option<Change> {
    let path = gate.required_contexts.as_ref()?;
    let mut text = format!("{NEVER_POSTED}\n").into_bytes();
    text.extend(context.root().read(path, SMALL_FILE).ok()?);
    Some(Change::write(path, text))
}
