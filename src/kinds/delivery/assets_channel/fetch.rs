use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

use super::answer::{Answer, Answers};
use super::codes::{ASSETS_STALE_TAG, ASSETS_UNREACHABLE};
use super::env_text::EnvText;
use super::hop::{allowed, elsewhere, shown};
use super::load::checked;
use super::plan::{AssetLimits, AssetsInput, AssetsPlan};
use super::refusals::{is_silence, not_given, refused, unsent, unset};
use super::scrubbed::is_secret_name;
use crate::context::{Allowance, Context, Http, HttpError, HttpLimits, HttpRequest, PlantedAnswer};
use crate::gate::{AnswerChange, Obstacle};
use crate::tree::TreePath;

/// How often one thing is asked for where no answer comes.
const TRIES: u32 = 3;
/// The first wait between two tries; it doubles.
const WAIT: Duration = Duration::from_millis(200);
/// The longest wait that a server may ask for between two tries.
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// How much is read of an answer that does not give what was asked for, in bytes: what the control plane's own fetcher
/// shows of an error.
const PREVIEW: usize = 4 << 10;
/// How often an answer may send elsewhere.
const REDIRECTS: usize = 4;

/// Asks a provisioner, or reads again what it answered before.
pub(super) struct Fetcher<'a> {
    context: &'a Context,
    lists: Http,
    files: Http,
    /// Sent to the servers that the gate names, and to no other.
    headers: Vec<(String, String)>,
    token: Option<String>,
    /// Answers of an earlier inspection; nobody is asked then.
    kept: Option<Arc<Answers>>,
    planted: Option<&'a PlantedAnswer>,
    /// For what one look holds of answers.
    most: usize,
    allowance: Allowance,
    /// What the look before got.
    before: Answers,
    now: Mutex<Answers>,
    look: u32,
    asked: AtomicUsize,
    unchanged: AtomicUsize,
    tagged: AtomicBool,
}

impl<'a> Fetcher<'a> {
    /// # Errors
    /// When a variable that the gate names is not set.
    pub(super) fn new(
        context: &'a Context,
        plan: &AssetsPlan,
        delivery: &str,
        kept: Option<Arc<Answers>>,
    ) -> Result<Self, Obstacle> {
        let environment = context.environment();
        let token = match &plan.token_env {
            Some(name) => Some(environment.get(name).ok_or_else(|| unset(name))?.to_owned()),
            None => None,
        };
        if let Some(token) = &token {
            context.secrets().add(token);
        }
        let mut headers = Vec::new();
        for (name, value) in &plan.headers {
            let filled = value.fill(environment).map_err(|name| unset(&name))?;
            if value.has_variables() || is_secret_name(name) {
                context.secrets().add(&filled);
            }
            hide(context, value, |_| true);
            headers.push((name.clone(), filled));
        }
        for url in plan.urls() {
            hide(context, url, is_secret_name);
        }
        let within = Duration::from_secs(30);
        let (lists, files) = bounds(plan);
        let most = together(plan);
        Ok(Self {
            context,
            lists: Http::new(HttpLimits {
                within,
                body: lists,
            }),
            files: Http::new(HttpLimits {
                within,
                body: files,
            }),
            headers,
            token,
            kept,
            planted: context.planted_answer(delivery),
            most,
            allowance: Allowance::new(most),
            before: Answers::new(),
            now: Mutex::default(),
            look: 1,
            asked: AtomicUsize::new(0),
            unchanged: AtomicUsize::new(0),
            tagged: AtomicBool::new(false),
        })
    }

    /// The next look begins: what was unchanged since need not be sent again.
    pub(super) fn next_look(&mut self) {
        self.before = std::mem::take(self.now.get_mut());
        self.allowance = Allowance::new(self.most);
        self.look += 1;
    }

    /// The answers of this look.
    pub(super) fn answers(&self) -> Answers {
        self.now.lock().clone()
    }

    pub(super) fn look(&self) -> u32 {
        self.look
    }

    /// How many requests were sent, and how many were answered with "nothing changed".
    pub(super) fn counts(&self) -> (usize, usize) {
        (
            self.asked.load(Ordering::Relaxed),
            self.unchanged.load(Ordering::Relaxed),
        )
    }

    /// Whether the archive or the list came with a tag that tells its bytes.
    pub(super) fn is_tagged(&self) -> bool {
        self.tagged.load(Ordering::Relaxed)
    }

    pub(super) fn is_restless(&self) -> bool {
        self.planted_as(&AnswerChange::Restless)
    }

    fn planted_as(&self, change: &AnswerChange) -> bool {
        match self.planted {
            Some(planted) if planted.change() == change => {
                planted.was_read();
                true
            }
            _ => false,
        }
    }

