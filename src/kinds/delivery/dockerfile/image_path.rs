use bstr::ByteSlice;

use crate::tree::TreePath;

/// Joins a path to an absolute folder and cleans it: `.` and empty parts go, `..` takes one away and
/// stops at the root.
pub(super) fn absolute(dir: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let both = if path.starts_with('/') {
        [path, ""]
    } else {
        [dir, path]
    };
    for part in both.iter().flat_map(|path| path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// The same for bytes, as a path in an image: without the leading slash.
pub(super) fn image_path(dir: &TreePath, path: &[u8]) -> TreePath {
    let mut result = if path.starts_with(b"/") {
        TreePath::root()
    } else {
        dir.clone()
    };
    for part in path.split_str("/") {
        match part {
            b"" | b"." => {}
            b".." => result = result.parent().unwrap_or_default(),
            part => result = result.join(part),
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned_and_never_leave_the_root() {
        assert_eq!(absolute("/a", "b//./c/"), "/a/b/c");
        assert_eq!(absolute("/a", "/b/../../c"), "/c");
        assert_eq!(absolute("/a/b", "../../../x"), "/x");
        assert_eq!(absolute("/", ""), "/");
        let dir = TreePath::new("a/b").expect("a path");
        assert_eq!(image_path(&dir, b"../c/./d").to_string(), "a/c/d");
        assert_eq!(image_path(&dir, b"/../x/").to_string(), "x");
    }
}
