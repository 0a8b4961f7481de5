//! Changes of what files say, as values.

use crate::kinds::delivery::plugin_channel::{Entry, Node, Shape, write_json, write_toml};
use crate::kinds::lifecycle::{RuntimeKind, Syntax};

pub(super) fn text(text: &str) -> Node {
    Node::new((1, 1), Shape::Text(text.to_owned()))
}

pub(super) fn list(texts: &[String]) -> Node {
    let items = texts.iter().map(|one| text(one)).collect();
    Node::new((1, 1), Shape::List(items))
}

/// The mapping with another value of a key; without the key for `None`.
pub(super) fn with(node: &Node, key: &str, value: Option<Node>) -> Node {
    let mut entries = node.entries().unwrap_or_default().to_vec();
    let place = entries.iter().position(|entry| entry.key == key);
    match (place, value) {
        (Some(place), Some(value)) => entries[place].value = value,
        (Some(place), None) => drop(entries.remove(place)),
        (None, Some(value)) => entries.push(Entry {
            key: key.to_owned(),
            at: node.at,
            value,
        }),
        (None, None) => {}
    }
    Node {
        shape: Shape::Map(entries),
        ..node.clone()
    }
}

/// The same for a key at the end of a way of others, which come into being with it.
pub(super) fn with_at(node: &Node, way: &[&str], key: &str, value: Option<Node>) -> Node {
    match way.split_first() {
        None => with(node, key, value),
        Some((first, rest)) => {
            let empty = Node::new(node.at, Shape::Map(Vec::new()));
            let inner = node.get(first).unwrap_or(&empty);
            with(node, first, Some(with_at(inner, rest, key, value)))
        }
    }
}

/// In the language of a runtime's file.
pub(super) fn written(node: &Node, runtime: RuntimeKind) -> String {
    match runtime.mcp_syntax() {
        Syntax::Json | Syntax::Yaml => write_json(node),
        Syntax::Toml => write_toml(node),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::delivery::plugin_channel::read_yaml;

    #[test]
    fn a_key_is_set_replaced_and_removed_wherever_it_stands() {
        let node = read_yaml("{a: {b: x}, c: y}").expect("YAML");
        let said = |node: Node| node.to_value().to_string();
        assert_eq!(
            said(with_at(&node, &["a"], "b", Some(text("z")))),
            r#"{"a":{"b":"z"},"c":"y"}"#
        );
        assert_eq!(
            said(with_at(
                &node,
                &["d", "e"],
                "f",
                Some(list(&["1".to_owned()]))
            )),
            r#"{"a":{"b":"x"},"c":"y","d":{"e":{"f":["1"]}}}"#
        );
        assert_eq!(
            said(with_at(&node, &["a"], "b", None)),
            r#"{"a":{},"c":"y"}"#
        );
    }
}
