use std::borrow::Cow;
use std::time::Duration;

use serde_json::Value;

use super::{Allowance, HttpError, strict_json};

/// A request to be sent. Its `Debug` shows no token and no body.
#[derive(Clone)]
pub struct HttpRequest {
    pub(super) method: reqwest::Method,
    pub(super) url: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) bearer: Option<String>,
    pub(super) body: Option<Vec<u8>>,
    pub(super) within: Option<Duration>,
    pub(super) preview: Option<usize>,
    pub(super) allowance: Option<Allowance>,
}

impl HttpRequest {
    fn new(method: reqwest::Method, url: impl Into<String>) -> Self {
        Self {
            method,
            url: url.into(),
            headers: Vec::new(),
            bearer: None,
            body: None,
            within: None,
            preview: None,
            allowance: None,
        }
    }

    pub fn get(url: impl Into<String>) -> Self {
        Self::new(reqwest::Method::GET, url)
    }

    pub fn post(url: impl Into<String>) -> Self {
        Self::new(reqwest::Method::POST, url)
    }

    pub fn put(url: impl Into<String>) -> Self {
        Self::new(reqwest::Method::PUT, url)
    }

    pub fn patch(url: impl Into<String>) -> Self {
        Self::new(reqwest::Method::PATCH, url)
    }

    pub fn delete(url: impl Into<String>) -> Self {
        Self::new(reqwest::Method::DELETE, url)
    }

    /// Sends the token in the `Authorization` header.
    #[must_use]
    pub fn bearer(mut self, token: impl Into<String>) -> Self {
        self.bearer = Some(token.into());
        self
    }

    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sends a JSON document, and says that it is one.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        let request = self.header("content-type", "application/json");
        request.body(body.to_string())
    }

    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// The time for the whole exchange, in place of the usual.
    #[must_use]
    pub fn within(mut self, within: Duration) -> Self {
        self.within = Some(within);
        self
    }

    /// Where it goes, credentials and queries and all.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Of an answer without success no more than the beginning of its body is read: so many bytes.
    #[must_use]
    pub fn preview(mut self, bytes: usize) -> Self {
        self.preview = Some(bytes);
        self
    }

    /// The body of the answer is part of what several may have together.
    #[must_use]
    pub fn out_of(mut self, allowance: &Allowance) -> Self {
        self.allowance = Some(allowance.clone());
        self
    }

    /// `GET http://127.0.0.1:8080/health`, without credentials and queries: they may be secret.
    pub fn name(&self) -> String {
        let shown = match url::Url::parse(&self.url) {
            Ok(mut url) => {
                let _ = url.set_password(None);
                let _ = url.set_username("");
                url.set_query(None);
                url.set_fragment(None);
                url.to_string()
            }
            Err(_) => self.url.split('?').next().unwrap_or_default().to_owned(),
        };
        format!("{} {shown}", self.method)
    }

    /// Whether it is plain HTTP to this very machine.
    pub(super) fn stays_here(&self) -> bool {
        url::Url::parse(&self.url).is_ok_and(|url| {
            url.scheme() == "http"
                && match url.host() {
                    Some(url::Host::Ipv4(address)) => address.is_loopback(),
                    Some(url::Host::Ipv6(address)) => address.is_loopback(),
                    Some(url::Host::Domain(name)) => name == "localhost",
                    None => false,
                }
        })
    }
}

impl std::fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("HttpRequest").field(&self.name()).finish()
    }
}

/// A whole answer. Whether its status is the right one is for who asked.
#[derive(Debug, Clone)]
pub struct HttpAnswer {
    /// What it answers: `GET http://127.0.0.1:8080/health`.
    pub request: String,
    pub status: u16,
    /// Names in lowercase.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub took: Duration,
}

/// How much of a body messages show, in characters.
const SHOWN: usize = 120;

impl HttpAnswer {
    /// An answer of which only the head has come.
    pub(super) fn head(request: &str, answer: &reqwest::Response) -> Self {
        let headers = answer.headers().iter().map(|(key, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (key.as_str().to_owned(), value)
        });
        Self {
            request: request.to_owned(),
            status: answer.status().as_u16(),
            headers: headers.collect(),
            body: Vec::new(),
            took: Duration::ZERO,
        }
    }

    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The first header of that name, which is in lowercase.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    /// The body as JSON. An answer without a body is `null`.
    ///
    /// # Errors
    /// When it is something else, has a key twice, or the answer is a redirect, whose body is for nobody.
    pub fn json(&self) -> Result<Value, HttpError> {
        if (300..400).contains(&self.status) {
            return Err(HttpError::Redirected {
                request: self.request.clone(),
                status: self.status,
                location: self.header("location").unwrap_or("nowhere").to_owned(),
            });
        }
        if self.body.is_empty() {
            return Ok(Value::Null);
        }
        strict_json(&self.body).map_err(|error| HttpError::NotJson {
            request: self.request.clone(),
            status: self.status,
            reason: error.to_string(),
            start: self.start(),
        })
    }

    /// The beginning of the body, for messages.
    pub fn start(&self) -> String {
        let text = self.text();
        let mut shown: String = text.chars().take(SHOWN).collect();
        if shown.len() < text.len() {
            shown.push('…');
        }
        shown
    }
}
