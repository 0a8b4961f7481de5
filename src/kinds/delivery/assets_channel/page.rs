use super::answer::Answer;
use crate::tree::TreePath;

/// Whether an answer is a page for people: that is how proxies and sign-in pages say that something is wrong, with the
/// status of success.
pub(super) fn is_page(answer: &Answer) -> bool {
    let content_type = answer.content_type.as_deref().unwrap_or_default();
    let media = content_type.split(';').next().unwrap_or_default().trim();
    if ["text/html", "application/xhtml+xml"]
        .iter()
        .any(|page| media.eq_ignore_ascii_case(page))
    {
        return true;
    }
    let start = answer.bytes.trim_ascii_start();
    let start = start.strip_prefix("\u{feff}".as_bytes()).unwrap_or(start);
    [b"<!doctype html".as_slice(), b"<html"].iter().any(|tag| {
        start
            .get(..tag.len())
            .is_some_and(|begins| begins.eq_ignore_ascii_case(tag))
    })
}

/// Whether a file is meant to be one.
pub(super) fn may_be_page(path: &TreePath) -> bool {
    let name = path.name().to_ascii_lowercase();
    [b".html".as_slice(), b".htm", b".xhtml"]
        .iter()
        .any(|ending| name.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_known_by_their_type_and_by_how_they_begin() {
        let page = |content_type: Option<&str>, bytes: &str| {
            is_page(&Answer {
                content_type: content_type.map(str::to_owned),
                bytes: bytes.as_bytes().to_vec(),
                ..Answer::of(200)
            })
        };
        assert!(page(Some("text/HTML; charset=utf-8"), "x"));
        assert!(page(None, "\n <!DOCTYPE html><title>502"));
        assert!(page(Some("application/octet-stream"), "<HTML><body>"));
        assert!(!page(Some("application/json"), "{\"a\": \"<html>\"}"));
        assert!(!page(None, "<htm"));
    }
}
