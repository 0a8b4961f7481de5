use std::collections::BTreeMap;

use jsonc_parser::ast::{ObjectPropName, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use sha2::{Digest, Sha256};

use super::content::Malformed;

/// The digest of a JSON value: equal exactly for texts that say the same.
///
/// # Errors
/// For anything that is not strict JSON, and for a key that an object has twice.
pub(crate) fn digest(text: &str) -> Result<[u8; 32], Malformed> {
    let strict = ParseOptions {
        allow_comments: false,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    let parsed =
        parse_to_ast(text, &CollectOptions::default(), &strict).map_err(|error| Malformed {
            message: error.kind().to_string().to_lowercase(),
            at: Some((short(error.line_display()), short(error.column_display()))),
        })?;
    match parsed.value {
        Some(value) => value_digest(text, &value),
        None => Err(Malformed {
            message: "there is no value".to_owned(),
            at: None,
        }),
    }
}

fn short(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// The parser limits the depth of nesting, and so this recursion.
fn value_digest(text: &str, value: &Value<'_>) -> Result<[u8; 32], Malformed> {
    let mut digest = Sha256::new();
    match value {
        Value::NullKeyword(_) => digest.update(b"null"),
        Value::BooleanLit(literal) => digest.update([b'b', u8::from(literal.value)]),
        Value::NumberLit(literal) => {
            digest.update(b"number");
            // As it is written: what reads `1` and `1.0` alike, or rounds, is up to the reader.
            digest.update(literal.value.as_bytes());
        }
        Value::StringLit(literal) => {
            digest.update(b"string");
            digest.update(literal.value.as_bytes());
        }
        Value::Array(array) => {
            digest.update(b"array");
            for element in &array.elements {
                digest.update(value_digest(text, element)?);
            }
        }
        Value::Object(object) => {
            let mut members = BTreeMap::new();
            for property in &object.properties {
                let name = match &property.name {
                    ObjectPropName::String(literal) => literal.value.as_ref(),
                    ObjectPropName::Word(word) => word.value,
                };
                let value = value_digest(text, &property.value)?;
                if members.insert(name, value).is_some() {
                    return Err(Malformed {
                        message: format!("duplicate key `{name}`"),
                        at: Some(line_column(text, property.name.start())),
                    });
                }
            }
            digest.update(b"object");
            for (name, value) in members {
                digest.update((name.len() as u64).to_le_bytes());
                digest.update(name.as_bytes());
                digest.update(value);
            }
        }
    }
    Ok(digest.finalize().into())
}

fn line_column(text: &str, offset: usize) -> (u32, u32) {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    (
        short(before.matches('\n').count() + 1),
        short(before[line_start..].chars().count() + 1),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layout_and_order_of_keys_do_not_count() {
        assert_eq!(
            digest(r#"{"a":[1,2],"b":{"c":null,"d":true}}"#),
            digest("{ \"b\": {\"d\": true, \"c\": null},\n \"a\": [1, 2] }")
        );
        assert_eq!(digest(r#""\u0061""#), digest(r#""a""#));
    }

    #[test]
    fn values_types_and_order_of_elements_count() {
        let texts = [
            "1",
            "2",
            "\"1\"",
            "true",
            "\"true\"",
            "null",
            "[]",
            "{}",
            "[1,2]",
            "[2,1]",
            "[[1],2]",
            "[1,[2]]",
            "{\"a\":1}",
            "{\"a\":2}",
            "{\"b\":1}",
            "\"\"",
            "0",
            "-1",
            "12345678901234567890123",
            "12345678901234567890124",
            "1.5",
            "15",
            "1.0",
        ];
        for (i, a) in texts.iter().enumerate() {
            assert!(digest(a).is_ok(), "{a}");
            for b in &texts[i + 1..] {
                assert_ne!(digest(a), digest(b), "{a} {b}");
            }
        }
    }

    #[test]
    fn duplicate_keys_comments_and_trailing_commas_are_refused_with_their_place() {
        let error = digest("{\n  \"a\": 1,\n  \"a\": 1\n}").unwrap_err();
        assert_eq!(error.message, "duplicate key `a`");
        assert_eq!(error.at, Some((3, 3)));
        for text in [
            "{} // x",
            "[1,]",
            "{'a':1}",
            "",
            "{\"a\":1} {}",
            "nul",
            "[01]",
            "0x1",
        ] {
            assert!(digest(text).is_err(), "{text}");
        }
    }

    #[test]
    fn deep_nesting_is_refused_rather_than_followed() {
        assert!(digest(&"[".repeat(100_000)).is_err());
    }
}
