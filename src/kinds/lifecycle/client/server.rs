use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use url::Url;

use super::{Answer, Method, Request, Who};
use crate::context::{Http, HttpError, HttpLimits, HttpRequest};
use crate::gate::Obstacle;
use crate::kinds::lifecycle::codes::{
    ANSWER_MALFORMED, ANSWER_REDIRECTS, ANSWER_TOO_LARGE, SERVER_SILENT,
};
use crate::kinds::lifecycle::journal::{Journal, cut};
use crate::kinds::lifecycle::stop::Outcome;

/// What bounds one answer. The contract's own stay far below; a check's deadline is often shorter.
const LIMITS: HttpLimits = HttpLimits {
    within: Duration::from_secs(60),
    body: 8 << 20,
};

/// A server, and what is needed to ask it.
#[derive(Debug, Clone)]
pub(in crate::kinds::lifecycle) struct Server {
    base: Url,
    http: Arc<Http>,
    admin_token: Arc<str>,
    org: Option<Arc<str>>,
    journal: Arc<Journal>,
}

impl Server {
    pub(in crate::kinds::lifecycle) fn new(
        base: Url,
        admin_token: &str,
        org: Option<&str>,
        journal: Arc<Journal>,
    ) -> Self {
        journal.secrets().add(admin_token);
        Self {
            base,
            http: Arc::new(Http::new(LIMITS)),
            admin_token: admin_token.into(),
            org: org.map(Into::into),
            journal,
        }
    }

    pub(in crate::kinds::lifecycle) fn admin_token(&self) -> &str {
        &self.admin_token
    }

    pub(in crate::kinds::lifecycle) fn get(&self, path: impl Into<String>) -> Request<'_> {
        Request::new(self, Method::Get, path.into())
    }

    pub(in crate::kinds::lifecycle) fn post(
        &self,
        path: impl Into<String>,
        body: Value,
    ) -> Request<'_> {
        Request::new(self, Method::Post, path.into()).json(body)
    }

    pub(in crate::kinds::lifecycle) fn put(
        &self,
        path: impl Into<String>,
        body: Value,
    ) -> Request<'_> {
        Request::new(self, Method::Put, path.into()).json(body)
    }

    pub(in crate::kinds::lifecycle) fn patch(
        &self,
        path: impl Into<String>,
        body: Value,
    ) -> Request<'_> {
        Request::new(self, Method::Patch, path.into()).json(body)
    }

    pub(in crate::kinds::lifecycle) fn delete(&self, path: impl Into<String>) -> Request<'_> {
        Request::new(self, Method::Delete, path.into())
    }

    /// Somebody else on the same machine, at another port, who knows nothing of this server's credentials.
    pub(in crate::kinds::lifecycle) fn elsewhere(&self, port: u16) -> Self {
        let mut base = self.base.clone();
        // An address with a host takes any port.
        let _ = base.set_port(Some(port));
        Self {
            base,
            admin_token: "".into(),
            org: None,
            ..self.clone()
        }
    }

    pub(super) async fn send(&self, request: Request<'_>) -> Outcome<Answer> {
        let line = request.line();
        let url = self.base.join(request.path()).map_err(|error| {
            Obstacle::refused(&SERVER_SILENT, format!("{line}: not an address: {error}"))
        })?;
        let mut outgoing = match request.method() {
            Method::Get => HttpRequest::get(url),
            Method::Post => HttpRequest::post(url),
            Method::Put => HttpRequest::put(url),
            Method::Patch => HttpRequest::patch(url),
            Method::Delete => HttpRequest::delete(url),
        };
        outgoing = match &request.who {
            Who::Nobody => outgoing,
            Who::Admin => outgoing.bearer(&*self.admin_token),
            Who::Token { token, .. } => outgoing.bearer(token),
            Who::Workspace { id, token } => outgoing
                .bearer(token)
                .header("X-Workspace-ID", id.to_string()),
            Who::Claimed(id) => outgoing.header("X-Workspace-ID", id),
        };
        if let Some(org) = &self.org {
            outgoing = outgoing.header("X-Molecule-Org-Id", &**org);
        }
        for (name, value) in &request.headers {
            outgoing = outgoing.header(*name, value);
        }
        outgoing = match (&request.raw, &request.body) {
            (Some(raw), _) => outgoing
                .header("content-type", "application/json")
                .body(raw.as_bytes()),
            (None, Some(body)) => outgoing.json(body),
            (None, None) => outgoing,
        };
        let who = request.who.name();
        let sent = request.body.as_ref();
        let answer = self.http.send(outgoing).await.map_err(|error| {
            self.journal
                .exchange(&line, &who, sent, &format!("none: {error}"), None);
            obstacle(&error)
        })?;
        let took = answer.took;
        if (300..400).contains(&answer.status) {
            return Err(Obstacle::refused(
                &ANSWER_REDIRECTS,
                format!("{line}: the answer is a redirect ({})", answer.status),
            )
            .into());
        }
        let answer = Answer::new(line, answer.status, answer.body);
        if let Some(json) = answer.peek() {
            self.journal.learn_from(json);
        }
        self.journal.exchange(
            answer.request(),
            &who,
            sent,
            &cut(&answer.shown()),
            Some(took),
        );
        Ok(answer)
    }
}

/// What keeps a check from going on without an answer, or with one that nobody can read.
fn obstacle(error: &HttpError) -> Obstacle {
    let message = error.to_string();
    match error {
        HttpError::TooLarge { .. } => Obstacle::refused(&ANSWER_TOO_LARGE, message),
        HttpError::Redirected { .. } => Obstacle::refused(&ANSWER_REDIRECTS, message),
        error if error.is_unanswered() => Obstacle::unreachable(&SERVER_SILENT, message),
        _ => Obstacle::refused(&ANSWER_MALFORMED, message),
    }
}
