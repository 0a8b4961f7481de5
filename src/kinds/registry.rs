use super::Kind;
use super::constants::Constants;
use super::delivery::Delivery;
use super::lifecycle::Lifecycle;
use super::manifest::ManifestKind;
use super::postgres::PostgresKind;
use super::statuses::Statuses;
use super::workflows::WorkflowsKind;
use crate::gate::{Code, WAIVER_CODES};

/// All kinds, in the order in which help lists them.
pub static KINDS: &[&dyn Kind] = &[
    &Delivery,
    &Constants,
    &ManifestKind,
    &WorkflowsKind,
    &Statuses,
    &PostgresKind,
    &Lifecycle,
];

/// The codes that gates of `kind` can report: its own, and those that any gate can.
pub fn codes_of(kind: &dyn Kind) -> Vec<&'static Code> {
    let of_systems = if kind.brings_up_systems() {
        crate::backend::CODES
    } else {
        &[]
    };
    kind.codes()
        .iter()
        .chain(crate::tree::CODES)
        .chain(crate::context::CODES)
        .chain(crate::ssot::CODES)
        .chain(of_systems)
        .chain(WAIVER_CODES)
        .copied()
        .collect()
}

/// Every code there is, sorted by name, each once.
pub fn all_codes() -> Vec<&'static Code> {
    let mut codes: Vec<_> = KINDS.iter().flat_map(|kind| codes_of(*kind)).collect();
    // Of two under one name always the same one stays.
    codes.sort_by_key(|code| code.name);
    codes.dedup_by_key(|code| code.name);
    codes
}
