use serde_json::Value;

use super::archive::malformed;
use super::intake::shown;
use crate::gate::Obstacle;

/// An entry of a list, as the server has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The name, not checked yet.
    pub path: String,
    /// In bytes, where it is told.
    pub size: Option<u64>,
    /// The digest of the content, in lowercase hex, where it is told.
    pub sha256: Option<String>,
    pub is_folder: bool,
}

/// Reads a list of files: an array, or the one at `key` of an object, or the only one in it. `what` is what messages
/// call the list.
///
/// # Errors
/// When it is none.
pub fn entries(body: &[u8], key: Option<&str>, what: &str) -> Result<Vec<Listed>, Obstacle> {
    let bad = |problem: String| malformed(format!("{what}: {problem}"));
    let value: Value = serde_json::from_slice(body)
        .map_err(|error| bad(format!("the list is not JSON: {error}")))?;
    let list = list(&value, key).map_err(bad)?;
    list.iter()
        .enumerate()
        .map(|(index, entry)| {
            listed(entry)
                .map_err(|problem| bad(format!("entry {} of the list {problem}", index + 1)))
        })
        .collect()
}

fn list<'v>(value: &'v Value, key: Option<&str>) -> Result<&'v Vec<Value>, String> {
    match (value, key) {
        (Value::Array(list), None) => Ok(list),
        (Value::Object(object), Some(key)) => match object.get(key) {
            Some(Value::Array(list)) => Ok(list),
            Some(_) => Err(format!("`{key}` is no list")),
            None => Err(format!("there is no key `{key}`")),
        },
        (Value::Object(object), None) => {
            let mut lists = object.values().filter_map(Value::as_array);
            match (lists.next(), lists.next()) {
                (Some(list), None) => Ok(list),
                (None, _) => Err("the object holds no list".to_owned()),
                _ => Err("the object holds several lists; name one in `key`".to_owned()),
            }
        }
        _ => Err("it is no list".to_owned()),
    }
}

fn listed(entry: &Value) -> Result<Listed, String> {
    let (path, object) = match entry {
        Value::String(path) => (path, None),
        Value::Object(object) => match object.get("path") {
            Some(Value::String(path)) => (path, Some(object)),
            _ => return Err("has no `path`".to_owned()),
        },
        _ => return Err("is neither a path nor an object".to_owned()),
    };
    let get = |key: &str| {
        object
            .and_then(|object| object.get(key))
            .filter(|value| !value.is_null())
    };
    let wrong = |key: &str| format!("(`{}`) has a `{key}` that is none", shown(path.as_bytes()));
    let size = match get("size") {
        Some(size) => Some(size.as_u64().ok_or_else(|| wrong("size"))?),
        None => None,
    };
    let sha256 = match get("sha256") {
        Some(digest) => {
            let hex = digest
                .as_str()
                .map(|hex| hex.trim_start_matches("sha256:").to_ascii_lowercase());
            let hex =
                hex.filter(|hex| hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit()));
            Some(hex.ok_or_else(|| wrong("sha256"))?)
        }
        None => None,
    };
    let dir = match get("dir") {
        Some(dir) => dir.as_bool().ok_or_else(|| wrong("dir"))?,
        None => false,
    };
    Ok(Listed {
        is_folder: dir || path.ends_with('/'),
        path: path.clone(),
        size,
        sha256,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str, key: Option<&str>) -> Result<Vec<String>, String> {
        entries(text.as_bytes(), key, "x")
            .map(|list| list.into_iter().map(|listed| listed.path).collect())
            .map_err(|obstacle| obstacle.to_string())
    }

    #[test]
    fn a_list_is_found_at_the_top_at_its_key_or_where_it_is_the_only_one() {
        let ok = |names: &[&str]| Ok(names.iter().map(|name| (*name).to_owned()).collect());
        assert_eq!(
            read(r#"["a", {"path": "b", "size": 1}]"#, None),
            ok(&["a", "b"])
        );
        assert_eq!(read(r#"{"n": 1, "assets": ["a"]}"#, None), ok(&["a"]));
        assert_eq!(read(r#"{"a": ["x"], "b": ["y"]}"#, Some("b")), ok(&["y"]));
        assert_eq!(read("[]", None), ok(&[]));
    }

    #[test]
    fn what_is_no_list_is_said_with_its_place() {
        for (text, key, says) in [
            ("<html>", None, "x: the list is not JSON: "),
            ("3", None, "x: it is no list"),
            (r#"{"a": 1}"#, None, "x: the object holds no list"),
            (r#"{"a": [], "b": []}"#, None, "name one in `key`"),
            (r#"{"a": []}"#, Some("b"), "x: there is no key `b`"),
            (
                r#"[{"size": 1}]"#,
                None,
                "x: entry 1 of the list has no `path`",
            ),
            (r#"["a", 1]"#, None, "x: entry 2 of the list is neither"),
            (
                r#"[{"path": "a", "size": -1}]"#,
                None,
                "has a `size` that is none",
            ),
            (
                r#"[{"path": "a", "sha256": "0"}]"#,
                None,
                "has a `sha256` that is none",
            ),
            (
                r#"[{"path": "a", "dir": "no"}]"#,
                None,
                "has a `dir` that is none",
            ),
        ] {
            let said = read(text, key).expect_err(text);
            assert!(said.contains(says), "{text}: {said}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            let _ = entries(&bytes, None, "x");
        }
    }
}
