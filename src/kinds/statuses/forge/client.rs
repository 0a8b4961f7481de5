use std::cell::{Cell, OnceCell};
use std::time::Instant;

use serde_json::Value;

use super::patience::{Pause, is_no_answer, pause};
use super::plant::planted;
use super::target::Target;
use crate::config::ForgeName;
use crate::context::{Context, Http, HttpAnswer, HttpError, HttpLimits, HttpRequest};
use crate::gate::Obstacle;
use crate::kinds::statuses::codes::{FORGE_REFUSED, FORGE_UNREACHABLE, STATUSES_MALFORMED};

/// How much of one answer is read: a page of statuses with whole repositories in it stays far below.
const LARGEST: usize = 16 << 20;

/// Asks a forge about one repository.
pub(in crate::kinds::statuses) struct Client<'a> {
    pub(super) context: &'a Context,
    pub(super) target: &'a Target,
    http: Http,
    token: Option<String>,
    /// Whether the repository was seen.
    visible: OnceCell<()>,
    /// Until when the forge wants to be left alone.
    not_before: Cell<Option<Instant>>,
}

impl<'a> Client<'a> {
    /// # Errors
    /// When the network is forbidden, or the token is not to be had.
    pub(in crate::kinds::statuses) fn new(
        context: &'a Context,
        target: &'a Target,
    ) -> Result<Self, Obstacle> {
        if context.offline() && !target.is_near() {
            return Err(Obstacle::unreachable(
                &FORGE_UNREACHABLE,
                format!(
                    "{} is elsewhere, and --offline forbids to ask it",
                    target.api
                ),
            ));
        }
        Ok(Self {
            token: target.token(context)?,
            context,
            target,
            http: Http::new(HttpLimits {
                within: target.within,
                body: LARGEST,
            }),
            visible: OnceCell::new(),
            not_before: Cell::new(None),
        })
    }

    pub(in crate::kinds::statuses) fn target(&self) -> &Target {
        self.target
    }

    /// The address of something in the repository.
    pub(super) fn in_repository(&self, path: &str) -> String {
        format!("{}/repos/{}{path}", self.target.api, self.target.repository)
    }

    /// What is there; `None` where it is not, and the repository can be seen.
    ///
    /// # Errors
    /// When it is not told, or cannot be read.
    pub(super) fn get(&self, url: &str) -> Result<Option<Value>, Obstacle> {
        let answer = self.send(&HttpRequest::get(url))?;
        match answer.status {
            // GitHub says 422 of a commit that it does not have.
            404 | 422 => {
                self.see_repository()?;
                Ok(None)
            }
            _ => self.value(&answer).map(Some),
        }
    }

    /// The document of whatever is there; that it is not there is a refusal.
    ///
    /// # Errors
    /// When it is not told, or cannot be read.
    pub(super) fn ask(&self, request: &HttpRequest) -> Result<Value, Obstacle> {
        self.value(&self.send(request)?)
    }

    /// Says something to the forge.
    ///
    /// # Errors
    /// When it is not taken.
    pub(super) fn tell(&self, url: &str, body: &Value) -> Result<Value, Obstacle> {
        let answer = self.send(&HttpRequest::post(url).json(body))?;
        self.value(&answer)
    }

    /// A 404 is also said to who may not see; so it means that something is not there only where what is
    /// around it can be seen.
    fn see_repository(&self) -> Result<(), Obstacle> {
        if self.visible.get().is_some() {
            return Ok(());
        }
        let answer = self.send(&HttpRequest::get(self.in_repository("")))?;
        if answer.status == 404 {
            return Err(Obstacle::refused(
                &FORGE_REFUSED,
                format!(
                    "{}: 404; {} is not there, or may not be seen",
                    answer.request, self.target.repository
                ),
            ));
        }
        self.value(&answer)?;
        let _ = self.visible.set(());
        Ok(())
    }