    /// The archive or the list: what must be there to know anything.
    ///
    /// # Errors
    /// When it is not to be had.
    pub(super) async fn top(&self, url: &str) -> Result<Arc<Answer>, Obstacle> {
        let answer = self.patched(self.answer(url, &self.lists).await?, url)?;
        self.honest(&answer, url)?;
        let is_tagged = answer.strong_tag().is_some();
        self.tagged.fetch_or(is_tagged, Ordering::Relaxed);
        match answer.status {
            200 => Ok(answer),
            status => Err(not_given(&answer, status)),
        }
    }

    /// A file of a list that was seen, or the answer that it is not there.
    ///
    /// # Errors
    /// When that cannot be told.
    pub(super) async fn file(&self, url: &str, path: &TreePath) -> Result<Arc<Answer>, Obstacle> {
        let answer = self.listed(url, &self.files).await?;
        let absent = AnswerChange::Absent(path.as_bytes().to_vec());
        match self.planted_as(&absent) {
            true => Ok(Arc::new(Answer {
                request: answer.request.clone(),
                ..Answer::of(404)
            })),
            false => Ok(answer),
        }
    }

    /// What is in a folder of a list that was seen, or the answer that it is not there.
    ///
    /// # Errors
    /// When that cannot be told.
    pub(super) async fn folder(&self, url: &str) -> Result<Arc<Answer>, Obstacle> {
        self.listed(url, &self.lists).await
    }

    async fn listed(&self, url: &str, http: &Http) -> Result<Arc<Answer>, Obstacle> {
        let answer = self.answer(url, http).await?;
        self.honest(&answer, url)?;
        match answer.status {
            200 | 404 | 410 => Ok(answer),
            status => Err(not_given(&answer, status)),
        }
    }

    /// What tells how a workspace is. `planted`: the violation that puts `instead` in its place.
    ///
    /// # Errors
    /// When it is not to be had.
    pub(super) async fn told(
        &self,
        url: &str,
        planted: &AnswerChange,
        instead: &[u8],
    ) -> Result<Arc<Answer>, Obstacle> {
        let answer = self.answer(url, &self.lists).await?;
        match answer.status {
            200 if self.planted_as(planted) => Ok(Arc::new(Answer {
                bytes: instead.to_vec(),
                ..(*answer).clone()
            })),
            200 => Ok(answer),
            status => Err(not_given(&answer, status)),
        }
    }

    /// What is planted in the place of the first answer.
    fn patched(&self, answer: Arc<Answer>, url: &str) -> Result<Arc<Answer>, Obstacle> {
        let Some(planted) = self.planted else {
            return Ok(answer);
        };
        let patched = match planted.change() {
            AnswerChange::Restless
            | AnswerChange::Whole(_)
            | AnswerChange::Down
            | AnswerChange::StandIn
            | AnswerChange::Absent(_) => return Ok(answer),
            AnswerChange::Status(status) => Answer {
                request: answer.request.clone(),
                ..Answer::of(*status)
            },
            AnswerChange::Body {
                content_type,
                bytes,
            } => Answer {
                content_type: Some((*content_type).to_owned()),
                bytes: bytes.clone(),
                // The tag of the answer promises other bytes.
                etag: None,
                ..(*answer).clone()
            },
            AnswerChange::CutOff => {
                planted.was_read();
                return Err(unsent(&HttpError::Truncated {
                    request: format!("GET {url}"),
                    got: answer.bytes.len() / 2,
                    reason: "planted".to_owned(),
                }));
            }
            AnswerChange::StaleTag if self.look == 1 => return Ok(answer),
            AnswerChange::StaleTag => Answer {
                bytes: [answer.bytes.as_slice(), b"planted\n"].concat(),
                ..(*answer).clone()
            },
        };
        planted.was_read();
        Ok(Arc::new(patched))
    }

    /// # Errors
    /// When the tag of an answer says that nothing changed, and something did.
    fn honest(&self, answer: &Answer, url: &str) -> Result<(), Obstacle> {
        let belied = self.before.get(url).filter(|before| answer.belies(before));
        match (belied, answer.strong_tag()) {
            (Some(_), Some(tag)) => Err(Obstacle::refused(
                &ASSETS_STALE_TAG,
                format!(
                    "{}: other bytes came under the same tag {tag} as before",
                    answer.request
                ),
            )),
            _ => Ok(()),
        }
    }

