use std::collections::HashMap;

use granit_parser::{Event, Parser, ScalarStyle, Span, Tag};

use super::{Entry, Node, Shape};
use crate::kinds::delivery::equality::Malformed;

/// How many values aliases may stand for in all: a bomb of them is refused, not unpacked.
const MAX_ALIASED: usize = 100_000;

/// Reads one document of YAML; an empty text is null. Tags of its own (`!include`) are kept, aliases and merge keys
/// are followed, a key that stands twice is there twice.
///
/// # Errors
/// For what is not one document of YAML.
pub(crate) fn read_yaml(text: &str) -> Result<Node, Malformed> {
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| Malformed {
            message: error.info().to_owned(),
            at: Some(place(error.marker().line(), error.marker().col())),
        })?;
        builder.take(&event, &span)?;
    }
    Ok(builder
        .root
        .unwrap_or_else(|| Node::new((1, 1), Shape::Null)))
}

/// The scanner counts columns from 0.
fn place(line: usize, column: usize) -> (u32, u32) {
    let short = |number| u32::try_from(number).unwrap_or(u32::MAX);
    (short(line), short(column + 1))
}

fn start(span: &Span) -> (u32, u32) {
    place(span.start.line(), span.start.col())
}

fn refuse(message: &str, at: (u32, u32)) -> Malformed {
    Malformed {
        message: message.to_owned(),
        at: Some(at),
    }
}

#[derive(Default)]
struct Builder {
    root: Option<Node>,
    open: Vec<Open>,
    anchors: HashMap<usize, (Node, usize)>,
    aliased: usize,
}

struct Open {
    at: (u32, u32),
    tag: Option<String>,
    anchor: usize,
    parts: Parts,
    /// How many values are in it, itself included.
    weight: usize,
}

enum Parts {
    List(Vec<Node>),
    Map {
        entries: Vec<Entry>,
        key: Option<(String, (u32, u32))>,
    },
}

impl Builder {
    fn take(&mut self, event: &Event<'_>, span: &Span) -> Result<(), Malformed> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let tag = own_tag(tag.as_deref());
                let is_plain = *style == ScalarStyle::Plain && tag.is_none();
                let shape = match text.as_ref() {
                    "" | "~" | "null" | "Null" | "NULL" if is_plain => Shape::Null,
                    text if is_plain && !is_text(text) => Shape::Plain(text.to_owned()),
                    text => Shape::Text(text.to_owned()),
                };
                let node = Node {
                    at: start(span),
                    tag,
                    shape,
                };
                self.place(node, 1, *anchor, Some(text))
            }
            Event::Alias(anchor) => {
                let (mut node, weight) = self.anchors.get(anchor).cloned().ok_or_else(|| {
                    refuse("the alias stands inside of its own anchor", start(span))
                })?;
                self.aliased += weight;
                if self.aliased > MAX_ALIASED {
                    return Err(refuse("its aliases stand for too much", start(span)));
                }
                node.at = start(span);
                self.place(node, weight, 0, None)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.begin(Parts::List(Vec::new()), *anchor, tag.as_deref(), span);
                Ok(())
            }
            Event::MappingStart(_, anchor, tag) => {
                let parts = Parts::Map {
                    entries: Vec::new(),
                    key: None,
                };
                self.begin(parts, *anchor, tag.as_deref(), span);
                Ok(())
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(open) = self.open.pop() else {
                    return Ok(());
                };
                let shape = match open.parts {
                    Parts::List(items) => Shape::List(items),
                    Parts::Map { entries, .. } => Shape::Map(merged(entries)?),
                };
                let node = Node {
                    at: open.at,
                    tag: open.tag,
                    shape,
                };
                self.place(node, open.weight, open.anchor, None)
            }
            _ => Ok(()),
        }
    }

    fn begin(&mut self, parts: Parts, anchor: usize, tag: Option<&Tag>, span: &Span) {
        self.open.push(Open {
            at: start(span),
            tag: own_tag(tag),
            anchor,
            parts,
            weight: 1,
        });
    }

    /// `scalar`: the text of what may be a key.
    fn place(
        &mut self,
        node: Node,
        weight: usize,
        anchor: usize,
        scalar: Option<&str>,
    ) -> Result<(), Malformed> {
        if anchor != 0 {
            self.anchors.insert(anchor, (node.clone(), weight));
        }
        let Some(open) = self.open.last_mut() else {
            if self.root.is_some() {
                return Err(refuse("there is more than one document", node.at));
            }
            self.root = Some(node);
            return Ok(());
        };
        open.weight += weight;
        match &mut open.parts {
            Parts::List(items) => items.push(node),
            Parts::Map { entries, key } => match key.take() {
                Some((key, at)) => entries.push(Entry {
                    key,
                    at,
                    value: node,
                }),
                None => {
                    let name = scalar
                        .or(node.text())
                        .ok_or_else(|| refuse("a key is a list or a mapping", node.at))?;
                    *key = Some((name.to_owned(), node.at));
                }
            },
        }
        Ok(())
    }
}

