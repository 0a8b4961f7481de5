use super::codes::NOT_JUDGED;
use super::inspect::{Read, Waived};
use super::plan::PluginPlan;
use crate::gate::Finding;

/// What is not judged because not all that is declared, or that plugins bring, is known.
pub(super) fn not_judged(read: &Read, plan: &PluginPlan) -> Vec<String> {
    let mut left = Vec::new();
    if read.declaration.is_part {
        left.push("what is installed and not declared".to_owned());
    }
    if !read.known.is_whole {
        left.push("patterns that match nothing".to_owned());
    }
    if let Some(wiring) = &plan.wiring
        && wiring.before.is_some()
        && !read.servers.is_whole
    {
        left.push(format!("what is new in {}", wiring.file));
    }
    left
}

/// Tells that, where the findings that are the reason are all waived; `earlier` are those of the source. Otherwise they
/// block, and there is something to mend before anybody asks what else there may be.
pub(super) fn told(
    left: &[String],
    read: &Read,
    earlier: &[Finding],
    waived: &Waived<'_>,
) -> Option<Finding> {
    let found = [
        earlier,
        &read.declaration.findings,
        &read.known.findings,
        &read.servers.findings,
    ];
    let mut reasons = found.into_iter().flatten();
    let is_seen = read.declaration.obstacles.is_empty() && read.known.obstacles.is_empty();
    if left.is_empty() || !is_seen || !reasons.all(waived) {
        return None;
    }
    let message = format!(
        "not all is known that is declared or that plugins bring, and so this was not judged: {}",
        left.join(", ")
    );
    let places = found.into_iter().flatten();
    let places = places.flat_map(|finding| finding.locations.first().cloned());
    let finding = Finding::new(&NOT_JUDGED, message).advisory();
    Some(places.fold(finding, Finding::at))
}
