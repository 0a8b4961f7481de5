use serde_json::Value;

use super::{Entry, Node, Shape};

/// The value as JSON; with its tags, which JSON does not have and YAML does, as YAML.
pub(crate) fn write_json(node: &Node) -> String {
    let mut text = inline(node, ": ");
    text.push('\n');
    text
}

/// A mapping as TOML.
pub(crate) fn write_toml(node: &Node) -> String {
    let mut text = String::new();
    for entry in kept(node) {
        text.push_str(&format!(
            "{} = {}\n",
            quoted(&entry.key),
            inline(&entry.value, " = ")
        ));
    }
    text
}

/// On one line; `between` stands between a key and its value.
fn inline(node: &Node, between: &str) -> String {
    let said = match &node.shape {
        Shape::Null => "null".to_owned(),
        Shape::Text(text) => quoted(text),
        Shape::Plain(text) => text.clone(),
        Shape::List(items) => {
            let items: Vec<_> = items.iter().map(|item| inline(item, between)).collect();
            format!("[{}]", items.join(", "))
        }
        Shape::Map(entries) => {
            let is_toml = between == " = ";
            let entries = entries
                .iter()
                .filter(|entry| !(is_toml && entry.value.is_null()));
            let entries: Vec<_> = entries
                .map(|entry| {
                    format!(
                        "{}{between}{}",
                        quoted(&entry.key),
                        inline(&entry.value, between)
                    )
                })
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
    };
    match &node.tag {
        Some(tag) => format!("{tag} {said}"),
        None => said,
    }
}

/// TOML has no null.
fn kept(node: &Node) -> impl Iterator<Item = &Entry> {
    let entries = node.entries().unwrap_or_default();
    entries.iter().filter(|entry| !entry.value.is_null())
}

/// The escapes of JSON are also those of YAML's double quotes and of TOML's basic strings.
fn quoted(text: &str) -> String {
    Value::String(text.to_owned())
        .to_string()
        .replace('\u{7f}', "\\u007f")
}

#[cfg(test)]
mod tests {
    use super::super::{read_json, read_toml, read_yaml};
    use super::*;

    #[test]
    fn what_is_written_says_what_was_read() {
        let yaml =
            "a: [1, '1', yes, 2026-01-02, ~]\nb: !include x.yaml\nc: {d: \"\\u007f\\n\", e: {}}\n";
        let node = read_yaml(yaml).expect("YAML");
        assert!(
            read_yaml(&write_json(&node))
                .expect("YAML")
                .says_the_same(&node)
        );
        let json = "{\"a\": [1.50, true, null, \"x\\\\\"], \"b\": {\"c\": {}}}";
        let node = read_json(json, false).expect("JSON");
        assert!(
            read_json(&write_json(&node), false)
                .expect("JSON")
                .says_the_same(&node)
        );
        let toml = "a = 1\nb = \"q\\\"\"\n[c.d]\ne = [1, 2]\nt = 2026-01-02\n[[f]]\ng = true\n";
        let node = read_toml(toml).expect("TOML");
        assert!(
            read_toml(&write_toml(&node))
                .expect("TOML")
                .says_the_same(&node)
        );
    }
}
