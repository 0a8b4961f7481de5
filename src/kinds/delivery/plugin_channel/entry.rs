use super::document::{Node, Shape};
use crate::kinds::delivery::excerpt::excerpt;
use crate::kinds::lifecycle::RuntimeKind;

/// What codex gets as literal values where others are told to expand them. Lifecycle contract, wiring of MCP servers.
const CODEX_LITERALS: [&str; 5] = [
    "MOLECULE_CP_URL",
    "MOLECULE_ADMIN_TOKEN",
    "PLATFORM_URL",
    "WORKSPACE_ID",
    "MOLECULE_ORG_ID",
];

/// In what an entry that was wired differs from the one that its plugin describes: the first key, and how. Where the
/// description has `${NAME}`, any text may stand.
pub(super) fn difference(described: &Node, wired: &Node, runtime: RuntimeKind) -> Option<String> {
    let (Some(ours), Some(theirs)) = (described.entries(), wired.entries()) else {
        return Some(format!("it is {}, expected a mapping", wired.noun()));
    };
    for entry in ours {
        let key = &entry.key;
        if key == "env" {
            continue;
        }
        let Some(value) = wired.get(key) else {
            return Some(format!("it has no `{key}`"));
        };
        if !fits(&entry.value, value) {
            // What fills a variable may be a secret.
            if has_variable_within(&entry.value) {
                return Some(format!("`{key}` is not as its plugin describes it"));
            }
            return Some(format!(
                "`{key}` is {}, expected {}",
                shown(value),
                shown(&entry.value)
            ));
        }
    }
    if let Some(extra) = theirs
        .iter()
        .find(|entry| entry.key != "env" && described.get(&entry.key).is_none())
    {
        return Some(format!("`{}` is not in the description", extra.key));
    }
    environment(described.get("env"), wired.get("env"), runtime)
}

/// Values of variables are never shown.
fn environment(
    described: Option<&Node>,
    wired: Option<&Node>,
    runtime: RuntimeKind,
) -> Option<String> {
    let is_odd = |node: &&Node| node.entries().is_none() && !matches!(node.shape, Shape::Null);
    if let Some(odd) = wired.filter(is_odd) {
        return Some(format!("`env` is {}, expected a mapping", odd.noun()));
    }
    let entries = |node: Option<&Node>| node.and_then(Node::entries).unwrap_or_default().to_vec();
    let is_codex = runtime == RuntimeKind::Codex;
    for entry in entries(described) {
        let key = &entry.key;
        let is_variable = entry.value.text().is_some_and(has_variable);
        match wired.and_then(|node| node.get(key)) {
            // Whoever filled it in had nothing to fill in.
            Some(value) if is_variable && value.text() == Some("") => {
                return Some(format!("`env.{key}` is empty"));
            }
            Some(value) if fits(&entry.value, value) => {}
            Some(_) => return Some(format!("`env.{key}` has another value")),
            // What is not set has no literal value.
            None if is_codex && is_variable => {}
            None => return Some(format!("it has no `env.{key}`")),
        }
    }
    let extra = entries(wired).into_iter().find(|entry| {
        let is_literal = is_codex && CODEX_LITERALS.contains(&entry.key.as_str());
        !is_literal && described.and_then(|node| node.get(&entry.key)).is_none()
    })?;
    Some(format!("`env.{}` is not in the description", extra.key))
}

fn has_variable(text: &str) -> bool {
    text.contains("${")
}

fn has_variable_within(node: &Node) -> bool {
    match &node.shape {
        Shape::Text(text) => has_variable(text),
        Shape::List(items) => items.iter().any(has_variable_within),
        Shape::Map(entries) => entries
            .iter()
            .any(|entry| has_variable_within(&entry.value)),
        Shape::Null | Shape::Plain(_) => false,
    }
}

/// Whether a value is the described one, with anything in the place of its variables.
pub(super) fn fits(described: &Node, wired: &Node) -> bool {
    match (&described.shape, &wired.shape) {
        (Shape::Text(described), Shape::Text(wired)) => text_fits(described, wired),
        (Shape::List(a), Shape::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| fits(a, b))
        }
        (Shape::Map(a), Shape::Map(b)) => {
            a.len() == b.len()
                && a.iter().all(|entry| {
                    wired
                        .get(&entry.key)
                        .is_some_and(|value| fits(&entry.value, value))
                })
        }
        _ => described.says_the_same(wired),
    }
}

