use std::borrow::Cow;

use jiff::civil::Date;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, IntoDeserializer, MapAccess, Visitor};
use serde_saphyr::Spanned;

use super::spec::LevelWord;
use crate::config::{GateFile, SpecError};

/// How findings of a code count: a word, or the word with its reason.
#[derive(Debug, Clone)]
pub(crate) struct LevelSpec(LevelReason);

/// A level with its reason.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LevelReason {
    /// How findings of the code count.
    pub level: LevelWord,
    /// Why; `off` needs one.
    pub reason: Option<String>,
    /// The last day on which it holds: `2027-01-31`.
    pub until: Option<String>,
}

impl<'de> Deserialize<'de> for LevelSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct WordOrMap;

        impl<'de> Visitor<'de> for WordOrMap {
            type Value = LevelSpec;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("`block`, `advisory`, or `{level, reason, until}`")
            }

            fn visit_str<E: Error>(self, word: &str) -> Result<LevelSpec, E> {
                let level = LevelWord::deserialize(word.into_deserializer())?;
                Ok(LevelSpec(LevelReason {
                    level,
                    reason: None,
                    until: None,
                }))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<LevelSpec, A::Error> {
                LevelReason::deserialize(MapAccessDeserializer::new(map)).map(LevelSpec)
            }
        }

        deserializer.deserialize_any(WordOrMap)
    }
}

impl JsonSchema for LevelSpec {
    fn schema_name() -> Cow<'static, str> {
        "WorkflowsLevel".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let word = generator.subschema_for::<LevelWord>();
        let reason = generator.subschema_for::<LevelReason>();
        json_schema!({ "anyOf": [word, reason] })
    }
}

/// A checked level.
#[derive(Debug, Clone)]
pub(super) struct Level {
    pub(super) word: LevelWord,
    pub(super) reason: String,
    pub(super) until: Option<Date>,
    /// The line of the gate file where it stands.
    pub(super) line: u32,
}

impl Level {
    /// # Errors
    /// For `off` without a reason, and for a last day that is none.
    pub(super) fn check(
        file: &GateFile,
        code: &str,
        spec: &Spanned<LevelSpec>,
    ) -> Result<Self, SpecError> {
        let LevelSpec(given) = &spec.value;
        let reason = given.reason.as_deref().unwrap_or_default().trim();
        let error = |message: String| SpecError::at(file, spec.referenced, message);
        if given.level == LevelWord::Off && reason.is_empty() {
            return Err(
                error(format!("`{code}` is switched off without a reason")).help(format!(
                    "write `{code}: {{ level: off, reason: …, until: 2027-01-31 }}`; `until` may be left out"
                )),
            );
        }
        let until = given
            .until
            .as_deref()
            .map(|until| {
                until
                    .parse::<Date>()
                    .map_err(|_| error(format!("`{until}` is not a date such as 2027-01-31")))
            })
            .transpose()?;
        Ok(Self {
            word: given.level,
            reason: reason.to_owned(),
            until,
            line: u32::try_from(spec.referenced.line()).unwrap_or(u32::MAX),
        })
    }

    /// It holds to the end of its last day.
    pub(super) fn has_ended(&self, today: Date) -> bool {
        self.until.is_some_and(|until| until < today)
    }
}
