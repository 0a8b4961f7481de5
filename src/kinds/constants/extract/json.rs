use jsonc_parser::ast::{ObjectPropName, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::data::{Data, DataQuery, Entry, Layout, Shape, select};
use super::{Extraction, Failure, SourceText};

/// Strict JSON: what is allowed in JSONC and JSON5 is refused, and so are duplicate keys.
pub(super) fn extract(
    file: usize,
    source: &SourceText,
    query: &DataQuery,
) -> Result<Extraction, Failure> {
    let options = ParseOptions {
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
    // A byte order mark is no part of the document.
    let skip = if source.text.starts_with('\u{feff}') {
        3
    } else {
        0
    };
    let parsed = parse_to_ast(&source.text[skip..], &CollectOptions::default(), &options).map_err(
        |error| {
            let message = error.kind().to_string().to_lowercase();
            Failure::unreadable(message, file, error.range().start + skip)
        },
    )?;
    let value = parsed
        .value
        .ok_or_else(|| Failure::unreadable("the file is empty", file, 0))?;
    let root = convert(&value, file, skip)?;
    select(&root, query, file, &source.text)
}

/// The parser limits how deep a document may be nested, so this recursion ends.
fn convert(value: &Value<'_>, file: usize, skip: usize) -> Result<Data, Failure> {
    let at = |range: jsonc_parser::common::Range| range.start + skip..range.end + skip;
    let shape = match value {
        Value::StringLit(text) => Shape::Text(text.value.to_string()),
        Value::NumberLit(number) => Shape::Number(number.value.to_owned()),
        Value::BooleanLit(flag) => Shape::Number(flag.value.to_string()),
        Value::NullKeyword(_) => Shape::Null,
        Value::Array(array) => Shape::List(
            array
                .elements
                .iter()
                .map(|element| convert(element, file, skip))
                .collect::<Result<_, _>>()?,
            Layout::Commas,
        ),
        Value::Object(object) => {
            let mut entries: Vec<Entry> = Vec::new();
            for property in &object.properties {
                let (key, range) = match &property.name {
                    ObjectPropName::String(name) => (name.value.to_string(), name.range),
                    ObjectPropName::Word(name) => (name.value.to_owned(), name.range),
                };
                if entries.iter().any(|entry| entry.key == key) {
                    return Err(Failure::unreadable(
                        format!("duplicate key `{key}`"),
                        file,
                        range.start + skip,
                    ));
                }
                entries.push(Entry {
                    key,
                    key_span: at(range),
                    value: convert(&property.value, file, skip)?,
                });
            }
            Shape::Map(entries, Layout::Commas)
        }
    };
    Ok(Data {
        span: at(value.range()),
        shape,
    })
}