    async fn answer(&self, url: &str, http: &Http) -> Result<Arc<Answer>, Obstacle> {
        if let Some(kept) = &self.kept {
            let answer = kept.get(url).cloned();
            let answer = answer.unwrap_or_else(|| Arc::new(Answer::of(404)));
            self.now.lock().insert(url.to_owned(), Arc::clone(&answer));
            return Ok(answer);
        }
        let mut tried = 1;
        loop {
            let outcome = self.once(url, http).await;
            let (obstacle, wait) = match outcome {
                Ok(answer) if !is_silence(answer.status) => {
                    self.now.lock().insert(url.to_owned(), Arc::clone(&answer));
                    return Ok(answer);
                }
                Ok(answer) => (not_given(&answer, answer.status), asked_wait(&answer)),
                Err(Failed::Silent(obstacle)) => (obstacle, None),
                Err(Failed::Said(obstacle)) => return Err(obstacle),
            };
            if tried == TRIES {
                return Err(obstacle);
            }
            let wait = wait.unwrap_or(WAIT * (1 << (tried - 1)));
            // With jitter, so that files that failed together do not come back together.
            tokio::time::sleep(wait.mul_f64(1.0 + fastrand::f64() / 2.0)).await;
            tried += 1;
        }
    }

    /// Asks once, and elsewhere where the answer says so.
    async fn once(&self, url: &str, http: &Http) -> Result<Arc<Answer>, Failed> {
        let own = checked(url).map_err(|problem| Failed::Said(refused(problem)))?;
        let before = self.before.get(url);
        let tag = before.and_then(|before| before.strong_tag());
        let mut at = own.clone();
        for _ in 0..=REDIRECTS {
            allowed(&at, self.context.offline()).map_err(Failed::Said)?;
            let mut request = HttpRequest::get(at.as_str())
                .header("accept-encoding", "identity")
                .preview(PREVIEW)
                .out_of(&self.allowance);
            // Elsewhere is somebody else: nothing that the gate sends along is for him.
            if at.origin() == own.origin() {
                for (name, value) in &self.headers {
                    request = request.header(name, value);
                }
                if let Some(token) = &self.token {
                    request = request.bearer(token);
                }
            }
            if let Some(tag) = tag {
                request = request.header("if-none-match", tag);
            }
            self.asked.fetch_add(1, Ordering::Relaxed);
            let answer = http.send(request).await.map_err(|error| failed(&error))?;
            match (answer.status, before) {
                (304, Some(before)) if tag.is_some() => {
                    self.unchanged.fetch_add(1, Ordering::Relaxed);
                    return Ok(Arc::clone(before));
                }
                (301 | 302 | 303 | 307 | 308, _) => {
                    let next = answer.header("location").and_then(|to| at.join(to).ok());
                    at = elsewhere(&answer.request, &at, next).map_err(Failed::Said)?;
                }
                _ => return Ok(Arc::new(Answer::from(answer))),
            }
        }
        let message = format!(
            "GET {}: redirected more than {REDIRECTS} times",
            shown(&own)
        );
        Err(Failed::Said(refused(message)))
    }
}

/// Why a request came to nothing.
enum Failed {
    /// No answer came, so that another try may get one.
    Silent(Obstacle),
    Said(Obstacle),
}

fn failed(error: &HttpError) -> Failed {
    let obstacle = unsent(error);
    match obstacle.code.name == ASSETS_UNREACHABLE.name {
        true => Failed::Silent(obstacle),
        false => Failed::Said(obstacle),
    }
}

/// Strikes out what variables hold that stand in a text, those whose names it is told of.
fn hide(context: &Context, text: &EnvText, is_hidden: impl Fn(&str) -> bool) {
    for name in text.variables().filter(|name| is_hidden(name)) {
        if let Some(value) = context.environment().get(name) {
            context.secrets().add(value);
        }
    }
}

fn asked_wait(answer: &Answer) -> Option<Duration> {
    let seconds = answer.retry_after.as_ref()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(LONGEST_WAIT))
}

/// How long an archive or a list may be, and how long the answer with a file, in bytes.
fn bounds(plan: &AssetsPlan) -> (usize, usize) {
    let AssetLimits { file, .. } = plan.limits;
    let whole = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
    match plan.input {
        AssetsInput::Bundle(_) | AssetsInput::Archive(_) => {
            (whole(plan.limits.archive()), whole(file))
        }
        AssetsInput::Listing { .. } => (AssetLimits::LIST, whole(file)),
        // A character may take six in JSON, and there is something around the content.
        AssetsInput::WorkspaceFiles { .. } => {
            let escaped = file.saturating_mul(6).saturating_add(64 << 10);
            (AssetLimits::LIST, whole(escaped))
        }
    }
}

/// How much all answers of one look may be together, in bytes: a list may announce less than comes, and around a file's
/// content there may be anything.
fn together(plan: &AssetsPlan) -> usize {
    let AssetLimits { total, entries, .. } = plan.limits;
    let lists = 2 * AssetLimits::LIST as u64;
    let around = u64::from(entries).saturating_mul(2 << 10);
    let most = match plan.input {
        AssetsInput::Bundle(_) | AssetsInput::Archive(_) => plan.limits.archive(),
        AssetsInput::Listing { .. } => total,
        AssetsInput::WorkspaceFiles { .. } => total.saturating_mul(6).saturating_add(around),
    };
    usize::try_from(most.saturating_add(lists)).unwrap_or(usize::MAX)
}
