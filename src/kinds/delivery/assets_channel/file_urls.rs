use url::Url;
use url::form_urlencoded::byte_serialize;

use super::load::checked;
use crate::tree::TreePath;

/// Where the files of a list are. What the list says can only choose among the paths of one server, or the values of one
/// query: whatever goes along, goes to the server that the gate names.
#[derive(Debug)]
pub struct FileUrls {
    list: Url,
    before: String,
    after: String,
    of_all: url::Origin,
}

impl FileUrls {
    /// `list` is the URL of the list, `files` that of a file, with `{path}` where its path belongs.
    ///
    /// # Errors
    /// Why there are no such URLs.
    pub fn new(list: &str, files: &str) -> Result<Self, String> {
        let list = checked(list)?;
        let (before, after) = files.split_once("{path}").unwrap_or((files, ""));
        if before.contains('#') {
            return Err("`{path}` stands behind a `#` in `files`, which is never sent".to_owned());
        }
        let mut urls = Self {
            of_all: list.origin(),
            before: before.to_owned(),
            after: after.to_owned(),
            list,
        };
        // A part of a server's name or port makes another server of it.
        match (urls.joined("a"), urls.joined("b")) {
            (Ok(one), Ok(other)) if one.origin() == other.origin() => urls.of_all = one.origin(),
            (Ok(_), Ok(_)) => return Err(HOST.to_owned()),
            (Err(_), _) | (_, Err(_)) if urls.joined("/a").is_ok() => return Err(HOST.to_owned()),
            (Err(problem), _) | (_, Err(problem)) => return Err(problem),
        }
        Ok(urls)
    }

    /// # Errors
    /// When the path made another thing of it than the URL of a file there.
    pub fn of(&self, path: &TreePath) -> Result<String, String> {
        let encoded = if self.before.contains('?') {
            encoded(path.as_bytes())
        } else {
            let parts: Vec<_> = path.parts().map(|part| encoded(part)).collect();
            parts.join("/")
        };
        let url = self.joined(&encoded)?;
        if url.origin() != self.of_all {
            return Err(format!("{path} leads to another server"));
        }
        Ok(url.to_string())
    }

    fn joined(&self, path: &str) -> Result<Url, String> {
        let text = format!("{}{path}{}", self.before, self.after);
        let url = self.list.join(&text).map_err(|error| {
            // What comes behind may be secret.
            let shown = text.split(['?', '#']).next().unwrap_or_default();
            format!("`{shown}` is not a URL: {error}")
        })?;
        checked(url.as_str())
    }
}

const HOST: &str = "`{path}` is a part of the server's name in `files`; write a `/` before it";

/// For a part of a path, where a plus is a plus.
pub(super) fn encoded(bytes: &[u8]) -> String {
    let form: String = byte_serialize(bytes).collect();
    form.replace('+', "%20")
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "http://h:1/t/list";

    fn url(files: &str, path: &str) -> String {
        let urls = FileUrls::new(LIST, files).expect("URLs");
        urls.of(&TreePath::new(path).expect("a path"))
            .expect("a URL")
    }

    #[test]
    fn the_url_of_a_file_is_made_from_its_path() {
        for (files, path, expected) in [
            (
                "http://f/{path}?v=1",
                "prompts/a b+c?.md",
                "http://f/prompts/a%20b%2Bc%3F.md?v=1",
            ),
            ("http://f/get?p={path}", "a/b", "http://f/get?p=a%2Fb"),
            ("files/{path}", "a/b", "http://h:1/t/files/a/b"),
            ("/{path}", "http:/x", "http://h:1/http%3A/x"),
            (
                "get?u=http://f/{path}",
                "a",
                "http://h:1/t/get?u=http://f/a",
            ),
        ] {
            assert_eq!(url(files, path), expected, "{files} {path}");
        }
    }

    #[test]
    fn no_path_of_a_list_leads_to_another_server() {
        for files in [
            "http://h:1/{path}",
            "{path}",
            "/{path}",
            "f-{path}",
            "get?p={path}",
        ] {
            for path in [
                "a?b",
                "a#b",
                "a/b",
                "%2e%2e/x",
                "..a",
                "\\\\other/x",
                "http:/other/x",
                "@other",
                ":80",
                ".other",
                "a@other:1",
                "?u=http:/other",
            ] {
                let url = url(files, path);
                assert!(url.starts_with("http://h:1/"), "{files} {path}: {url}");
                assert_eq!(
                    url.matches(['?', '#']).count(),
                    files.matches('?').count(),
                    "{url}"
                );
            }
        }
        for path in ["//other/x", "../x", "a/../../x"] {
            assert!(TreePath::new(path).is_err(), "{path}");
        }
    }

    #[test]
    fn a_path_is_no_part_of_the_server_s_name() {
        for files in [
            "http://h{path}",
            "http://h:{path}",
            "http://h:1{path}",
            "http://{path}/x",
            "http://{path}@h/x",
            "//{path}",
            "https:/{path}",
        ] {
            let error = FileUrls::new(LIST, files).expect_err(files);
            assert!(
                error.contains("`{path}`") || error.contains("credentials"),
                "{files}: {error}"
            );
        }
        assert!(FileUrls::new(LIST, "http://h/#{path}").is_err());
        assert!(FileUrls::new(LIST, "ftp://h/{path}").is_err());
    }
}
