use std::collections::BTreeSet;

use super::chapter::Chapter;
use super::life_check::LifeCheck;
use super::profile::Profile;
use super::registry::{all_checks, check_named};
use super::spec::LifecycleSpec;
use crate::config::{GateFile, SpecError, nearest};

/// What comes before a check on a server of the gate's own, and is left out on one that already lives:
/// there somebody else has done it.
const PREPARED: [(&str, &str); 2] = [
    ("root-is-listed-once", "concierge-is-installed"),
    ("concierge-is-online", "concierge-starts"),
];

/// The checks that a gate asks for, and those that come with them.
#[derive(Debug, Default)]
pub(super) struct Selection {
    /// In the order of a life.
    pub(super) checks: Vec<&'static LifeCheck>,
    /// Those that the gate does not name.
    pub(super) added: Vec<&'static str>,
}

/// Reads `checks`.
pub(super) fn select(
    file: &GateFile,
    spec: &LifecycleSpec,
    errors: &mut Vec<SpecError>,
) -> Selection {
    let of_profile = |check: &&'static LifeCheck| check.profile <= spec.profile;
    let Some(named) = &spec.checks else {
        return Selection {
            checks: all_checks().filter(of_profile).collect(),
            added: Vec::new(),
        };
    };
    let mut wanted = BTreeSet::new();
    for name in named {
        let value = name.value.as_str();
        let before = wanted.len();
        if let Some(check) = check_named(value) {
            if check.profile > spec.profile {
                errors.push(
                    SpecError::at(
                        file,
                        name.referenced,
                        format!("the check `{value}` belongs to the profile `hardened`"),
                    )
                    .help("leave it out, or hold the server to that profile"),
                );
            }
            wanted.insert(check.id());
        } else {
            wanted.extend(
                all_checks()
                    .filter(|check| check.chapter.as_str() == value)
                    .filter(of_profile)
                    .map(LifeCheck::id),
            );
            if !Chapter::ALL.iter().any(|chapter| chapter.as_str() == value) {
                errors.push(unknown(file, name));
            } else if wanted.len() == before {
                errors.push(SpecError::at(
                    file,
                    name.referenced,
                    format!(
                        "no check of the chapter `{value}` belongs to the profile `{}`, or is not named already",
                        spec.profile.as_str()
                    ),
                ));
            }
        }
    }
    if named.is_empty() {
        errors.push(
            SpecError::file(
                &file.name,
                "`checks` is empty; the gate would check nothing",
            )
            .help("leave the key out for all checks of the profile"),
        );
    }
    with_dependencies(&wanted, spec.profile)
}

/// A check, and all that it rests on, in the order of a life.
pub(super) fn with_what_it_rests_on(
    check: &'static LifeCheck,
    profile: Profile,
) -> Vec<&'static LifeCheck> {
    with_dependencies(&BTreeSet::from([check.id()]), profile).checks
}

/// Adds what the wanted checks rest on.
fn with_dependencies(wanted: &BTreeSet<&'static str>, profile: Profile) -> Selection {
    let mut all: BTreeSet<&str> = wanted.clone();
    let mut pending: Vec<&str> = wanted.iter().copied().collect();
    while let Some(check) = pending.pop().and_then(check_named) {
        let prepared = PREPARED.iter().filter(|(id, _)| *id == check.id());
        for before in check.after.iter().chain(prepared.map(|(_, before)| before)) {
            let before = *before;
            if all.insert(before) {
                pending.push(before);
            }
        }
    }
    let checks: Vec<_> = all_checks()
        .filter(|check| all.contains(check.id()) && check.profile <= profile)
        .collect();
    Selection {
        added: checks
            .iter()
            .map(|check| check.id())
            .filter(|id| !wanted.contains(id))
            .collect(),
        checks,
    }
}

fn unknown(file: &GateFile, name: &serde_saphyr::Spanned<String>) -> SpecError {
    let known = || {
        all_checks()
            .map(LifeCheck::id)
            .chain(Chapter::ALL.iter().map(|chapter| chapter.as_str()))
    };
    let error = SpecError::at(
        file,
        name.referenced,
        format!("no check or chapter is named `{}`", name.value),
    );
    match nearest(&name.value, known()) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error.help("`driftgate explain lifecycle` lists them"),
    }
}
