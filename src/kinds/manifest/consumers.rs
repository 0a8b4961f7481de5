use jsonc_parser::ParseOptions;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::codes::{CONSUMERS_DISAGREE, REF_NOT_CLONABLE};
use super::rules::Consumer;
use super::spec::Clones;
use crate::gate::{Finding, Location};
use crate::ssot::{Json, JsonValue, Manifest, Pin, read_json};

/// How a reader understands JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Dialect {
    /// Strict JSON that refuses duplicate keys.
    StrictJson,
    /// Strict JSON; of duplicate keys the last one counts (Go's `encoding/json`, jq, Python).
    StrictJsonLastKey,
    /// Strict JSON; of duplicate keys the first one counts.
    StrictJsonFirstKey,
    /// Lines that begin with `//` are dropped first; of duplicate keys the last one counts.
    StripLineComments,
    /// JSON with comments and trailing commas; of duplicate keys the last one counts.
    Jsonc,
}

/// Which of several equal keys counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Duplicates {
    Refused,
    First,
    Last,
}

impl Dialect {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::StrictJson => "strict-json",
            Self::StrictJsonLastKey => "strict-json-last-key",
            Self::StrictJsonFirstKey => "strict-json-first-key",
            Self::StripLineComments => "strip-line-comments",
            Self::Jsonc => "jsonc",
        }
    }

    fn duplicates(self) -> Duplicates {
        match self {
            Self::StrictJson => Duplicates::Refused,
            Self::StrictJsonFirstKey => Duplicates::First,
            Self::StrictJsonLastKey | Self::StripLineComments | Self::Jsonc => Duplicates::Last,
        }
    }

    /// What a reader of this dialect makes of a text.
    ///
    /// # Errors
    /// Why it refuses the text.
    pub(super) fn read(self, text: &str) -> Result<Value, String> {
        if self == Self::Jsonc {
            return jsonc(text);
        }
        let stripped: String;
        let text = if self == Self::StripLineComments {
            stripped = text
                .split_inclusive('\n')
                .filter(|line| !line.trim_start().starts_with("//"))
                .collect();
            stripped.as_str()
        } else {
            text
        };
        let read = read_json(text);
        let refused = read.problems.iter().find(|problem| {
            problem.code != &crate::ssot::JSON_DUPLICATE_KEY
                || self.duplicates() == Duplicates::Refused
        });
        match (refused, read.root) {
            (None, Some(root)) => Ok(plain(&root, self.duplicates())),
            (Some(problem), _) => Err(format!(
                "{} (line {})",
                problem.message, problem.span.start.line
            )),
            (None, None) => Err("there is nothing in it".to_owned()),
        }
    }
}

