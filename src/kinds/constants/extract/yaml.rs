use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Location, Spanned};

use super::data::{Data, DataQuery, Entry, Layout, Shape, select};
use super::{Extraction, Failure, SourceText};
use crate::config::YamlFault;

/// One document, without duplicate keys.
pub(super) fn extract(
    file: usize,
    source: &SourceText,
    query: &DataQuery,
) -> Result<Extraction, Failure> {
    let options = serde_saphyr::options! {
        with_snippet: false,
        duplicate_keys: serde_saphyr::DuplicateKeyPolicy::Error,
    };
    let root: Spanned<Node> =
        serde_saphyr::from_str_with_options(&source.text, options).map_err(|error| {
            let fault = YamlFault::of(&error);
            let at = offset(&source.text, fault.location);
            Failure::unreadable(fault.message, file, at)
        })?;
    let root = convert(&root, &source.text);
    select(&root, query, file, &source.text)
}

/// The byte at a place; the start of the text where the reader knows none.
fn offset(text: &str, location: Location) -> usize {
    let number = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    let Some(before) = number(location.line()).checked_sub(1) else {
        return 0;
    };
    let lines = text.split_inclusive('\n');
    let start: usize = lines.take(before).map(str::len).sum();
    let column = number(location.column()).saturating_sub(1);
    text[start..]
        .char_indices()
        .nth(column)
        .map_or(text.len(), |(at, _)| start + at)
}

/// A value of any shape.
#[derive(Debug)]
enum Node {
    Text(String),
    Number(String),
    Null,
    List(Vec<Spanned<Node>>),
    Map(Vec<(Spanned<String>, Spanned<Node>)>),
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyNode)
    }
}

struct AnyNode;

impl<'de> Visitor<'de> for AnyNode {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.to_owned()))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Node, E> {
        Ok(Node::Number(flag.to_string()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Node, E> {
        Ok(Node::Number(number.to_string()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Node, E> {
        Ok(Node::Number(number.to_string()))
    }

    fn visit_i128<E>(self, number: i128) -> Result<Node, E> {
        Ok(Node::Number(number.to_string()))
    }

    fn visit_u128<E>(self, number: u128) -> Result<Node, E> {
        Ok(Node::Number(number.to_string()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Node, E> {
        Ok(Node::Number(number.to_string()))
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        Node::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Node::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = access.next_entry()? {
            entries.push(entry);
        }
        Ok(Node::Map(entries))
    }
}

fn span_of<T>(spanned: &Spanned<T>) -> Range<usize> {
    let span = spanned.referenced.span();
    let number = |n: Option<u64>| n.and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    let start = number(span.byte_offset());
    start..start + number(span.byte_len())
}

/// The reader limits how deep a document may be nested, so this recursion ends.
fn convert(node: &Spanned<Node>, text: &str) -> Data {
    let span = span_of(node);
    match &node.value {
        Node::Text(value) => Data {
            span,
            shape: Shape::Text(value.clone()),
        },
        Node::Number(value) => Data {
            span,
            shape: Shape::Number(value.clone()),
        },
        Node::Null => Data {
            span,
            shape: Shape::Null,
        },
        Node::List(items) => {
            let items: Vec<Data> = items.iter().map(|item| convert(item, text)).collect();
            let (span, layout) = bounds(&items, span, text, ['[', ']']);
            Data {
                span,
                shape: Shape::List(items, layout),
            }
        }
        Node::Map(entries) => {
            let entries: Vec<Entry> = entries
                .iter()
                .map(|(key, value)| Entry {
                    key: key.value.clone(),
                    key_span: span_of(key),
                    value: convert(value, text),
                })
                .collect();
            let whole: Vec<Data> = entries
                .iter()
                .map(|entry| Data {
                    span: entry.key_span.start..entry.value.span.end.max(entry.key_span.end),
                    shape: Shape::Null,
                })
                .collect();
            let (span, layout) = bounds(&whole, span, text, ['{', '}']);
            Data {
                span,
                shape: Shape::Map(entries, layout),
            }
        }
    }
}

/// From the first part to the last with the brackets around them, or with the first dash.
fn bounds(
    parts: &[Data],
    span: Range<usize>,
    text: &str,
    brackets: [char; 2],
) -> (Range<usize>, Layout) {
    let (Some(first), Some(last)) = (parts.first(), parts.last()) else {
        return (span, Layout::Commas);
    };
    let before = text[..first.span.start].trim_end();
    if before.ends_with(brackets[0]) {
        let end = text[last.span.end..]
            .find(brackets[1])
            .map_or(last.span.end, |close| last.span.end + close + 1);
        return (before.len() - 1..end, Layout::Commas);
    }
    let start = if before.ends_with('-') {
        before.len() - 1
    } else {
        first.span.start
    };
    (start..last.span.end, Layout::Lines)
}
