use std::sync::Arc;

use super::{Span, Text};

/// A value of any shape. A clone is cheap: what an alias stands for is shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    pub shape: Shape,
    /// Where it is written; for what an alias stands for, where the anchor's value is.
    pub span: Span,
    /// Where the alias stands that brought it here.
    pub alias: Option<Span>,
    /// How many values it is made of, aliases written out.
    pub(super) weight: u64,
}

/// The three shapes of YAML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    Scalar(Text),
    List(Arc<[Node]>),
    Map(Arc<[Entry]>),
}

/// A key and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub key: Text,
    pub value: Node,
    /// Whether a merge key (`<<`) brought it here.
    pub merged: bool,
}

impl Node {
    pub fn as_text(&self) -> Option<&Text> {
        match &self.shape {
            Shape::Scalar(text) => Some(text),
            _ => None,
        }
    }

    pub fn as_list(&self) -> Option<&[Self]> {
        match &self.shape {
            Shape::List(items) => Some(items),
            _ => None,
        }
    }

    pub fn as_map(&self) -> Option<&[Entry]> {
        match &self.shape {
            Shape::Map(entries) => Some(entries),
            _ => None,
        }
    }

    pub fn is_null(&self) -> bool {
        self.as_text().is_some_and(Text::is_null)
    }

    /// The entry of a key; `None` for what is not a mapping as well.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.as_map()?.iter().find(|entry| entry.key.value == key)
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The value of a key, if it is a scalar that says something.
    pub fn text(&self, key: &str) -> Option<&Text> {
        self.get(key)
            .and_then(Self::as_text)
            .filter(|text| !text.is_null())
    }

    /// A scalar by itself, or the scalars of a list: `needs: a` and `needs: [a]` say the same.
    pub fn texts(&self) -> Vec<&Text> {
        match &self.shape {
            Shape::Scalar(text) if text.is_null() => Vec::new(),
            Shape::Scalar(text) => vec![text],
            Shape::List(items) => items.iter().filter_map(Self::as_text).collect(),
            Shape::Map(_) => Vec::new(),
        }
    }

    /// Every scalar in it, keys apart, in the order of the file.
    pub fn scalars(&self) -> Vec<&Text> {
        let mut all = Vec::new();
        self.collect(&mut all);
        all
    }

    fn collect<'a>(&'a self, all: &mut Vec<&'a Text>) {
        match &self.shape {
            Shape::Scalar(text) => all.push(text),
            Shape::List(items) => items.iter().for_each(|item| item.collect(all)),
            Shape::Map(entries) => entries.iter().for_each(|entry| entry.value.collect(all)),
        }
    }
}
