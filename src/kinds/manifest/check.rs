use serde_json::json;

use super::rules::Rules;
use super::{consumers, entries, protections};
use crate::context::Context;
use crate::gate::{Finding, Header, Inspection, Location, Protection};
use crate::kinds::{Check, SUBJECT_MISSING};
use crate::ssot::{JSON_SYNTAX, MANIFEST_MISSING, Manifest, read_manifest};

/// A loaded gate of this kind.
#[derive(Debug)]
pub(super) struct ManifestCheck {
    pub(super) rules: Rules,
}

impl Check for ManifestCheck {
    fn header(&self) -> &Header {
        &self.rules.header
    }

    fn inspect(&self, context: &Context) -> Inspection {
        let rules = &self.rules;
        let mut inspection = Inspection::new();
        for category in &rules.categories {
            inspection.part(category.key());
        }
        for rule in &rules.forbidden {
            inspection.part(rule.part());
        }
        let path = self.path(context);
        let manifest = match read_manifest(context.root(), path) {
            Ok(manifest) => manifest,
            Err(obstacle) if obstacle.code == &MANIFEST_MISSING => {
                inspection.find(
                    Finding::new(
                        &SUBJECT_MISSING,
                        format!("the manifest {path} is not there"),
                    )
                    .at(Location::file(path)),
                );
                return inspection;
            }
            Err(obstacle) if obstacle.code == &JSON_SYNTAX => {
                inspection.find(obstacle.to_finding());
                return inspection;
            }
            Err(obstacle) => return obstacle.into(),
        };
        self.text(&manifest, &mut inspection);
        entries::check(rules, context, &manifest, &mut inspection);
        inspection.fact("manifest", path);
        let counts: serde_json::Map<_, _> = rules
            .categories
            .iter()
            .map(|category| {
                let count = manifest
                    .entries
                    .iter()
                    .filter(|entry| entry.category == *category)
                    .count();
                (category.key().to_owned(), json!(count))
            })
            .collect();
        inspection.fact("entries", counts);
        inspection
    }

    fn protections(&self, context: &Context) -> Vec<Protection> {
        protections::all(&self.rules, context, self.path(context))
    }
}

impl ManifestCheck {
    fn path<'a>(&'a self, context: &'a Context) -> &'a str {
        self.rules
            .manifest
            .as_deref()
            .unwrap_or(&context.settings().manifest)
    }

    /// What can be told from the text alone, apart from entries.
    fn text(&self, manifest: &Manifest, inspection: &mut Inspection) {
        let rules = &self.rules;
        match consumers::disagreement(&rules.consumers, manifest) {
            // It names the same places, and says what comes of them.
            Some(finding) => inspection.find(finding),
            None => {
                for problem in &manifest.json.problems {
                    if rules.strict || problem.code == &JSON_SYNTAX {
                        inspection.find(problem.to_finding(&manifest.path));
                    }
                }
            }
        }
        inspection.findings.extend(manifest.shape.iter().cloned());
        inspection.findings.extend(manifest.duplicate_names());
        for finding in consumers::not_clonable(&rules.consumers, manifest) {
            inspection.find(finding);
        }
    }
}
