use std::sync::OnceLock;
use std::time::{Duration, Instant};

use super::{Allowance, HttpAnswer, HttpError, HttpRequest, tls};

/// What bounds an exchange over HTTP.
#[derive(Debug, Clone, Copy)]
pub struct HttpLimits {
    /// From the first byte sent to the last one received, where the request says nothing else.
    pub within: Duration,
    /// How much of an answer's body is read, in bytes.
    pub body: usize,
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            within: Duration::from_secs(30),
            body: 8 << 20,
        }
    }
}

/// Sends requests and reads bounded answers. Redirects are never followed: a token would go along
/// to whatever the answer names.
#[derive(Debug, Default)]
pub struct Http {
    pub(super) limits: HttpLimits,
    /// For plain HTTP on this machine: no proxy, and no certificates to load.
    near: OnceLock<Result<reqwest::Client, String>>,
    /// For all else, by the proxies that the environment names.
    far: OnceLock<Result<reqwest::Client, String>>,
}

/// Connections to one host that are kept for the next request.
const KEPT_OPEN: usize = 16;

impl Http {
    pub fn new(limits: HttpLimits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// # Errors
    /// When there is no whole answer within the limits. Any status is an answer.
    pub async fn send(&self, request: HttpRequest) -> Result<HttpAnswer, HttpError> {
        let within = request.within.unwrap_or(self.limits.within);
        let preview = request.preview;
        let allowance = request.allowance.clone();
        let begun = Instant::now();
        let (name, answer) = self.begin(request).await?;
        let head = HttpAnswer::head(&name, &answer);
        let mut body = Vec::new();
        let left = within.saturating_sub(begun.elapsed());
        let preview = preview.filter(|_| !head.is_success());
        let allowance = allowance.filter(|_| preview.is_none());
        let reading = async {
            match preview {
                Some(preview) => read_start(answer, &mut body, preview).await,
                None => read(answer, &mut body, self.limits.body, allowance.as_ref()).await,
            }
        };
        let outcome = tokio::time::timeout(left, reading).await;
        let got = body.len();
        let problem = match outcome {
            Ok(Ok(())) => {
                return Ok(HttpAnswer {
                    body,
                    took: begun.elapsed(),
                    ..head
                });
            }
            Ok(Err(unread)) => unread_error(unread, name, got, self.limits.body),
            Err(_) => HttpError::Hung {
                request: name,
                got,
                within,
            },
        };
        if let Some(allowance) = allowance {
            allowance.give_back(got);
        }
        Err(problem)
    }

    /// Sends a request, and waits for the head of its answer.
    pub(super) async fn begin(
        &self,
        request: HttpRequest,
    ) -> Result<(String, reqwest::Response), HttpError> {
        let name = request.name();
        let within = request.within.unwrap_or(self.limits.within);
        let unsendable = |reason: String| HttpError::Unsendable {
            request: name.clone(),
            reason,
        };
        let client = self.client(&request).map_err(unsendable)?;
        let mut outgoing = client.request(request.method.clone(), &request.url);
        for (key, value) in &request.headers {
            outgoing = outgoing.header(key, value);
        }
        if let Some(token) = &request.bearer {
            outgoing = outgoing.bearer_auth(token);
        }
        if let Some(body) = request.body {
            outgoing = outgoing.body(body);
        }
        let outgoing = outgoing
            .build()
            .map_err(|error| unsendable(chain(&error.without_url())))?;
        match tokio::time::timeout(within, client.execute(outgoing)).await {
            Ok(Ok(answer)) => Ok((name, answer)),
            Ok(Err(error)) => Err(failed(&name, &error)),
            Err(_) => Err(HttpError::Late {
                request: name,
                within,
            }),
        }
    }

    fn client(&self, request: &HttpRequest) -> Result<&reqwest::Client, String> {
        let cell = if request.stays_here() {
            &self.near
        } else {
            &self.far
        };
        cell.get_or_init(|| {
            let builder = reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .referer(false)
                .pool_max_idle_per_host(KEPT_OPEN)
                .user_agent(concat!("driftgate/", env!("CARGO_PKG_VERSION")));
            let builder = if request.stays_here() {
                builder
                    .no_proxy()
                    .tls_backend_preconfigured(tls::without_roots()?)
            } else {
                builder.tls_backend_preconfigured(tls::of_platform()?)
            };
            builder.build().map_err(|error| chain(&error))
        })
        .as_ref()
        .map_err(Clone::clone)
    }
}

/// Why a body did not come whole.
pub(super) enum Unread {
    TooLarge,
    /// With others it is more than there may be.
    TooMuch(usize),
    /// It came to an end before its end.
    Cut(String),
    /// The connection broke.
    Lost(String),
}

pub(super) async fn read(
    mut answer: reqwest::Response,
    body: &mut Vec<u8>,
    limit: usize,
    allowance: Option<&Allowance>,
) -> Result<(), Unread> {
    let too_large = |length: u64| usize::try_from(length).is_ok_and(|length| length > limit);
    if answer.content_length().is_some_and(too_large) {
        return Err(Unread::TooLarge);
    }
    loop {
        match answer.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > limit => return Err(Unread::TooLarge),
            Ok(Some(chunk)) => {
                if let Some(allowance) = allowance.filter(|one| !one.take(chunk.len())) {
                    return Err(Unread::TooMuch(allowance.all()));
                }
                body.extend_from_slice(&chunk);
            }
            Ok(None) => return Ok(()),
            Err(error) => return Err(unread(error)),
        }
    }
}

