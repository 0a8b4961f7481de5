use jsonc_parser::ast::{ObjectPropName, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::{Entry, Node, Shape};
use crate::kinds::delivery::equality::Malformed;
use crate::ssot::Places;

/// Reads JSON; `is_loose`: also what JSON5 has beyond it, comments, trailing commas, bare keys and single quotes. A key
/// that stands twice is there twice.
///
/// # Errors
/// For what is not JSON.
pub(crate) fn read_json(text: &str, is_loose: bool) -> Result<Node, Malformed> {
    let options = ParseOptions {
        allow_comments: is_loose,
        allow_loose_object_property_names: is_loose,
        allow_trailing_commas: is_loose,
        allow_missing_commas: false,
        allow_single_quoted_strings: is_loose,
        allow_hexadecimal_numbers: is_loose,
        allow_unary_plus_numbers: is_loose,
        allow_bare_decimal_point_numbers: is_loose,
        allow_non_finite_numbers: is_loose,
        allow_extended_string_escapes: is_loose,
    };
    let places = Places::new(text);
    let parsed =
        parse_to_ast(text, &CollectOptions::default(), &options).map_err(|error| Malformed {
            message: error.kind().to_string().to_lowercase(),
            at: Some(place(&places, error.range().start)),
        })?;
    Ok(match parsed.value {
        Some(value) => convert(&value, &places),
        None => Node::new((1, 1), Shape::Null),
    })
}

fn place(places: &Places<'_>, offset: usize) -> (u32, u32) {
    let place = places.at(offset);
    (place.line, place.column)
}

/// The parser limits the depth of nesting, and so this recursion.
fn convert(value: &Value<'_>, places: &Places<'_>) -> Node {
    let shape = match value {
        Value::NullKeyword(_) => Shape::Null,
        Value::BooleanLit(literal) => Shape::Plain(literal.value.to_string()),
        Value::NumberLit(literal) => Shape::Plain(literal.value.to_owned()),
        Value::StringLit(literal) => Shape::Text(literal.value.to_string()),
        Value::Array(array) => Shape::List(
            array
                .elements
                .iter()
                .map(|element| convert(element, places))
                .collect(),
        ),
        Value::Object(object) => Shape::Map(
            object
                .properties
                .iter()
                .map(|property| {
                    let (key, start) = match &property.name {
                        ObjectPropName::String(name) => (name.value.to_string(), name.range.start),
                        ObjectPropName::Word(name) => (name.value.to_owned(), name.range.start),
                    };
                    Entry {
                        key,
                        at: place(places, start),
                        value: convert(&property.value, places),
                    }
                })
                .collect(),
        ),
    };
    Node::new(place(places, value.range().start), shape)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_stands_twice_is_there_twice_with_both_places() {
        let node = read_json("{\"a\": 1,\n \"a\": {\"b\": \"x\"}}", false).expect("JSON");
        let entries = node.entries().expect("an object");
        assert_eq!(entries.len(), 2);
        assert_eq!((entries[0].at, entries[1].at), ((1, 2), (2, 2)));
        assert_eq!(node.at_keys(&["a", "b"]).and_then(Node::text), Some("x"));
    }

    #[test]
    fn only_the_loose_reader_bears_what_json_does_not_have() {
        let text = "{a: 'x', /* more */ b: [1, ],}";
        let error = read_json(text, false).expect_err("not JSON");
        assert!(error.at.is_some(), "{error}");
        let node = read_json(text, true).expect("JSON5");
        assert_eq!(node.to_value(), serde_json::json!({"a": "x", "b": [1]}));
    }
}