fn jsonc(text: &str) -> Result<Value, String> {
    let understood = ParseOptions {
        allow_comments: true,
        allow_trailing_commas: true,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    let read = read_json(text);
    match read.root {
        Some(root) => Ok(plain(&root, Duplicates::Last)),
        // Its own words, for ours are about strict JSON.
        None => Err(jsonc_parser::parse_to_ast(
            text,
            &jsonc_parser::CollectOptions::default(),
            &understood,
        )
        .err()
        .map_or_else(|| "there is nothing in it".to_owned(), |e| e.to_string())),
    }
}

fn plain(json: &Json, duplicates: Duplicates) -> Value {
    match &json.value {
        JsonValue::Null => Value::Null,
        JsonValue::Bool(value) => Value::Bool(*value),
        JsonValue::Number(text) => serde_json::from_str(text).unwrap_or(Value::Null),
        JsonValue::String(text) => Value::String(text.clone()),
        JsonValue::List(list) => list.iter().map(|item| plain(item, duplicates)).collect(),
        JsonValue::Object(members) => {
            let mut object = serde_json::Map::new();
            for member in members {
                if duplicates == Duplicates::First && object.contains_key(&member.key) {
                    continue;
                }
                object.insert(member.key.clone(), plain(&member.value, duplicates));
            }
            Value::Object(object)
        }
    }
}

/// The finding where readers of the text part ways; `None` where all of them read the same, or
/// all refuse it.
pub(super) fn disagreement(consumers: &[Consumer], manifest: &Manifest) -> Option<Finding> {
    let read: Vec<_> = consumers
        .iter()
        .map(|consumer| (consumer, consumer.dialect.read(&manifest.text)))
        .collect();
    let (first, rest) = read.split_first()?;
    let same = |a: &Result<Value, String>, b: &Result<Value, String>| match (a, b) {
        (Ok(a), Ok(b)) => a == b,
        (Err(_), Err(_)) => true,
        _ => false,
    };
    let other = rest.iter().find(|(_, result)| !same(&first.1, result))?;
    let tell = |(consumer, result): &(&Consumer, Result<Value, String>)| {
        let how = match result {
            Ok(value) => format!("reads {} entries", entries(value)),
            Err(problem) => format!("refuses it: {problem}"),
        };
        format!("{} ({}) {how}", consumer.name, consumer.dialect.name())
    };
    let problems = &manifest.json.problems;
    let mut message = format!("{}; {}", tell(first), tell(other));
    if first.1.is_ok() && other.1.is_ok() {
        message.push_str(", with different values");
    }
    let mut finding = Finding::new(&CONSUMERS_DISAGREE, message);
    for problem in problems {
        finding = finding.at(manifest.location(&problem.span));
    }
    if problems.is_empty() {
        finding = finding.at(Location::file(&manifest.path));
    }
    Some(finding)
}

fn entries(value: &Value) -> usize {
    crate::gate::Category::ALL
        .iter()
        .filter_map(|category| value.get(category.key()))
        .filter_map(Value::as_array)
        .map(Vec::len)
        .sum()
}

/// A finding for each reader that cannot clone what is pinned.
pub(super) fn not_clonable(consumers: &[Consumer], manifest: &Manifest) -> Vec<Finding> {
    let pinned: Vec<_> = manifest
        .entries
        .iter()
        .filter(|entry| matches!(Pin::parse(&entry.reference.value), Ok(Pin::Commit(_))))
        .collect();
    let Some(first) = pinned.first() else {
        return Vec::new();
    };
    consumers
        .iter()
        .filter(|consumer| consumer.clones == Clones::Branch)
        .map(|consumer| {
            Finding::new(
                &REF_NOT_CLONABLE,
                format!(
                    "{} clones with `--branch`, and {} entries are pinned to commits, the first of them {} at {}",
                    consumer.name,
                    pinned.len(),
                    first.source(),
                    first.reference.value
                ),
            )
            .at(manifest.location(&first.reference.span))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Dialect; 5] = [
        Dialect::StrictJson,
        Dialect::StrictJsonLastKey,
        Dialect::StrictJsonFirstKey,
        Dialect::StripLineComments,
        Dialect::Jsonc,
    ];

    fn accepting(text: &str) -> Vec<&'static str> {
        ALL.into_iter()
            .filter(|dialect| dialect.read(text).is_ok())
            .map(Dialect::name)
            .collect()
    }

    #[test]
    fn each_dialect_takes_what_it_is_known_to_take() {
        assert_eq!(accepting("{}").len(), 5);
        assert_eq!(accepting("{}\n // bot\n"), ["strip-line-comments", "jsonc"]);
        assert_eq!(accepting("{} // bot\n"), ["jsonc"]);
        assert_eq!(accepting("{\"a\": 1,}"), ["jsonc"]);
        assert_eq!(accepting("{a: 1}"), [] as [&str; 0]);
        assert_eq!(accepting("{\"a\": 1, \"a\": 2}").len(), 4);
    }

    #[test]
    fn which_duplicate_counts_depends_on_the_dialect() {
        let text = "{\"a\": 1, \"a\": 2}";
        assert_eq!(
            Dialect::StrictJsonFirstKey.read(text),
            Ok(serde_json::json!({"a": 1}))
        );
        for dialect in [
            Dialect::StrictJsonLastKey,
            Dialect::StripLineComments,
            Dialect::Jsonc,
        ] {
            assert_eq!(dialect.read(text), Ok(serde_json::json!({"a": 2})));
        }
    }

    #[test]
    fn readers_that_all_refuse_a_text_agree() {
        let consumer = |dialect| Consumer {
            name: "x".to_owned(),
            dialect,
            clones: Clones::Commit,
        };
        let strict = [
            consumer(Dialect::StrictJson),
            consumer(Dialect::StrictJsonLastKey),
        ];
        let mixed = [
            consumer(Dialect::StripLineComments),
            consumer(Dialect::StrictJsonLastKey),
        ];
        let manifest = Manifest::read("m.json", "{}\n// bot\n");
        assert!(disagreement(&strict, &manifest).is_none());
        let finding = disagreement(&mixed, &manifest).expect("they disagree");
        assert_eq!(finding.locations[0].to_string(), "m.json:2:1");
        assert!(
            finding
                .message
                .contains("reads 0 entries; x (strict-json-last-key) refuses it")
        );
    }
}
