use std::collections::HashMap;

use granit_parser::{Event, Parser, ScalarStyle, Span, Tag};
use sha2::{Digest, Sha256};

use super::content::Malformed;

type Hash = [u8; 32];

/// The digest of a YAML stream: equal only for texts that every reader takes to say the same.
///
/// It is built from the leaves up, an alias standing for the digest of its anchor, so that nothing
/// is ever expanded. Tags count (`!include x` is not `x`). Plain scalars that are, or that some
/// readers take for, a number, a boolean or a date are equal only to themselves.
///
/// # Errors
/// For what is not YAML, for a mapping with the same key twice, and for an alias to a node that
/// contains it.
pub(crate) fn digest(text: &str) -> Result<Hash, Malformed> {
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| Malformed {
            message: error.info().to_owned(),
            at: Some(place(error.marker().line(), error.marker().col())),
        })?;
        builder.take(&event, &span)?;
    }
    let mut stream = Sha256::new();
    for document in builder.documents {
        stream.update(document);
    }
    Ok(stream.finalize().into())
}

/// The scanner counts columns from 0.
fn place(line: usize, column: usize) -> (u32, u32) {
    let short = |number| u32::try_from(number).unwrap_or(u32::MAX);
    (short(line), short(column + 1))
}

fn refuse(message: String, span: &Span) -> Malformed {
    Malformed {
        message,
        at: Some(place(span.start.line(), span.start.col())),
    }
}

#[derive(Default)]
struct Builder {
    documents: Vec<Hash>,
    open: Vec<Collection>,
    anchors: HashMap<usize, Hash>,
}

struct Collection {
    is_mapping: bool,
    anchor: usize,
    tag: Vec<u8>,
    /// Keys and values of a mapping take turns.
    nodes: Vec<Hash>,
    keys: HashMap<Hash, ()>,
}

impl Builder {
    fn take(&mut self, event: &Event<'_>, span: &Span) -> Result<(), Malformed> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let node = scalar(text, *style, tag.as_deref());
                self.node(node, *anchor, || format!("duplicate key `{text}`"), span)
            }
            Event::Alias(anchor) => {
                let node = *self.anchors.get(anchor).ok_or_else(|| {
                    refuse("the alias stands inside of its own anchor".to_owned(), span)
                })?;
                self.node(node, 0, || "duplicate key".to_owned(), span)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.begin(false, *anchor, tag.as_deref());
                Ok(())
            }
            Event::MappingStart(_, anchor, tag) => {
                self.begin(true, *anchor, tag.as_deref());
                Ok(())
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(collection) = self.open.pop() else {
                    return Ok(());
                };
                let anchor = collection.anchor;
                let node = collection.close();
                self.node(node, anchor, || "duplicate key".to_owned(), span)
            }
            _ => Ok(()),
        }
    }

    fn begin(&mut self, is_mapping: bool, anchor: usize, tag: Option<&Tag>) {
        self.open.push(Collection {
            is_mapping,
            anchor,
            tag: tag_bytes(tag),
            nodes: Vec::new(),
            keys: HashMap::new(),
        });
    }

    fn node(
        &mut self,
        node: Hash,
        anchor: usize,
        duplicate: impl FnOnce() -> String,
        span: &Span,
    ) -> Result<(), Malformed> {
        if anchor != 0 {
            self.anchors.insert(anchor, node);
        }
        let Some(collection) = self.open.last_mut() else {
            self.documents.push(node);
            return Ok(());
        };
        let is_key = collection.is_mapping && collection.nodes.len().is_multiple_of(2);
        if is_key && collection.keys.insert(node, ()).is_some() {
            return Err(refuse(duplicate(), span));
        }
        collection.nodes.push(node);
        Ok(())
    }
}

impl Collection {
    fn close(self) -> Hash {
        let mut digest = Sha256::new();
        digest.update((self.tag.len() as u64).to_le_bytes());
        digest.update(&self.tag);
        if self.is_mapping {
            digest.update(b"mapping");
            let mut pairs: Vec<_> = self.nodes.chunks(2).collect();
            pairs.sort_unstable();
            for pair in pairs {
                digest.update(pair.concat());
            }
        } else {
            digest.update(b"sequence");
            digest.update(self.nodes.concat());
        }
        digest.finalize().into()
    }
}