/// Whether a plain scalar is a text to the readers of both YAML 1.1 and 1.2.
fn is_text(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    if matches!(
        lower.as_str(),
        "true"
            | "false"
            | "yes"
            | "no"
            | "on"
            | "off"
            | "y"
            | "n"
            | ".inf"
            | "-.inf"
            | "+.inf"
            | ".nan"
    ) {
        return false;
    }
    let digits = lower.trim_start_matches(['+', '-']).replace('_', "");
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return true;
    }
    let of_a_base = ["0x", "0o", "0b"].iter().any(|base| {
        digits
            .strip_prefix(base)
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_hexdigit()))
    });
    // Dates, and the numbers of base sixty that YAML 1.1 has.
    let is_date_or_time = digits.len() > 2
        && digits
            .bytes()
            .all(|b| b.is_ascii_digit() || b"-:. tz+".contains(&b))
        && digits.contains(['-', ':']);
    !(of_a_base || is_date_or_time || digits.parse::<f64>().is_ok())
}

/// A tag that is not of YAML's own.
fn own_tag(tag: Option<&Tag>) -> Option<String> {
    let tag = tag.map(|tag| format!("{}{}", tag.handle(), tag.suffix()))?;
    (!tag.starts_with("tag:yaml.org,2002:") && !tag.starts_with("!!")).then_some(tag)
}

/// Follows `<<`: what it brings is there where the mapping does not say it itself.
fn merged(entries: Vec<Entry>) -> Result<Vec<Entry>, Malformed> {
    if entries.iter().all(|entry| entry.key != "<<") {
        return Ok(entries);
    }
    let (merges, mut entries): (Vec<_>, Vec<_>) =
        entries.into_iter().partition(|entry| entry.key == "<<");
    for merge in merges {
        let brought = match merge.value.shape {
            Shape::Map(brought) => vec![brought],
            Shape::List(items) => items
                .into_iter()
                .map(|item| match item.shape {
                    Shape::Map(brought) => Ok(brought),
                    _ => Err(refuse("`<<` merges what is no mapping", item.at)),
                })
                .collect::<Result<_, _>>()?,
            _ => return Err(refuse("`<<` merges what is no mapping", merge.at)),
        };
        for entry in brought.into_iter().flatten() {
            if entries.iter().all(|known| known.key != entry.key) {
                entries.push(entry);
            }
        }
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn value(text: &str) -> serde_json::Value {
        read_yaml(text)
            .unwrap_or_else(|error| panic!("{text}: {error}"))
            .to_value()
    }

    #[test]
    fn values_are_read_with_their_places_and_tags() {
        let node = read_yaml("a:\n  - !include teams/pm.yaml\n  - !external\n    repo: o/r\n")
            .expect("YAML");
        let items = node.get("a").and_then(Node::items).expect("a list");
        assert_eq!(items[0].tag.as_deref(), Some("!include"));
        assert_eq!(items[0].text(), Some("teams/pm.yaml"));
        assert_eq!(items[0].at.0, 2);
        assert_eq!(items[1].tag.as_deref(), Some("!external"));
        assert_eq!(items[1].get("repo").and_then(Node::text), Some("o/r"));
    }

    #[test]
    fn scalars_are_what_every_reader_takes_them_for() {
        assert_eq!(
            value("{a: x, b: '1', c: 1, d: true, e: ~, f: gitea://o/r#v1, g: '', h: }"),
            json!({"a": "x", "b": "1", "c": 1, "d": true, "e": null, "f": "gitea://o/r#v1", "g": "", "h": null})
        );
        assert_eq!(value(""), json!(null));
        for text in [
            "-y",
            "--from",
            "1.0.0",
            "v1",
            "./x",
            "a:b",
            "2x",
            "@scope",
            "-",
            "1.2.3-rc.1",
        ] {
            assert!(is_text(text), "{text}");
        }
        for text in [
            "1",
            "-1.5",
            "1_000",
            "0x1f",
            "1e3",
            "2026-01-02",
            "12:30:45",
            "yes",
            "Off",
            ".inf",
        ] {
            assert!(!is_text(text), "{text}");
        }
    }

    #[test]
    fn aliases_and_merge_keys_are_followed() {
        assert_eq!(
            value("a: &x {p: 1, q: 2}\nb: *x\nc:\n  <<: *x\n  p: 3\n"),
            json!({"a": {"p": 1, "q": 2}, "b": {"p": 1, "q": 2}, "c": {"p": 3, "q": 2}})
        );
    }

    #[test]
    fn a_key_that_stands_twice_is_there_twice() {
        let node = read_yaml("a: 1\na: 2\n").expect("YAML");
        assert_eq!(node.entries().map(<[Entry]>::len), Some(2));
        assert!(!node.says_the_same(&read_yaml("a: 2\n").expect("YAML")));
    }

    #[test]
    fn what_is_no_document_or_too_much_of_one_is_refused() {
        for text in [
            "a: [",
            "a: 1\n---\nb: 2\n",
            "a: *x",
            "[a]: b",
            "<<: 1",
            "a: &x [*x]",
        ] {
            assert!(read_yaml(text).is_err(), "{text}");
        }
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..20 {
            let below = vec![format!("*a{}", level - 1); 9].join(", ");
            bomb.push_str(&format!("a{level}: &a{level} [{below}]\n"));
        }
        let error = read_yaml(&bomb).expect_err("a bomb");
        assert_eq!(error.message, "its aliases stand for too much");
    }
}
