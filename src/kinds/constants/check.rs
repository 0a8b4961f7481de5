use std::sync::Arc;

use serde_json::{Value, json};

use super::codes::{CODES, EMPTY};
use super::compare::{check_one, compare};
use super::load::load_sides;
use super::protections::protections;
use super::side::{Problem, Read, Side};
use super::spec::ConstantsSpec;
use crate::config::{GateFile, SpecError, check_header, parse};
use crate::context::Context;
use crate::gate::{Code, Header, Inspection, Obstacle, Protection, SourceRef, Witness};
use crate::kinds::{Check, Kind, codes_of};

/// The kind `constants`.
#[derive(Debug, Clone, Copy)]
pub struct Constants;

impl Kind for Constants {
    fn name(&self) -> &'static str {
        "constants"
    }

    fn about(&self) -> &'static str {
        "Copies of a set of constants, in whatever languages, agree with the original."
    }

    fn codes(&self) -> &'static [&'static Code] {
        CODES
    }

    fn brings_up_systems(&self) -> bool {
        true
    }

    fn schema(&self) -> schemars::Schema {
        schemars::schema_for!(ConstantsSpec)
    }

    fn load(&self, file: &GateFile) -> Result<Box<dyn Check>, Vec<SpecError>> {
        let spec: ConstantsSpec = parse(file).map_err(|error| vec![error])?;
        let codes: Vec<&'static str> = codes_of(self).iter().map(|code| code.name).collect();
        let header = check_header(file, self.name(), &spec.header_spec(), &codes);
        let sides = load_sides(file, &spec);
        match (header, sides) {
            (Ok(header), Ok((canonical, mirrors))) => Ok(Box::new(ConstantsGate {
                header,
                canonical: Arc::new(canonical),
                mirrors: mirrors.into_iter().map(Arc::new).collect(),
            })),
            (header, sides) => {
                let mut errors = header.err().unwrap_or_default();
                errors.extend(sides.err().unwrap_or_default());
                Err(errors)
            }
        }
    }
}

/// A loaded gate of this kind.
#[derive(Debug)]
pub(super) struct ConstantsGate {
    header: Header,
    pub(super) canonical: Arc<Side>,
    pub(super) mirrors: Vec<Arc<Side>>,
}

impl ConstantsGate {
    pub(super) fn sides(&self) -> impl Iterator<Item = &Arc<Side>> {
        std::iter::once(&self.canonical).chain(&self.mirrors)
    }

    /// Reads a side, and records what is wrong with it alone. `None` where it cannot be compared.
    fn look(
        &self,
        side: &Arc<Side>,
        context: &Context,
        inspection: &mut Inspection,
    ) -> Option<Arc<Read>> {
        inspection.part(&side.name);
        let read = match side.read(context) {
            Ok(read) => read,
            Err(Problem::Gone(finding)) => {
                inspection.find(*finding);
                return None;
            }
            Err(Problem::Obstacle(obstacle)) => {
                inspection.obstacle(*obstacle);
                return None;
            }
        };
        if read.values.len() < side.min_size {
            let count = read.values.len();
            let obstacle = Obstacle::vacuous(
                &EMPTY,
                format!(
                    "{} has {} in {}, at least {} expected",
                    side.name,
                    match count {
                        0 => "no member".to_owned(),
                        1 => "1 member".to_owned(),
                        n => format!("{n} members"),
                    },
                    read.extraction.subject,
                    side.min_size
                ),
            );
            inspection.obstacle(match read.declared() {
                Some(place) => obstacle.at(place),
                None => obstacle,
            });
            return None;
        }
        for finding in check_one(side, &read, &self.header.file) {
            inspection.find(finding);
        }
        Some(read)
    }
}

impl Check for ConstantsGate {
    fn header(&self) -> &Header {
        &self.header
    }

    fn sources(&self) -> Vec<SourceRef> {
        let mut sources: Vec<SourceRef> = self
            .sides()
            .filter_map(|side| side.source.clone())
            .collect();
        sources.sort();
        sources.dedup();
        sources
    }

    fn inspect(&self, context: &Context) -> Inspection {
        let mut inspection = Inspection::new();
        let mut facts = Vec::new();
        let original = self.look(&self.canonical, context, &mut inspection);
        if let Some(original) = &original {
            record(&self.canonical, original, &mut inspection);
            facts.push(fact(&self.canonical, original, "canonical"));
        }
        for mirror in &self.mirrors {
            let Some(copy) = self.look(mirror, context, &mut inspection) else {
                continue;
            };
            facts.push(fact(mirror, &copy, mirror.relation.name()));
            // Without an original there is nothing to compare a copy with.
            let Some(original) = &original else {
                continue;
            };
            record(mirror, &copy, &mut inspection);
            if let Some(finding) = compare((&self.canonical, original), (mirror, &copy)) {
                inspection.find(finding);
            }
        }
        inspection.fact("sides", facts);
        inspection
    }

    fn protections(&self, context: &Context) -> Vec<Protection> {
        protections(self, context)
    }
}

fn record(side: &Side, read: &Read, inspection: &mut Inspection) {
    let part = inspection.part(&side.name);
    for one in &read.values {
        part.looked(&one.value, Witness::of(&one.value));
    }
}

fn fact(side: &Side, read: &Read, relation: &str) -> Value {
    let mut files: Vec<&str> = read
        .extraction
        .members
        .iter()
        .filter_map(|member| read.files.get(member.at.file))
        .map(|file| file.place.as_str())
        .collect();
    files.sort_unstable();
    files.dedup();
    let mut fact = json!({
        "name": side.name,
        "relation": relation,
        "subject": read.extraction.subject,
        "files": files,
        "files_read": read.files.len(),
        "members": read.values.iter().map(|one| one.value.as_str()).collect::<Vec<_>>(),
        "count": read.values.len(),
    });
    if read.extraction.passed_over > 0 {
        fact["statements_passed_over"] = read.extraction.passed_over.into();
    }
    fact
}