fn tag_bytes(tag: Option<&Tag>) -> Vec<u8> {
    tag.map(|tag| format!("{}{}", tag.handle(), tag.suffix()).into_bytes())
        .unwrap_or_default()
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Hash {
    let (sort, value) = match (tag, style) {
        (Some(_), _) => ("tagged", text.to_owned()),
        (None, ScalarStyle::Plain) => plain(text),
        (None, _) => ("string", text.to_owned()),
    };
    let tag = tag_bytes(tag);
    let mut digest = Sha256::new();
    digest.update((tag.len() as u64).to_le_bytes());
    digest.update(&tag);
    digest.update(sort.as_bytes());
    digest.update([0]);
    digest.update(value.as_bytes());
    digest.finalize().into()
}

/// What a plain scalar is to every reader, or itself where readers disagree.
fn plain(text: &str) -> (&'static str, String) {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return ("null", String::new()),
        "true" | "True" | "TRUE" => return ("boolean", "true".to_owned()),
        "false" | "False" | "FALSE" => return ("boolean", "false".to_owned()),
        _ => {}
    }
    let disputed = matches!(
        text.to_ascii_lowercase().as_str(),
        "y" | "n" | "yes" | "no" | "on" | "off" | "true" | "false" | "null"
    );
    let begins_as_a_word = text
        .chars()
        .next()
        .is_some_and(|first| first.is_alphabetic() || matches!(first, '/' | '$' | '_'));
    if begins_as_a_word && !disputed {
        ("string", text.to_owned())
    } else {
        ("plain", text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layout_comments_quotes_and_order_of_keys_do_not_count() {
        assert_eq!(
            digest("# a comment\na: {x: 1, y: [p, q]}\nb: \"text\"\n"),
            digest("b: text\na:\n  y:\n    - p\n    - 'q'\n  x: 1\n")
        );
        assert_eq!(digest("a: &x [1]\nb: *x\n"), digest("a: [1]\nb: [1]\n"));
        assert_eq!(
            digest("a: |\n  two\n  lines\n"),
            digest("a: \"two\\nlines\\n\"")
        );
    }

    #[test]
    fn values_types_tags_and_order_of_elements_count() {
        let texts = [
            "a: 1",
            "a: 2",
            "a: \"1\"",
            "a: true",
            "a: 'true'",
            "a: yes",
            "a: 'yes'",
            "a: null",
            "a: [1, 2]",
            "a: [2, 1]",
            "a: !include x",
            "a: x",
            "a: {x: 1}",
            "b: 1",
            "a: 1\nb: 1",
            "a: 010",
            "a: '010'",
            "a: 2026-01-01",
            "a: '2026-01-01'",
            "--- 1\n--- 2",
            "a: !x [1]",
            "a: [1]",
            "a: 1_0",
            "a: 10",
            "a: 1.0",
            "a: 0x1",
            "[a, 1]",
            "a: 12345678901234567890123",
            "a: 12345678901234567890124",
        ];
        for (i, a) in texts.iter().enumerate() {
            assert!(digest(a).is_ok(), "{a}: {:?}", digest(a));
            for b in &texts[i + 1..] {
                assert_ne!(digest(a), digest(b), "{a} / {b}");
            }
        }
    }

    #[test]
    fn duplicate_keys_are_refused_with_their_place() {
        let error = digest("a:\n  b: 1\n  b: 1\n").unwrap_err();
        assert_eq!(error.message, "duplicate key `b`");
        assert_eq!(error.at, Some((3, 3)));
        assert!(digest("{a: 1, 'a': 2}").is_err());
    }

    #[test]
    fn broken_cyclic_and_bottomless_texts_are_refused() {
        assert!(digest("a: [1").is_err());
        assert!(digest("a: &x [*x]").is_err());
        assert!(digest("a: *nowhere").is_err());
        assert!(digest(&"[".repeat(100_000)).is_err());
        assert!(digest(&"- ".repeat(100_000)).is_err());
    }

    #[test]
    fn a_bomb_of_aliases_costs_no_more_than_its_text() {
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..60 {
            let below = format!("*a{}", level - 1);
            bomb.push_str(&format!(
                "a{level}: &a{level} [{}]\n",
                vec![below; 9].join(", ")
            ));
        }
        assert!(digest(&bomb).is_ok());
    }
}
