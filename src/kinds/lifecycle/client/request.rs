use std::future::{Future, IntoFuture};
use std::pin::Pin;

use serde_json::Value;

use super::{Answer, Method, Server, Who};
use crate::kinds::lifecycle::stop::Outcome;

/// A request in the making. Awaiting it sends it.
#[derive(Debug)]
pub(in crate::kinds::lifecycle) struct Request<'a> {
    server: &'a Server,
    method: Method,
    path: String,
    pub(super) who: Who,
    pub(super) body: Option<Value>,
    pub(super) raw: Option<String>,
    pub(super) headers: Vec<(&'static str, String)>,
}

impl<'a> Request<'a> {
    pub(super) fn new(server: &'a Server, method: Method, path: String) -> Self {
        Self {
            server,
            method,
            path,
            who: Who::Nobody,
            body: None,
            raw: None,
            headers: Vec::new(),
        }
    }

    pub(super) fn json(mut self, body: Value) -> Self {
        self.body = (!body.is_null()).then_some(body);
        self
    }

    /// Sends these bytes instead of JSON that was made from a value.
    #[must_use]
    pub(in crate::kinds::lifecycle) fn raw(mut self, body: &str) -> Self {
        self.raw = Some(body.to_owned());
        self
    }

    #[must_use]
    pub(in crate::kinds::lifecycle) fn admin(mut self) -> Self {
        self.who = Who::Admin;
        self
    }

    #[must_use]
    pub(in crate::kinds::lifecycle) fn by(mut self, who: Who) -> Self {
        self.who = who;
        self
    }

    #[must_use]
    pub(in crate::kinds::lifecycle) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub(super) fn method(&self) -> Method {
        self.method
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// `POST /workspaces`.
    pub(super) fn line(&self) -> String {
        format!("{} {}", self.method.as_str(), self.path)
    }
}

impl<'a> IntoFuture for Request<'a> {
    type Output = Outcome<Answer>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { self.server.send(self).await })
    }
}
