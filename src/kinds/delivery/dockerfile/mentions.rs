use super::image_path::image_path;
use crate::tree::TreePath;

/// A path that a text names, seen from the folder that matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Named {
    /// The folder, or something in it.
    Inside(TreePath),
    /// A folder that it is in, but not the root of all: the rest may be put to it elsewhere.
    Above(TreePath),
}

impl std::fmt::Display for Named {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (Self::Inside(path) | Self::Above(path)) = self;
        write!(f, "/{path}")
    }
}

/// The path in a text that has to do with `under`. Relative paths begin at `cwd`; without it they
/// are not looked at.
pub(super) fn named(text: &str, cwd: Option<&TreePath>, under: &TreePath) -> Option<Named> {
    if under.is_root() {
        return Some(Named::Inside(under.clone()));
    }
    let ends_a_path = |c: char| c.is_whitespace() || "\"'`=,;:()<>|&{}[]$*?!#@%^~\\".contains(c);
    let mut above = None;
    for token in text.split(ends_a_path).filter(|token| !token.is_empty()) {
        // The value of an option may stand at it: `-t/opt`.
        let absolute = token
            .find('/')
            .filter(|at| *at == 0 || token.starts_with('-'))
            .and_then(|at| token.get(at..));
        let path = match (absolute, cwd) {
            (Some(text), _) => image_path(&TreePath::root(), text.as_bytes()),
            (None, Some(cwd)) => image_path(cwd, token.as_bytes()),
            (None, None) => continue,
        };
        if path.is_within(under) {
            return Some(Named::Inside(path));
        }
        if absolute.is_some() && !path.is_root() && under.is_within(&path) {
            above.get_or_insert(Named::Above(path));
        }
    }
    // Behind something that is not known: `$ROOT/opt/t`.
    if contains(text, under) {
        return Some(Named::Inside(under.clone()));
    }
    above
}

fn contains(text: &str, under: &TreePath) -> bool {
    let Ok(under) = std::str::from_utf8(under.as_bytes()) else {
        return true;
    };
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    text.match_indices(under).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + under.len()..].chars().next();
        before == Some('/') && !after.is_some_and(is_name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(text: &str, cwd: Option<&str>) -> Option<String> {
        let path = |text| TreePath::new(text).expect("a path");
        named(text, cwd.map(path).as_ref(), &path("opt/t")).map(|named| format!("{named:?}"))
    }

    #[test]
    fn a_path_is_seen_however_it_is_written() {
        for text in [
            "/opt/t",
            "x=/opt//t/a",
            "-C/opt/./t",
            "/srv/../opt/t",
            "$ROOT/opt/t/b",
            "open('/opt/t/a')",
            "host:/opt/t",
        ] {
            let seen = seen(text, None).unwrap_or_default();
            assert!(seen.starts_with("Inside"), "{text}: {seen}");
        }
        for text in ["t/a", "./t", "x/../t"] {
            assert!(seen(text, Some("opt")).is_some(), "{text}");
            assert_eq!(seen(text, Some("srv")), None, "{text}");
            assert_eq!(seen(text, None), None, "{text}");
        }
    }

    #[test]
    fn a_folder_above_is_seen_where_nothing_more_is_said() {
        for text in [
            "/opt",
            "PREFIX=/opt/",
            "join('/opt', 't')",
            "/opt/$X",
            "-d/opt",
        ] {
            let seen = seen(text, None).unwrap_or_default();
            assert!(seen.starts_with("Above"), "{text}: {seen}");
        }
        for text in [
            "/opt/tool",
            "/opt/t2/a",
            "/",
            "opt",
            "a /b",
            "https://opt/x",
        ] {
            assert_eq!(seen(text, None), None, "{text}");
        }
    }
}