    /// The document of an answer that is a success.
    pub(super) fn value(&self, answer: &HttpAnswer) -> Result<Value, Obstacle> {
        let refused = |message: String| Obstacle::refused(&FORGE_REFUSED, message);
        if (300..400).contains(&answer.status) {
            return Err(refused(format!(
                "{}: redirected ({}) to {}, which is not followed",
                answer.request,
                answer.status,
                answer.header("location").unwrap_or("nowhere")
            ))
            .help("name the forge and the repository as they are called now; a token does not go elsewhere"));
        }
        if !answer.is_success() {
            return Err(refused(format!(
                "{}: {}{}",
                answer.request,
                answer.status,
                self.said(answer)
            )));
        }
        if answer.body.is_empty() {
            return Err(Obstacle::refused(
                &STATUSES_MALFORMED,
                format!(
                    "{}: the answer ({}) is empty",
                    answer.request, answer.status
                ),
            ));
        }
        answer.json().map_err(|error| {
            Obstacle::refused(
                &STATUSES_MALFORMED,
                self.context.secrets().scrub(&error.to_string()),
            )
        })
    }

    /// Sends, and sends again what got no answer.
    ///
    /// # Errors
    /// When there is none in the end.
    pub(super) fn send(&self, request: &HttpRequest) -> Result<HttpAnswer, Obstacle> {
        let request = self.dressed(request);
        self.leave_alone(&request)?;
        let mut attempt = 0;
        loop {
            let sent = match planted(self, &request) {
                Some(answer) => Ok(answer),
                None => self.context.block_on(self.http.send(request.clone()))?,
            };
            let (answer, problem) = match sent {
                Ok(answer) if is_no_answer(&answer) => {
                    let problem = format!("{}: {}", answer.request, answer.status);
                    (Some(answer), problem)
                }
                Ok(answer) => return Ok(answer),
                Err(error) if error.is_unanswered() => (None, error.to_string()),
                Err(error) => return Err(self.unreadable(&error)),
            };
            let unreachable = |told: String| Obstacle::unreachable(&FORGE_UNREACHABLE, told);
            match pause(answer.as_ref(), attempt, fastrand::f64()) {
                Pause::TooLong(asked) => {
                    self.not_before.set(Instant::now().checked_add(asked));
                    return Err(unreachable(format!(
                        "{problem}; the forge asks to come back in {} s",
                        asked.as_secs()
                    )));
                }
                Pause::Wait(_) if attempt >= self.target.retries => {
                    let times = match attempt {
                        0 => String::new(),
                        _ => format!(" (asked {} times)", attempt + 1),
                    };
                    return Err(unreachable(format!("{problem}{times}")));
                }
                Pause::Wait(time) => self.context.block_on(async {
                    tokio::time::sleep(time).await;
                })?,
            }
            attempt += 1;
        }
    }

    /// A forge that asked to be left alone is not asked before that time is over.
    fn leave_alone(&self, request: &HttpRequest) -> Result<(), Obstacle> {
        let left = self
            .not_before
            .get()
            .map(|until| until.saturating_duration_since(Instant::now()))
            .filter(|left| !left.is_zero());
        match left {
            None => {
                self.not_before.set(None);
                Ok(())
            }
            Some(left) => Err(Obstacle::unreachable(
                &FORGE_UNREACHABLE,
                format!(
                    "{}: not asked; the forge wants to be left alone for {} s more",
                    request.name(),
                    left.as_secs() + 1
                ),
            )),
        }
    }

    fn dressed(&self, request: &HttpRequest) -> HttpRequest {
        let request = match self.target.forge {
            ForgeName::Github => request
                .clone()
                .header("accept", "application/vnd.github+json")
                .header("x-github-api-version", "2022-11-28"),
            ForgeName::Gitea | ForgeName::Forgejo => {
                request.clone().header("accept", "application/json")
            }
        };
        match &self.token {
            Some(token) => request.bearer(token),
            None => request,
        }
    }

    /// An answer that is none of HTTP's, or not whole.
    fn unreadable(&self, error: &HttpError) -> Obstacle {
        Obstacle::refused(
            &STATUSES_MALFORMED,
            self.context.secrets().scrub(&error.to_string()),
        )
    }

    /// What the forge says besides, in a few words.
    fn said(&self, answer: &HttpAnswer) -> String {
        let said = serde_json::from_slice::<Value>(&answer.body).ok();
        match said.as_ref().and_then(|said| said.get("message")?.as_str()) {
            Some(message) => {
                let message: String = message.chars().take(120).collect();
                format!(" ({})", self.context.secrets().scrub(&message))
            }
            None => String::new(),
        }
    }
}
