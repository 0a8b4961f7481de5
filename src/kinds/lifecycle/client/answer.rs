use serde_json::Value;

use crate::gate::Obstacle;
use crate::kinds::lifecycle::codes::{ANSWER_MALFORMED, SERVER_SILENT};
use crate::kinds::lifecycle::failure::Failure;
use crate::kinds::lifecycle::journal::cut;
use crate::kinds::lifecycle::stop::{Outcome, Stop};

/// Statuses by which a server, or what stands before it, says that it cannot answer now.
const NO_ANSWER: [u16; 4] = [429, 502, 503, 504];

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub(in crate::kinds::lifecycle) struct Answer {
    request: String,
    status: u16,
    bytes: Vec<u8>,
    json: Option<Value>,
}

impl Answer {
    pub(super) fn new(request: String, status: u16, bytes: Vec<u8>) -> Self {
        Self {
            request,
            status,
            json: serde_json::from_slice(&bytes).ok(),
            bytes,
        }
    }

    /// `POST /workspaces`.
    pub(in crate::kinds::lifecycle) fn request(&self) -> &str {
        &self.request
    }

    pub(in crate::kinds::lifecycle) fn status(&self) -> u16 {
        self.status
    }

    /// The body, if it is JSON.
    pub(in crate::kinds::lifecycle) fn peek(&self) -> Option<&Value> {
        self.json.as_ref()
    }

    /// `201 {"id":…}`.
    pub(in crate::kinds::lifecycle) fn shown(&self) -> String {
        let body = String::from_utf8_lossy(&self.bytes);
        let body = cut(body.trim());
        if body.is_empty() {
            format!("{} without a body", self.status)
        } else {
            format!("{} {body}", self.status)
        }
    }

    /// The body.
    ///
    /// # Errors
    /// When it is not JSON.
    pub(in crate::kinds::lifecycle) fn json(&self) -> Outcome<&Value> {
        self.json.as_ref().ok_or_else(|| {
            Obstacle::refused(
                &ANSWER_MALFORMED,
                format!("{}: the answer is not JSON: {}", self.request, self.shown()),
            )
            .into()
        })
    }

    /// The failure of a check that wanted something else.
    pub(in crate::kinds::lifecycle) fn wrong(&self, expected: impl Into<String>) -> Stop {
        Failure::new(
            format!("{} answers {}", self.request, expected.into()),
            self.shown(),
        )
        .into()
    }

    /// The body of an answer that must have this status.
    ///
    /// # Errors
    /// With another status: a failure, or where that says "not now", an obstacle.
    pub(in crate::kinds::lifecycle) fn expect(&self, status: u16) -> Outcome<&Value> {
        self.expect_any(&[status])
    }

    /// The body of an answer that must have one of these statuses.
    ///
    /// # Errors
    /// With another status: a failure, or where that says "not now", an obstacle.
    pub(in crate::kinds::lifecycle) fn expect_any(&self, statuses: &[u16]) -> Outcome<&Value> {
        if statuses.contains(&self.status) {
            return self.json();
        }
        if NO_ANSWER.contains(&self.status) {
            return Err(Obstacle::unreachable(
                &SERVER_SILENT,
                format!(
                    "{}: the server cannot answer: {}",
                    self.request,
                    self.shown()
                ),
            )
            .into());
        }
        let wanted: Vec<_> = statuses.iter().map(u16::to_string).collect();
        Err(self.wrong(wanted.join(" or ")))
    }

    /// Demands a refusal: this status, and a body with an `error`.
    ///
    /// # Errors
    /// When it is none, or another one.
    pub(in crate::kinds::lifecycle) fn refused(&self, status: u16) -> Outcome<&Value> {
        let body = self.expect(status)?;
        match body.get("error").and_then(Value::as_str) {
            Some(error) if !error.is_empty() => Ok(body),
            _ => Err(self.wrong(format!("{status} with an `error`"))),
        }
    }

    /// A field of the body that must be text.
    ///
    /// # Errors
    /// When it is missing or something else.
    pub(in crate::kinds::lifecycle) fn text(&self, field: &str) -> Outcome<&str> {
        self.json()?
            .get(field)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
            .ok_or_else(|| self.wrong(format!("`{field}` with a text")))
    }

    /// Demands that a field of the body has this value.
    ///
    /// # Errors
    /// When it has another one, or is missing.
    pub(in crate::kinds::lifecycle) fn says(
        &self,
        field: &str,
        expected: impl Into<Value>,
    ) -> Outcome {
        let expected = expected.into();
        if self.json()?.get(field) == Some(&expected) {
            Ok(())
        } else {
            Err(self.wrong(format!("`{field}`: {expected}")))
        }
    }
}
