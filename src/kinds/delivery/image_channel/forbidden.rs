use std::collections::BTreeSet;

use super::codes::{FORBIDDEN_ENV, FORBIDDEN_FILE};
use super::history::{build_arguments, declared_argument};
use super::oci::Config;
use super::plan::ImagePlan;
use super::provenance::layer_words;
use super::seen::Seen;
use crate::gate::{Finding, Location};
use crate::tree::{Tree, TreePath};

/// How many forbidden files are reported one by one.
const SHOWN: usize = 50;

/// Files that the gate forbids, anywhere in the image: also those that a layer brought and a later one took
/// away, for whoever has the image has all of its layers.
pub(super) fn files(seen: &Seen, plan: &ImagePlan) -> Vec<Finding> {
    if plan.forbidden_files.is_empty() {
        return Vec::new();
    }
    let mut matching: Vec<_> = seen
        .tree
        .files()
        .ever()
        .filter(|(path, ..)| plan.forbidden_files.is_match(path))
        .collect();
    matching.sort_by(|a, b| (&a.0, a.1.layer).cmp(&(&b.0, b.1.layer)));
    let mut findings: Vec<_> = matching
        .iter()
        .take(SHOWN)
        .map(|(path, standing, is_there)| {
            let by = layer_words(&seen.layers, standing.layer);
            let message = if *is_there {
                format!("/{path} is in the image, which the gate forbids; {by} brought it")
            } else {
                format!(
                    "/{path} is in {by}, which the gate forbids; a later layer takes it away, and it is in the image all the same"
                )
            };
            Finding::new(&FORBIDDEN_FILE, message).at(seen.tree.location(path))
        })
        .collect();
    if matching.len() > SHOWN {
        let more = matching.len() - SHOWN;
        findings.push(
            Finding::new(
                &FORBIDDEN_FILE,
                format!("{more} more files that the gate forbids are in the image"),
            )
            .at(Location::file(seen.tree.label())),
        );
    }
    findings
}

/// Variables that the gate forbids: in the environment, and among the build arguments that the history
/// tells of. Values are never shown.
pub(super) fn variables(config: &Config, plan: &ImagePlan, at: &Location) -> Vec<Finding> {
    let is_forbidden = |name: &str| plan.forbidden_env.is_match(&TreePath::root().join(name));
    let run = config.run();
    let set: BTreeSet<_> = run.variables().into_keys().collect();
    let lines = config.history.iter().flatten();
    let given: BTreeSet<_> = lines
        .filter_map(|entry| entry.created_by.as_deref())
        .flat_map(|line| {
            build_arguments(line)
                .0
                .into_iter()
                .chain(declared_argument(line))
        })
        .collect();
    let found = set
        .iter()
        .map(|name| (name, "is set in the environment of the image"))
        .chain(given.iter().map(|name| {
            (
                name,
                "was given to the build, and stands in the image's history",
            )
        }));
    found
        .filter(|(name, _)| is_forbidden(name))
        .map(|(name, how)| {
            Finding::new(
                &FORBIDDEN_ENV,
                format!("variable {name} {how}, which the gate forbids"),
            )
            .at(at.clone())
        })
        .collect()
}
