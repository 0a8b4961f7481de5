use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{Deserializer, Error, IntoDeserializer, SeqAccess, Visitor};
use serde_saphyr::Spanned;

use super::equality::CompareAs;

/// How contents are compared: one way for all files, or by name.
#[derive(Debug, Clone)]
pub(crate) enum CompareSpec {
    All(CompareAs),
    ByName(Vec<CompareRule>),
}

/// How files of some names are compared.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CompareRule {
    /// The names, as a pattern.
    #[schemars(with = "String")]
    pub glob: Spanned<String>,
    /// The way of comparing.
    #[serde(rename = "as")]
    pub compare_as: CompareAs,
}

/// A word or a list, told apart by what stands there, so that errors speak of the one that was meant.
impl<'de> Deserialize<'de> for CompareSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct WordOrList;

        impl<'de> Visitor<'de> for WordOrList {
            type Value = CompareSpec;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("`bytes`, `text`, `json`, `yaml`, or a list of `{glob, as}`")
            }

            fn visit_str<E: Error>(self, word: &str) -> Result<CompareSpec, E> {
                CompareAs::deserialize(word.into_deserializer()).map(CompareSpec::All)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<CompareSpec, A::Error> {
                let mut rules = Vec::new();
                while let Some(rule) = list.next_element()? {
                    rules.push(rule);
                }
                Ok(CompareSpec::ByName(rules))
            }
        }

        deserializer.deserialize_any(WordOrList)
    }
}

impl JsonSchema for CompareSpec {
    fn schema_name() -> Cow<'static, str> {
        "Compare".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let word = generator.subschema_for::<CompareAs>();
        let list = generator.subschema_for::<Vec<CompareRule>>();
        json_schema!({ "anyOf": [word, list] })
    }
}