/// Reads the beginning of a body, and lets the rest be.
async fn read_start(
    mut answer: reqwest::Response,
    body: &mut Vec<u8>,
    most: usize,
) -> Result<(), Unread> {
    while body.len() < most {
        match answer.chunk().await {
            Ok(Some(chunk)) => {
                let left = chunk.len().min(most - body.len());
                body.extend_from_slice(&chunk[..left]);
            }
            Ok(None) => break,
            Err(error) => return Err(unread(error)),
        }
    }
    Ok(())
}

/// Why a piece of a body did not come.
pub(super) fn unread(error: reqwest::Error) -> Unread {
    if is_broken(&error) {
        Unread::Lost(innermost(&error))
    } else {
        Unread::Cut(chain(&error.without_url()))
    }
}

pub(super) fn unread_error(unread: Unread, request: String, got: usize, limit: usize) -> HttpError {
    match unread {
        Unread::TooLarge => HttpError::TooLarge { request, limit },
        Unread::TooMuch(all) => HttpError::TooMuch { request, all },
        Unread::Lost(reason) => HttpError::Lost {
            request,
            got,
            reason,
        },
        Unread::Cut(reason) => HttpError::Truncated {
            request,
            got,
            reason,
        },
    }
}

fn failed(name: &str, error: &reqwest::Error) -> HttpError {
    let request = name.to_owned();
    let reason = innermost(error);
    if error.is_connect() {
        return HttpError::NoConnection { request, reason };
    }
    if error.is_builder() {
        return HttpError::Unsendable { request, reason };
    }
    // The kinds of the layer below are not public; what it says when it reads something else
    // than HTTP is.
    let all = chain(error);
    if all.contains("invalid HTTP") || all.contains("message head is too large") {
        return HttpError::NotHttp { request, reason };
    }
    HttpError::Broken { request, reason }
}

/// Whether the connection was reset or given up: whoever sent the answer did not end it himself.
fn is_broken(error: &(dyn std::error::Error + 'static)) -> bool {
    use std::io::ErrorKind;

    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(error) = error.downcast_ref::<std::io::Error>()
            && matches!(
                error.kind(),
                ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::TimedOut
            )
        {
            return true;
        }
        next = error.source();
    }
    false
}

/// All that an error and its causes say, each once.
fn chain(error: &dyn std::error::Error) -> String {
    let mut said: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        if !said.iter().any(|earlier| earlier.contains(&text)) {
            said.push(text);
        }
        next = error.source();
    }
    said.join(": ")
}

/// What the first cause says; all above it only says that there was one.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}
