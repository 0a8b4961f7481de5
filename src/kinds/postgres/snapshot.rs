use std::collections::BTreeMap;

use super::apply::ApplyError;
use super::connection::Session;
use sha2::{Digest, Sha256};

/// Lists all that migrations can make.
const QUERY: &str = include_str!("snapshot.sql");

/// How much of a definition a diff shows, in characters.
const SHOWN: usize = 2_000;

/// A schema: what there is, and how each thing is defined.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Snapshot {
    things: BTreeMap<(String, String), String>,
}

impl Snapshot {
    pub(super) async fn take(session: &Session) -> Result<Self, ApplyError> {
        let mut things = BTreeMap::new();
        for row in session.schema(QUERY).await? {
            let text = |index: usize| {
                row.try_get::<_, Option<String>>(index)
                    .map(Option::unwrap_or_default)
                    .map_err(|error| ApplyError::of(error, 0))
            };
            things.insert((text(0)?, text(1)?), text(2)?);
        }
        Ok(Self { things })
    }

    /// SHA-256 in lowercase hex.
    pub(super) fn digest(&self) -> String {
        let mut digest = Sha256::new();
        for ((kind, name), definition) in &self.things {
            for part in [kind, name, definition] {
                digest.update((part.len() as u64).to_le_bytes());
                digest.update(part.as_bytes());
            }
        }
        hex::encode(digest.finalize())
    }

    /// How many things of each kind there are.
    pub(super) fn counts(&self) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for (kind, _) in self.things.keys() {
            *counts.entry(kind.as_str()).or_default() += 1;
        }
        counts
    }

    /// What is not as it is in `self`.
    pub(super) fn differences(&self, other: &Self) -> Vec<Difference> {
        let mut all = Vec::new();
        for (thing, definition) in &self.things {
            match other.things.get(thing) {
                Some(now) if now == definition => {}
                now => all.push(Difference {
                    kind: thing.0.clone(),
                    name: thing.1.clone(),
                    before: Some(definition.clone()),
                    after: now.cloned(),
                }),
            }
        }
        for (thing, now) in &other.things {
            if !self.things.contains_key(thing) {
                all.push(Difference {
                    kind: thing.0.clone(),
                    name: thing.1.clone(),
                    before: None,
                    after: Some(now.clone()),
                });
            }
        }
        all
    }
}

/// One thing that two schemas do not have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) kind: String,
    pub(super) name: String,
    before: Option<String>,
    after: Option<String>,
}

impl Difference {
    /// In one clause: `index public.a is left`.
    pub(super) fn say(&self) -> String {
        let Self { kind, name, .. } = self;
        match (&self.before, &self.after) {
            (None, _) => format!("{kind} {name} is left"),
            (Some(_), None) => format!("{kind} {name} is gone"),
            (Some(_), Some(_)) => format!("{kind} {name} is another"),
        }
    }

    /// The labels that an enum type has more than before, in its order; `None` where it is no enum
    /// type, or has lost or moved some as well.
    pub(super) fn more_labels(&self) -> Option<Vec<&str>> {
        if self.kind != "enum" {
            return None;
        }
        let before: Vec<&str> = labels(self.before.as_deref()?);
        let after: Vec<&str> = labels(self.after.as_deref()?);
        let kept: Vec<&str> = after
            .iter()
            .filter(|label| before.contains(*label))
            .copied()
            .collect();
        (kept == before).then(|| {
            after
                .into_iter()
                .filter(|label| !before.contains(label))
                .collect()
        })
    }
}

fn labels(definition: &str) -> Vec<&str> {
    definition.split(", ").collect()
}

/// A diff of two schemas: `-` is what was there before, `+` is what is there after.
pub(super) fn diff(before: &str, after: &str, differences: &[Difference]) -> String {
    let mut text = format!("--- schema {before}\n+++ schema {after}\n");
    for difference in differences {
        let sides = [('-', &difference.before), ('+', &difference.after)];
        for (sign, definition) in sides {
            let Some(definition) = definition else {
                continue;
            };
            let whole = format!("{} {} {definition}", difference.kind, difference.name);
            let whole: String = whole.trim_end().chars().take(SHOWN).collect();
            for line in whole.lines() {
                text.push(sign);
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    text
}

/// The first few of them, in one sentence.
pub(super) fn summary(differences: &[Difference]) -> String {
    let mut said: Vec<String> = differences.iter().take(3).map(Difference::say).collect();
    if differences.len() > 3 {
        said.push(format!("{} more", differences.len() - 3));
    }
    said.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(things: &[(&str, &str, &str)]) -> Snapshot {
        let things = things
            .iter()
            .map(|(kind, name, definition)| {
                (
                    ((*kind).to_owned(), (*name).to_owned()),
                    (*definition).to_owned(),
                )
            })
            .collect();
        Snapshot { things }
    }

    #[test]
    fn what_is_left_gone_and_changed_is_told_apart() {
        let before = schema(&[("table", "a", ""), ("column", "a.x", "text")]);
        let after = schema(&[("column", "a.x", "integer"), ("index", "i", "ON a")]);
        let all = before.differences(&after);
        assert_eq!(
            summary(&all),
            "column a.x is another, table a is gone, index i is left"
        );
        assert_eq!(
            diff("before", "after", &all),
            "--- schema before\n+++ schema after\n-column a.x text\n+column a.x integer\n-table a\n+index i ON a\n"
        );
        assert_ne!(before.digest(), after.digest());
    }

    #[test]
    fn an_enum_that_only_grew_has_more_labels() {
        let more = |before: &str, after: &str| {
            let before = schema(&[("enum", "e", before)]);
            let all = before.differences(&schema(&[("enum", "e", after)]));
            all[0]
                .more_labels()
                .map(|labels| labels.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        assert_eq!(more("'a', 'b'", "'a', 'c', 'b'"), Some(vec!["'c'".into()]));
        assert_eq!(more("'a', 'b'", "'b', 'a', 'c'"), None);
        assert_eq!(more("'a', 'b'", "'a', 'c'"), None);
    }
}
