use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, MapAccess, SeqAccess, Visitor};

use super::problems::malformed;
use crate::gate::Obstacle;

/// Which keys of a description mean something, and where they stand.
pub(super) enum Shape {
    /// Keys are whatever somebody chose, as in labels; or nobody reads what is in it.
    Any,
    List(&'static Shape),
    Keys(&'static [(&'static str, &'static Shape)]),
}

static ANY: Shape = Shape::Any;
static PLATFORM: Shape = Shape::Keys(&[("os", &ANY), ("architecture", &ANY), ("variant", &ANY)]);
static DESCRIPTOR: Shape = Shape::Keys(&[
    ("mediaType", &ANY),
    ("digest", &ANY),
    ("size", &ANY),
    ("platform", &PLATFORM),
    ("annotations", &ANY),
]);
static DESCRIPTORS: Shape = Shape::List(&DESCRIPTOR);
/// An index or a manifest.
pub(super) static DOCUMENT: Shape = Shape::Keys(&[
    ("schemaVersion", &ANY),
    ("mediaType", &ANY),
    ("manifests", &DESCRIPTORS),
    ("config", &DESCRIPTOR),
    ("layers", &DESCRIPTORS),
    ("annotations", &ANY),
]);
static RUN: Shape = Shape::Keys(&[
    ("User", &ANY),
    ("Env", &ANY),
    ("Entrypoint", &ANY),
    ("Cmd", &ANY),
    ("WorkingDir", &ANY),
    ("Labels", &ANY),
]);
static ROOTFS: Shape = Shape::Keys(&[("type", &ANY), ("diff_ids", &ANY)]);
static HISTORY_ENTRY: Shape = Shape::Keys(&[("created_by", &ANY), ("empty_layer", &ANY)]);
static HISTORY: Shape = Shape::List(&HISTORY_ENTRY);
/// The configuration of an image.
pub(super) static CONFIG: Shape = Shape::Keys(&[
    ("os", &ANY),
    ("architecture", &ANY),
    ("variant", &ANY),
    ("config", &RUN),
    ("rootfs", &ROOTFS),
    ("history", &HISTORY),
]);
static SAVED_IMAGE: Shape = Shape::Keys(&[("Config", &ANY), ("RepoTags", &ANY), ("Layers", &ANY)]);
/// `manifest.json` of `docker save`.
pub(super) static SAVED: Shape = Shape::List(&SAVED_IMAGE);

/// Reads a description, unless programs differ in what it says: Go takes a key for the one that it looks for
/// whatever its case, and of several the last one.
///
/// # Errors
/// When it cannot be read, or has a key twice but for case, or one that is known but for case.
pub(super) fn read<T: DeserializeOwned>(
    bytes: &[u8],
    shape: &Shape,
    what: &str,
) -> Result<T, Obstacle> {
    let bad = |error: serde_json::Error| malformed(format!("{what} cannot be read: {error}"));
    let node: Node = serde_json::from_slice(bytes).map_err(bad)?;
    check(&node, shape).map_err(|problem| malformed(format!("{what} {problem}")))?;
    serde_json::from_slice(bytes).map_err(bad)
}

/// What of a document its keys are.
enum Node {
    Other,
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
}

fn check(node: &Node, shape: &Shape) -> Result<(), String> {
    match (node, shape) {
        (Node::List(nodes), Shape::List(each)) => {
            nodes.iter().try_for_each(|node| check(node, each))
        }
        (Node::Object(entries), Shape::Keys(known)) => {
            let mut seen: Vec<(String, &str)> = Vec::new();
            for (key, _) in entries {
                let same = folded(key);
                if let Some((name, _)) = known
                    .iter()
                    .find(|(name, _)| name != key && folded(name) == same)
                {
                    return Err(format!(
                        "has the key `{}`, which some programs take for `{name}`",
                        key.escape_debug()
                    ));
                }
                seen.push((same, key));
            }
            seen.sort_unstable();
            if let Some(pair) = seen.windows(2).find(|pair| pair[0].0 == pair[1].0) {
                return Err(format!(
                    "has the keys `{}` and `{}`, which some programs take for one",
                    pair[0].1.escape_debug(),
                    pair[1].1.escape_debug()
                ));
            }
            for (key, value) in entries {
                if let Some((_, inner)) = known.iter().find(|(name, _)| name == key) {
                    check(value, inner)?;
                }
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// A key as Go folds it: `ſ` is an `s`, and the sign for Kelvin a `k`.
fn folded(key: &str) -> String {
    key.to_uppercase().to_lowercase()
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Node;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("JSON")
            }

            fn visit_bool<E>(self, _: bool) -> Result<Node, E> {
                Ok(Node::Other)
            }

            fn visit_i64<E>(self, _: i64) -> Result<Node, E> {
                Ok(Node::Other)
            }

            fn visit_u64<E>(self, _: u64) -> Result<Node, E> {
                Ok(Node::Other)
            }

            fn visit_f64<E>(self, _: f64) -> Result<Node, E> {
                Ok(Node::Other)
            }

            fn visit_str<E>(self, _: &str) -> Result<Node, E> {
                Ok(Node::Other)
            }

            fn visit_unit<E>(self) -> Result<Node, E> {
                Ok(Node::Other)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node, A::Error> {
                let mut nodes = Vec::new();
                while let Some(node) = list.next_element()? {
                    nodes.push(node);
                }
                Ok(Node::List(nodes))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Node::Object(entries))
            }
        }

        deserializer.deserialize_any(Any)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn problem(text: &str, shape: &Shape) -> Option<String> {
        let read: Result<Value, _> = read(text.as_bytes(), shape, "it");
        read.err().map(|obstacle| obstacle.message)
    }

    #[test]
    fn keys_that_differ_in_case_alone_are_refused_where_they_mean_something() {
        for (text, shape, says) in [
            (
                r#"{"layers": [], "Layers": []}"#,
                &DOCUMENT,
                "it has the key `Layers`, which some programs take for `layers`",
            ),
            (
                r#"{"Manifests": []}"#,
                &DOCUMENT,
                "it has the key `Manifests`, which some programs take for `manifests`",
            ),
            (
                r#"{"layers": [{"dige\u017ft": ""}]}"#,
                &DOCUMENT,
                "it has the key `digeſt`, which some programs take for `digest`",
            ),
            (
                r#"{"other": 1, "OTHER": 2}"#,
                &DOCUMENT,
                "it has the keys `OTHER` and `other`, which some programs take for one",
            ),
            (
                r#"{"layers": [], "layers": []}"#,
                &DOCUMENT,
                "it has the keys `layers` and `layers`, which some programs take for one",
            ),
            (
                r#"{"config": {"env": []}}"#,
                &CONFIG,
                "it has the key `env`, which some programs take for `Env`",
            ),
            (
                r#"[{"Config": "", "config": ""}]"#,
                &SAVED,
                "it has the key `config`, which some programs take for `Config`",
            ),
        ] {
            assert_eq!(problem(text, shape).as_deref(), Some(says), "{text}");
        }
    }

    #[test]
    fn labels_and_annotations_may_have_names_that_differ_in_case() {
        for (text, shape) in [
            (
                r#"{"config": {"Labels": {"a": "1", "A": "2"}}, "x": [1, -2, 0.5, null, true]}"#,
                &CONFIG,
            ),
            (r#"{"annotations": {"a": "1", "A": "2"}}"#, &DOCUMENT),
        ] {
            assert_eq!(problem(text, shape), None, "{text}");
        }
    }
}
