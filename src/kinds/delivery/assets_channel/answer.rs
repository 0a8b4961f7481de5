use std::collections::HashMap;
use std::sync::Arc;

use crate::context::HttpAnswer;

/// What came back for one URL, redirects followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    /// What it answers, for messages.
    pub request: String,
    pub status: u16,
    pub etag: Option<String>,
    pub content_type: Option<String>,
    /// How the body is encoded, where it is.
    pub encoding: Option<String>,
    /// When to come again, as the server says it.
    pub retry_after: Option<String>,
    pub bytes: Vec<u8>,
}

/// The answers of one look, by URL.
pub(super) type Answers = HashMap<String, Arc<Answer>>;

impl Answer {
    /// One without anything but its status.
    pub(super) fn of(status: u16) -> Self {
        Self {
            request: String::new(),
            status,
            etag: None,
            content_type: None,
            encoding: None,
            retry_after: None,
            bytes: Vec::new(),
        }
    }

    pub(super) fn is_there(&self) -> bool {
        self.status == 200
    }

    /// The tag, where the same tag promises the same bytes. A weak one only promises the same meaning.
    pub(super) fn strong_tag(&self) -> Option<&str> {
        self.etag.as_deref().filter(|tag| tag.starts_with('"'))
    }

    /// Whether both have one strong tag, and not the same bytes.
    pub(super) fn belies(&self, earlier: &Self) -> bool {
        self.status == 200
            && earlier.status == 200
            && self.strong_tag().is_some()
            && self.strong_tag() == earlier.strong_tag()
            && self.bytes != earlier.bytes
    }
}

impl From<HttpAnswer> for Answer {
    fn from(answer: HttpAnswer) -> Self {
        let header = |name: &str| answer.header(name).map(str::to_owned);
        Self {
            etag: header("etag"),
            content_type: header("content-type"),
            encoding: header("content-encoding")
                .filter(|encoding| !encoding.eq_ignore_ascii_case("identity")),
            retry_after: header("retry-after"),
            status: answer.status,
            request: answer.request,
            bytes: answer.body,
        }
    }
}
