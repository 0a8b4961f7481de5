use crate::kinds::delivery::equality::CompareAs;
use crate::tree::TreePath;

/// Another content than the one given, different in the eyes of the comparison and, as far as
/// possible, by no more than one byte. `None` for `content`: it is too large to be read.
pub(super) fn altered(content: Option<Vec<u8>>, compare_as: CompareAs) -> Vec<u8> {
    match (compare_as, content) {
        (CompareAs::Bytes, Some(mut bytes)) if !bytes.is_empty() => {
            bytes[0] ^= 1;
            bytes
        }
        (CompareAs::Text, Some(mut bytes)) => {
            bytes.extend_from_slice(b"planted\n");
            bytes
        }
        (CompareAs::Json, Some(bytes)) => different(&bytes, b"{\"driftgate\": \"planted\"}\n"),
        (CompareAs::Yaml, Some(bytes)) => different(&bytes, b"driftgate: planted\n"),
        (CompareAs::Json, None) => b"{}\n".to_vec(),
        _ => b"driftgate: planted\n".to_vec(),
    }
}

fn different(bytes: &[u8], planted: &[u8]) -> Vec<u8> {
    if bytes.trim_ascii() == planted.trim_ascii() {
        return b"[]\n".to_vec();
    }
    planted.to_vec()
}

/// A text with a key twice, where the comparison knows keys.
pub(super) fn with_key_twice(compare_as: CompareAs) -> Option<&'static str> {
    match compare_as {
        CompareAs::Json => Some("{\"a\": 1, \"a\": 2}\n"),
        CompareAs::Yaml => Some("a: 1\na: 2\n"),
        CompareAs::Bytes | CompareAs::Text => None,
    }
}

/// A name for a new file beside another one, of the same extension.
pub(super) fn beside(path: &TreePath) -> TreePath {
    let mut name = b"driftgate-planted".to_vec();
    if let Some(dot) = path.name().iter().rposition(|byte| *byte == b'.') {
        name.extend_from_slice(&path.name()[dot..]);
    }
    path.parent().unwrap_or_default().join(name)
}

/// The same path with one letter of its name in the other case.
pub(super) fn other_case(path: &TreePath) -> Option<TreePath> {
    let mut name = path.name().to_vec();
    let letter = name.iter_mut().find(|byte| byte.is_ascii_alphabetic())?;
    *letter ^= 0x20;
    Some(path.parent()?.join(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_name_keeps_folder_and_extension() {
        let path = |text: &str| TreePath::new(text).unwrap();
        assert_eq!(beside(&path("a/b.md")), path("a/driftgate-planted.md"));
        assert_eq!(beside(&path("b")), path("driftgate-planted"));
        assert_eq!(other_case(&path("a/1b.md")), Some(path("a/1B.md")));
        assert_eq!(other_case(&path("a/1")), None);
    }

    #[test]
    fn what_is_altered_differs() {
        for compare_as in [
            CompareAs::Bytes,
            CompareAs::Text,
            CompareAs::Json,
            CompareAs::Yaml,
        ] {
            for content in [
                "{}",
                "a",
                "{\"driftgate\": \"planted\"}\n",
                "driftgate: planted\n",
            ] {
                let content = content.as_bytes().to_vec();
                assert_ne!(altered(Some(content.clone()), compare_as), content);
            }
        }
    }
}
