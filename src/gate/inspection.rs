use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{Finding, Obstacle};

/// What was seen of a subject: the bytes that stand for it in the gate's digest (an object id, a
/// value, a set of members). Looking without keeping anything is not looking.
#[derive(Debug, Clone, Copy)]
pub struct Witness<'a>(&'a [u8]);

impl<'a> Witness<'a> {
    pub fn of<T: AsRef<[u8]> + ?Sized>(seen: &'a T) -> Self {
        Self(seen.as_ref())
    }
}

/// One declared part of a gate (a delivery, a mirror), which must have been looked at for the gate
/// to pass: a gate with three deliveries, one of them empty, is not green.
#[derive(Debug)]
pub struct Part {
    name: String,
    seen: HashSet<u64>,
    digest: Sha256,
}

impl Part {
    fn new(name: String) -> Self {
        Self {
            name,
            seen: HashSet::new(),
            digest: Sha256::new(),
        }
    }

    /// Records that a subject was inspected. The same subject counts once.
    pub fn looked(&mut self, subject: impl AsRef<[u8]>, witness: Witness<'_>) {
        let subject = subject.as_ref();
        if self.seen.insert(hashed(subject)) {
            for bytes in [subject, witness.0] {
                self.digest.update((bytes.len() as u64).to_le_bytes());
                self.digest.update(bytes);
            }
        }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn inspected(&self) -> usize {
        self.seen.len()
    }

    /// Whether a subject was inspected.
    pub fn has_looked(&self, subject: impl AsRef<[u8]>) -> bool {
        self.seen.contains(&hashed(subject.as_ref()))
    }
}

fn hashed(subject: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    subject.hash(&mut hasher);
    hasher.finish()
}

/// All that a gate saw and found: what a kind hands to the judge.
#[derive(Debug, Default)]
pub struct Inspection {
    parts: Vec<Part>,
    pub findings: Vec<Finding>,
    pub obstacles: Vec<Obstacle>,
    /// Kind-specific evidence for the report: commits, digests, counts.
    pub facts: Map<String, Value>,
}

impl Inspection {
    pub fn new() -> Self {
        Self::default()
    }

    /// Declares a part and returns where to record what was looked at in it. Declaring is a promise:
    /// a part in which nothing is looked at makes the gate `vacuous`.
    pub fn part(&mut self, name: impl Into<String>) -> &mut Part {
        let name = name.into();
        let index = self
            .parts
            .iter()
            .position(|part| part.name == name)
            .unwrap_or_else(|| {
                self.parts.push(Part::new(name));
                self.parts.len() - 1
            });
        &mut self.parts[index]
    }

    pub fn find(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    pub fn obstacle(&mut self, obstacle: Obstacle) {
        self.obstacles.push(obstacle);
    }

    pub fn fact(&mut self, key: impl Into<String>, value: impl Into<Value>) {
        self.facts.insert(key.into(), value.into());
    }

    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// How many subjects were inspected in all parts.
    pub fn inspected(&self) -> usize {
        self.parts.iter().map(Part::inspected).sum()
    }

    /// One digest, in lowercase hex, of all that was looked at, part by part in the order declared.
    pub fn digest(&self) -> String {
        let mut digest = Sha256::new();
        for part in &self.parts {
            digest.update((part.name.len() as u64).to_le_bytes());
            digest.update(part.name.as_bytes());
            digest.update(part.digest.clone().finalize());
        }
        hex::encode(digest.finalize())
    }
}

impl From<Obstacle> for Inspection {
    fn from(obstacle: Obstacle) -> Self {
        Self {
            obstacles: vec![obstacle],
            ..Self::default()
        }
    }
}
