use std::collections::{BTreeMap, BTreeSet};

use super::codes::{CHANGED, DEAD_TRANSFORM, DUPLICATE, MISSING, SHARED, UNEXPECTED};
use super::side::{Read, Side};
use crate::gate::{Code, Finding, Location};

/// A value twice on one side, and transforms without work.
pub(super) fn check_one(side: &Side, read: &Read, gate_file: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut seen = BTreeMap::new();
    for one in &read.values {
        let Some(first) = seen.insert(one.value.as_str(), one) else {
            continue;
        };
        let finding = Finding::new(
            &DUPLICATE,
            format!(
                "{} has `{}` twice in {}",
                side.name, one.value, read.extraction.subject
            ),
        );
        findings.push(locate(
            finding,
            [read.location_of(one), read.location_of(first)],
        ));
    }
    for dead in &read.dead {
        findings.push(
            Finding::new(&DEAD_TRANSFORM, format!("{}: {dead}", side.name))
                .at(Location::file(gate_file)),
        );
    }
    findings
}

/// What is wrong between the canonical side and a mirror; at most one finding.
pub(super) fn compare(
    (canonical, original): (&Side, &Read),
    (mirror, copy): (&Side, &Read),
) -> Option<Finding> {
    let ours = original.set();
    let theirs = copy.set();
    let relation = mirror.relation;
    let missing: BTreeSet<&str> = match relation.demands_all() {
        true => ours.difference(&theirs).copied().collect(),
        false => BTreeSet::new(),
    };
    let unexpected: BTreeSet<&str> = match relation.forbids_more() {
        true => theirs.difference(&ours).copied().collect(),
        false => BTreeSet::new(),
    };
    let name = format!("{} ({})", mirror.name, copy.extraction.subject);
    let lacks = format!("lacks {}", list(&missing));
    let has = format!("has {}", list(&unexpected));
    let of_canonical = format!("{} ({})", canonical.name, original.extraction.subject);
    let (code, message): (&'static Code, String) = match (missing.is_empty(), unexpected.is_empty())
    {
        (false, false) => (
            &CHANGED,
            format!("{name} {lacks}, which {of_canonical} has, and {has} instead"),
        ),
        (false, true) => (
            &MISSING,
            format!("{name} {lacks}, which {of_canonical} has"),
        ),
        (true, false) => (
            &UNEXPECTED,
            format!("{name} {has}, which {of_canonical} lacks"),
        ),
        (true, true) => {
            let shared: BTreeSet<&str> = ours.intersection(&theirs).copied().collect();
            if relation != super::relation::Relation::Disjoint || shared.is_empty() {
                return None;
            }
            let message = format!(
                "{name} has {}, which {of_canonical} has too; the two must have nothing in common",
                list(&shared)
            );
            let places = places(copy, &shared).chain(places(original, &shared));
            return Some(locate(Finding::new(&SHARED, message), places));
        }
    };
    let finding = Finding::new(code, message).help(format!(
        "relation `{}`: mend {} if {} is right, and the other way round",
        relation.name(),
        mirror.name,
        canonical.name
    ));
    // The mirror first, where there is something to point at; then what it was compared with.
    let in_copy: Vec<_> = match unexpected.is_empty() {
        true => vec![copy.declared()],
        false => places(copy, &unexpected).collect(),
    };
    let in_original: Vec<_> = match missing.is_empty() {
        true => vec![original.declared()],
        false => places(original, &missing).collect(),
    };
    Some(locate(finding, in_copy.into_iter().chain(in_original)))
}

fn places<'a>(
    read: &'a Read,
    values: &'a BTreeSet<&str>,
) -> impl Iterator<Item = Option<Location>> + 'a {
    read.values
        .iter()
        .filter(|one| values.contains(one.value.as_str()))
        .map(|one| read.location_of(one))
}

fn locate(mut finding: Finding, places: impl IntoIterator<Item = Option<Location>>) -> Finding {
    for place in places.into_iter().flatten() {
        if !finding.locations.contains(&place) {
            finding = finding.at(place);
        }
    }
    finding
}

fn list(values: &BTreeSet<&str>) -> String {
    let quoted: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
    quoted.join(", ")
}
