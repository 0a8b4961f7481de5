use github_actions_models::workflow::{Concurrency, Job, Trigger};
use serde::Deserialize;
use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{self, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

use super::shape_check::Faults;
use crate::kinds::workflows::yaml::{Node, Shape, Style, Text};

/// Asks the published model of workflows for a second opinion, part by part, where the checks
/// before it have nothing to say.
pub(super) fn check(root: &Node, faults: &mut Faults) {
    part::<Trigger>(root.get("on"), "`on`", faults);
    part::<Concurrency>(root.get("concurrency"), "`concurrency`", faults);
    let jobs = root.get("jobs").and_then(Node::as_map).unwrap_or_default();
    for job in jobs {
        let name = format!("job `{}`", job.key.value);
        part::<Job>(Some(&job.value), &name, faults);
    }
}

fn part<T: for<'de> Deserialize<'de>>(node: Option<&Node>, name: &str, faults: &mut Faults) {
    if let Some(node) = node
        && !faults.covers(node.span)
        && let Err(error) = T::deserialize(Typed(node))
    {
        let why = error.to_string();
        // An enum that tries its variants in turn says only that none of them fits.
        let why = if why.starts_with("data did not match any variant") {
            String::new()
        } else {
            format!(": {why}")
        };
        faults.unusual(
            format!("{name} has a shape that GitHub's workflow syntax does not know{why}"),
            node.span,
        );
    }
}

/// A node as YAML 1.2 types it.
#[derive(Clone, Copy)]
struct Typed<'a>(&'a Node);

type Error = de::value::Error;

impl<'de> IntoDeserializer<'de, Error> for Typed<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> de::Deserializer<'de> for Typed<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.0.shape {
            Shape::Scalar(text) => scalar(text, visitor),
            Shape::List(items) => visitor.visit_seq(SeqDeserializer::new(items.iter().map(Typed))),
            Shape::Map(entries) => visitor.visit_map(MapDeserializer::new(
                entries
                    .iter()
                    .map(|entry| (entry.key.value.as_str(), Typed(&entry.value))),
            )),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.is_null() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match &self.0.shape {
            Shape::Scalar(text) => visitor.visit_enum(text.value.as_str().into_deserializer()),
            Shape::Map(entries) => {
                visitor.visit_enum(de::value::MapAccessDeserializer::new(MapDeserializer::new(
                    entries
                        .iter()
                        .map(|entry| (entry.key.value.as_str(), Typed(&entry.value))),
                )))
            }
            Shape::List(_) => Err(de::Error::custom("expected a name, found a list")),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

fn scalar<'de, V: Visitor<'de>>(text: &Text, visitor: V) -> Result<V::Value, Error> {
    if text.style != Style::Plain {
        return visitor.visit_str(&text.value);
    }
    if text.is_null() {
        return visitor.visit_unit();
    }
    if let Some(flag) = text.as_bool() {
        return visitor.visit_bool(flag);
    }
    if let Ok(number) = text.value.parse::<u64>() {
        return visitor.visit_u64(number);
    }
    if let Ok(number) = text.value.parse::<i64>() {
        return visitor.visit_i64(number);
    }
    let digits = text
        .value
        .starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
    match text.value.parse::<f64>() {
        Ok(number) if digits => visitor.visit_f64(number),
        _ => visitor.visit_str(&text.value),
    }
}
