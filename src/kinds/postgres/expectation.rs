use std::fmt;

use schemars::JsonSchema;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// A row that a probe must answer.
#[derive(Debug, Clone, PartialEq)]
pub enum ExpectedRow {
    /// All values, from left to right.
    List(Vec<Value>),
    /// Some columns by name.
    ByColumn(Map<String, Value>),
}

impl<'de> Deserialize<'de> for ExpectedRow {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RowVisitor)
    }
}

struct RowVisitor;

impl<'de> Visitor<'de> for RowVisitor {
    type Value = ExpectedRow;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row: a list of values, or a map by column")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<ExpectedRow, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = access.next_element()? {
            values.push(value);
        }
        Ok(ExpectedRow::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<ExpectedRow, A::Error> {
        let mut columns = Map::new();
        while let Some((name, value)) = access.next_entry::<String, Value>()? {
            columns.insert(name, value);
        }
        Ok(ExpectedRow::ByColumn(columns))
    }
}

impl JsonSchema for ExpectedRow {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ExpectedRow".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "oneOf": [{ "type": "array" }, { "type": "object", "minProperties": 1 }]
        })
    }
}