/// The pieces between variables stand in `wired` in their order, from its start to its end.
fn text_fits(described: &str, wired: &str) -> bool {
    let mut pieces = Vec::new();
    let mut rest = described;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((_, behind)) = after.split_once('}') else {
            break;
        };
        pieces.push(before);
        rest = behind;
    }
    let last = rest;
    let Some((first, middle)) = pieces.split_first() else {
        return described == wired;
    };
    let Some(mut left) = wired.strip_prefix(first) else {
        return false;
    };
    for piece in middle {
        match left.split_once(piece) {
            Some((_, behind)) => left = behind,
            None => return false,
        }
    }
    left.len() >= last.len() && left.ends_with(last)
}

fn shown(node: &Node) -> String {
    excerpt(&node.to_value().to_string(), 200)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::document::read_yaml;
    use super::*;

    fn between(described: &str, wired: &str, runtime: RuntimeKind) -> Option<String> {
        let node = |text| read_yaml(text).expect("YAML");
        difference(&node(described), &node(wired), runtime)
    }

    #[test]
    fn an_entry_with_its_variables_filled_in_is_the_same() {
        let described =
            "{command: '${BIN}/run', args: [-y, '${A}-${B}.js'], env: {K: '${K}', L: x}}";
        for wired in [
            described,
            "{command: /opt/run, args: [-y, 1-2.js], env: {L: x, K: k}}",
        ] {
            assert_eq!(between(described, wired, RuntimeKind::ClaudeCode), None);
        }
    }

    #[test]
    fn each_way_of_differing_is_named() {
        let described = "{command: a, args: [b], env: {K: v}}";
        for (wired, expected) in [
            (
                "{command: c, args: [b], env: {K: v}}",
                "`command` is \"c\", expected \"a\"",
            ),
            ("{command: a, env: {K: v}}", "it has no `args`"),
            (
                "{command: a, args: [b, c], env: {K: v}}",
                "`args` is [\"b\",\"c\"], expected [\"b\"]",
            ),
            (
                "{command: a, args: [b], env: {K: w}}",
                "`env.K` has another value",
            ),
            ("{command: a, args: [b]}", "it has no `env.K`"),
            (
                "{command: a, args: [b], env: {K: v, M: x}}",
                "`env.M` is not in the description",
            ),
            (
                "{command: a, args: [b], env: {K: v}, at: 1}",
                "`at` is not in the description",
            ),
            (
                "{command: a, args: [b], env: x}",
                "`env` is a text, expected a mapping",
            ),
            ("[]", "it is a list, expected a mapping"),
        ] {
            let found = between(described, wired, RuntimeKind::Hermes);
            assert_eq!(found.as_deref(), Some(expected), "{wired}");
        }
    }

    #[test]
    fn what_fills_a_variable_is_not_shown() {
        let described = "{command: a, args: [x@1.0, --token, '${T}']}";
        let wired = "{command: a, args: [x@1.1, --token, hunter2]}";
        let found = between(described, wired, RuntimeKind::ClaudeCode).expect("a difference");
        assert_eq!(found, "`args` is not as its plugin describes it");
    }

    #[test]
    fn a_variable_of_the_environment_is_not_filled_in_with_nothing() {
        let described = "{command: a, env: {K: '${K}', L: ''}}";
        let found = |wired| between(described, wired, RuntimeKind::ClaudeCode);
        assert_eq!(
            found("{command: a, env: {K: '', L: ''}}").as_deref(),
            Some("`env.K` is empty")
        );
        assert_eq!(found("{command: a, env: {K: k, L: ''}}"), None);
    }

    #[test]
    fn codex_has_literal_values_and_leaves_out_what_is_not_set() {
        let described = "{command: a, env: {K: '${K}'}}";
        let wired = "{command: a, env: {WORKSPACE_ID: w, PLATFORM_URL: p}}";
        assert_eq!(between(described, wired, RuntimeKind::Codex), None);
        assert!(between(described, wired, RuntimeKind::ClaudeCode).is_some());
    }

    proptest! {
        #[test]
        fn whatever_fills_a_variable_fits(
            pieces in proptest::collection::vec("[ab/]{0,3}", 1..4),
            fills in proptest::collection::vec("[abc/]{0,4}", 3),
        ) {
            let described = pieces.join("${X}");
            let mut wired = pieces[0].clone();
            for (piece, fill) in pieces[1..].iter().zip(&fills) {
                wired.push_str(fill);
                wired.push_str(piece);
            }
            prop_assert!(text_fits(&described, &wired), "{described} {wired}");
            let other = format!("{wired}!");
            let ends_open = described.ends_with('}');
            prop_assert!(!text_fits(&described, &other) || ends_open);
        }
    }
}
