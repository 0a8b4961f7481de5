use toml_edit::{Document, Item, TableLike, Value};

use super::{Entry, Node, Shape};
use crate::kinds::delivery::equality::Malformed;
use crate::ssot::Places;

/// Reads TOML. A key or table that stands twice is refused, as every reader does.
///
/// # Errors
/// For what is not TOML.
pub(crate) fn read_toml(text: &str) -> Result<Node, Malformed> {
    let reader = Reader(Places::new(text));
    let document = Document::parse(text).map_err(|error| Malformed {
        message: error.message().to_owned(),
        at: Some(reader.place(error.span())),
    })?;
    Ok(Node::new(
        (1, 1),
        Shape::Map(reader.entries(document.as_table())),
    ))
}

struct Reader<'a>(Places<'a>);

/// The parser limits the depth of nesting, and so these recursions.
impl Reader<'_> {
    fn place(&self, span: Option<std::ops::Range<usize>>) -> (u32, u32) {
        let place = self.0.at(span.map_or(0, |span| span.start));
        (place.line, place.column)
    }

    fn item(&self, item: &Item) -> Node {
        let at = self.place(item.span());
        match item {
            Item::None => Node::new(at, Shape::Null),
            Item::Value(value) => self.value(value),
            Item::Table(table) => Node::new(at, Shape::Map(self.entries(table))),
            Item::ArrayOfTables(tables) => {
                let tables = tables.iter().map(|table| {
                    Node::new(self.place(table.span()), Shape::Map(self.entries(table)))
                });
                Node::new(at, Shape::List(tables.collect()))
            }
        }
    }

    fn value(&self, value: &Value) -> Node {
        let shape = match value {
            Value::String(text) => Shape::Text(text.value().clone()),
            Value::Integer(number) => Shape::Plain(number.value().to_string()),
            Value::Float(number) => Shape::Plain(number.value().to_string()),
            Value::Boolean(flag) => Shape::Plain(flag.value().to_string()),
            Value::Datetime(time) => Shape::Plain(time.value().to_string()),
            Value::Array(array) => Shape::List(array.iter().map(|item| self.value(item)).collect()),
            Value::InlineTable(table) => Shape::Map(self.entries(table)),
        };
        Node::new(self.place(value.span()), shape)
    }

    fn entries(&self, table: &dyn TableLike) -> Vec<Entry> {
        table
            .iter()
            .map(|(name, item)| Entry {
                key: name.to_owned(),
                at: self.place(table.key(name).and_then(toml_edit::Key::span)),
                value: self.item(item),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_read_with_the_places_of_their_names() {
        let text = "model = \"m\"\n[mcp_servers.a]\ncommand = \"x\"\nargs = [\"1\", \"2\"]\nenv = { K = \"v\" }\n";
        let node = read_toml(text).expect("TOML");
        assert_eq!(
            node.to_value(),
            serde_json::json!({"model": "m", "mcp_servers": {"a": {"command": "x", "args": ["1", "2"], "env": {"K": "v"}}}})
        );
        let servers = node.get("mcp_servers").and_then(Node::entries);
        assert_eq!(servers.expect("a table")[0].at, (2, 14));
    }

    #[test]
    fn a_table_that_stands_twice_is_refused_with_its_place() {
        let error = read_toml("[a.b]\nx = 1\n[a.b]\nx = 2\n").expect_err("twice");
        assert_eq!(error.at.map(|(line, _)| line), Some(3));
    }
}
