use serde_json::{Map, Value};

/// A value, and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    /// Line and column in characters, both counted from 1.
    pub at: (u32, u32),
    /// A tag of YAML that is not of the core schema: `!include`.
    pub tag: Option<String>,
    pub shape: Shape,
}

#[derive(Debug, Clone)]
pub(crate) enum Shape {
    Null,
    Text(String),
    /// A number, true, false or a date, as it is written.
    Plain(String),
    List(Vec<Node>),
    /// In the order written, a key that stands twice included.
    Map(Vec<Entry>),
}

/// A key with its value.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub key: String,
    pub at: (u32, u32),
    pub value: Node,
}

impl Node {
    pub(crate) fn new(at: (u32, u32), shape: Shape) -> Self {
        Self {
            at,
            tag: None,
            shape,
        }
    }

    /// The value of a key; the last one where it stands twice, as most readers take it.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        let entries = self.entries()?;
        let entry = entries.iter().rev().find(|entry| entry.key == key)?;
        Some(&entry.value)
    }

    /// The value at the end of a way of keys.
    pub(crate) fn at_keys(&self, keys: &[&str]) -> Option<&Self> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    pub(crate) fn entries(&self) -> Option<&[Entry]> {
        match &self.shape {
            Shape::Map(entries) => Some(entries),
            _ => None,
        }
    }

    pub(crate) fn items(&self) -> Option<&[Self]> {
        match &self.shape {
            Shape::List(items) => Some(items),
            _ => None,
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match &self.shape {
            Shape::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self.shape, Shape::Null)
    }

    /// With its article, for messages.
    pub(crate) fn noun(&self) -> &'static str {
        match self.shape {
            Shape::Null => "null",
            Shape::Text(_) => "a text",
            Shape::Plain(_) => "a number, date, true or false",
            Shape::List(_) => "a list",
            Shape::Map(_) => "a mapping",
        }
    }

    /// Whether two values say the same, wherever they stand and in whatever order their keys are.
    pub(crate) fn says_the_same(&self, other: &Self) -> bool {
        if self.tag != other.tag {
            return false;
        }
        match (&self.shape, &other.shape) {
            (Shape::Null, Shape::Null) => true,
            (Shape::Text(a), Shape::Text(b)) | (Shape::Plain(a), Shape::Plain(b)) => a == b,
            (Shape::List(a), Shape::List(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.says_the_same(b))
            }
            (Shape::Map(a), Shape::Map(b)) => {
                let has = |map: &Self, entry: &Entry| {
                    map.get(&entry.key)
                        .is_some_and(|value| value.says_the_same(&entry.value))
                };
                a.len() == b.len()
                    && a.iter().all(|entry| has(other, entry))
                    && b.iter().all(|entry| has(self, entry))
            }
            _ => false,
        }
    }

    /// The value without its places. A number that JSON cannot say becomes a text.
    pub(crate) fn to_value(&self) -> Value {
        match &self.shape {
            Shape::Null => Value::Null,
            Shape::Text(text) => Value::String(text.clone()),
            Shape::Plain(text) => {
                serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.clone()))
            }
            Shape::List(items) => items.iter().map(Self::to_value).collect(),
            Shape::Map(entries) => entries
                .iter()
                .map(|entry| (entry.key.clone(), entry.value.to_value()))
                .collect::<Map<_, _>>()
                .into(),
        }
    }
}
