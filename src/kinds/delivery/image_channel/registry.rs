use std::time::Duration;

use parking_lot::Mutex;
use serde::Deserialize;

use super::blobs::{Blobs, DESCRIPTION, Sort, blob_path, digest_of};
use super::codes::{IMAGE_REFUSED, IMAGE_UNREACHABLE};
use super::oci::Descriptor;
use super::plan::RegistryRef;
use super::problems::{malformed, mismatch};
use super::registry_auth::{Challenge, basic};
use crate::backend::http_obstacle;
use crate::context::{Context, Http, HttpAnswer, HttpLimits, HttpRequest, Streamed};
use crate::gate::Obstacle;

/// What is asked for: images and indexes of both sorts.
const ACCEPT: &str = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json";

/// How often an answer may send elsewhere.
const REDIRECTS: usize = 4;

/// A registry by the distribution specification of OCI, as far as reading an image goes.
///
/// The crate `oci-client` does more of it; it is not used, because it brings a client of its own, which follows
/// redirects and proxies by other rules than every other request of a gate.
pub(super) struct Registry<'a> {
    context: &'a Context,
    http: Http,
    reference: RegistryRef,
    /// User and password.
    login: Option<(String, String)>,
    /// The header that the registry wants to see.
    authorization: Mutex<Option<String>>,
}

/// What a request is to give.
type Each<'e> = &'e mut dyn FnMut(&[u8]) -> bool;

#[derive(Deserialize)]
struct TokenAnswer {
    token: Option<String>,
    access_token: Option<String>,
}

#[derive(Deserialize)]
struct ErrorAnswer {
    #[serde(default)]
    errors: Vec<ErrorCode>,
}

#[derive(Deserialize)]
struct ErrorCode {
    #[serde(default)]
    code: String,
}

impl<'a> Registry<'a> {
    /// # Errors
    /// When the network is forbidden, or a variable with credentials is not set.
    pub(super) fn new(
        context: &'a Context,
        reference: &RegistryRef,
        credentials: Option<&(String, String)>,
    ) -> Result<Self, Obstacle> {
        if context.offline() && !is_near(&reference.host) {
            return Err(Obstacle::unreachable(
                &IMAGE_UNREACHABLE,
                format!("{reference} is in a registry, and --offline forbids to ask it"),
            ));
        }
        let variable = |name: &str| {
            context
                .environment()
                .get(name)
                .map(str::to_owned)
                .ok_or_else(|| {
                    Obstacle::refused(&IMAGE_REFUSED, format!("{name} is not set"))
                        .help("set it to the credentials for the registry")
                })
        };
        let login = match credentials {
            Some((user, password)) => Some((variable(user)?, variable(password)?)),
            None => None,
        };
        if let Some((_, password)) = &login {
            context.secrets().add(password);
        }
        Ok(Self {
            context,
            http: Http::new(HttpLimits {
                within: Duration::from_secs(30),
                body: DESCRIPTION,
            }),
            reference: reference.clone(),
            login,
            authorization: Mutex::new(None),
        })
    }

    /// The manifest or index that the reference names; `None` where the repository is there and has
    /// none of that name.
    pub(super) fn top(&self) -> Result<Option<(Descriptor, Vec<u8>)>, Obstacle> {
        let version = self.reference.version.clone();
        let Some((answer, bytes)) = self.description(&format!("manifests/{version}"))? else {
            return Ok(None);
        };
        let digest = digest_of(&bytes);
        let announced = answer.header("docker-content-digest").unwrap_or(&digest);
        let wanted = if version.contains(':') {
            &version
        } else {
            announced
        };
        if *wanted != digest {
            return Err(mismatch("the manifest", wanted, &digest));
        }
        let media_type = answer.header("content-type").unwrap_or_default();
        let descriptor = Descriptor {
            media_type: media_type.split(';').next().unwrap_or_default().to_owned(),
            digest,
            size: None,
            platform: None,
            annotations: None,
        };
        Ok(Some((descriptor, bytes)))
    }

    /// Gives the bytes of a layer away, until `each` wants no more.
    pub(super) fn layer(&self, key: &str, each: Each<'_>) -> Result<(), Obstacle> {
        blob_path(key)?;
        let answer = self.get(&format!("blobs/{key}"), each)?;
        match answer {
            None => Ok(()),
            Some(answer) if answer.status == 404 => Err(malformed(format!(
                "layer {key} is named, and the registry does not have it"
            ))),
            Some(answer) => Err(refused(&answer)),
        }
    }

    /// A description; `None` where the repository is there and has none of that name.
    fn description(&self, path: &str) -> Result<Option<(HttpAnswer, Vec<u8>)>, Obstacle> {
        let (head, bytes) = self.looked_up(path)?;
        if head.is_success() {
            return Ok(Some((head, bytes)));
        }
        if head.status == 404 && says_unknown_manifest(&head) {
            return Ok(None);
        }
        Err(refused(&head))
    }

    /// A short answer as a whole, whatever it says.
    fn looked_up(&self, path: &str) -> Result<(HttpAnswer, Vec<u8>), Obstacle> {
        let mut bytes = Vec::new();
        let mut is_long = false;
        let mut each = |piece: &[u8]| {
            bytes.extend_from_slice(piece);
            is_long = bytes.len() > DESCRIPTION;
            !is_long
        };
        let head = self.ask(path, &mut each)?;
        if is_long {
            return Err(super::stop::Stop::LongText(DESCRIPTION).obstacle(path));
        }
        Ok((head, bytes))
    }

    fn get(&self, path: &str, each: Each<'_>) -> Result<Option<HttpAnswer>, Obstacle> {
        let head = self.ask(path, each)?;
        Ok((!head.is_success()).then_some(head))
    }

    /// Asks, with a token where one is wanted, and elsewhere where the answer says so. The body of a success
    /// goes to `each`.
    fn ask(&self, path: &str, each: Each<'_>) -> Result<HttpAnswer, Obstacle> {
        let scheme = if is_near(&self.reference.host) {
            "http"
        } else {
            "https"
        };
        let own = format!(
            "{scheme}://{}/v2/{}/{path}",
            self.reference.host, self.reference.repository
        );
        let authorization = self.authorization.lock().clone();
        let mut answer = self.once(&own, authorization, each)?;
        if answer.status == 401 {
            let authorization = self.authorize(&answer)?;
            *self.authorization.lock() = Some(authorization.clone());
            answer = self.once(&own, Some(authorization), each)?;
        }
        let mut base = own;
        for _ in 0..REDIRECTS {
            if !(300..400).contains(&answer.status) {
                return Ok(answer);
            }
            let next = answer
                .header("location")
                .and_then(|location| url::Url::parse(&base).ok()?.join(location).ok())
                .ok_or_else(|| malformed(format!("{}: redirected to nowhere", answer.request)))?;
            if scheme == "https" && next.scheme() != "https" {
                return Err(malformed(format!(
                    "{}: redirected to a place that is not encrypted",
                    answer.request
                )));
            }
            base = next.to_string();
            // Elsewhere is somebody else: no token goes along.
            answer = self.once(&base, None, each)?;
        }
        Err(malformed(format!(
            "{}: redirected more than {REDIRECTS} times",
            answer.request
        )))
    }

    fn once(
        &self,
        url: &str,
        authorization: Option<String>,
        each: Each<'_>,
    ) -> Result<HttpAnswer, Obstacle> {
        let mut request = HttpRequest::get(url).header("accept", ACCEPT);
        if let Some(authorization) = authorization {
            request = request.header("authorization", authorization);
        }
        let name = request.name();
        let cancel = self.context.cancel();
        let mut head = None;
        let streaming = self.http.stream(
            request,
            |answer| head = Some(answer),
            |piece| {
                if !cancel.is_cancelled() && each(piece) {
                    Ok(())
                } else {
                    Err(())
                }
            },
        );
        let streamed = self
            .context
            .block_on(streaming)?
            .map_err(|error| http_obstacle(&IMAGE_UNREACHABLE, &error))?;
        cancel.check()?;
        match streamed {
            Streamed::Other(answer) => Ok(answer),
            Streamed::Body(_) => head.ok_or_else(|| malformed(format!("{name}: no answer"))),
        }
    }

    fn authorize(&self, answer: &HttpAnswer) -> Result<String, Obstacle> {
        let challenge = answer
            .header("www-authenticate")
            .and_then(Challenge::parse)
            .ok_or_else(|| refused(answer))?;
        let login = self.login.as_ref();
        let (realm, service, scope) = match challenge {
            Challenge::Basic => {
                let (user, password) = login.ok_or_else(|| refused(answer))?;
                return Ok(basic(user, password));
            }
            Challenge::Bearer {
                realm,
                service,
                scope,
            } => (realm, service, scope),
        };
        let mut url = url::Url::parse(&realm)
            .map_err(|_| malformed(format!("the registry names `{realm}` for tokens")))?;
        let is_safe = url.scheme() == "https" || url.host_str().is_some_and(is_near);
        if !is_safe {
            return Err(malformed(format!(
                "the registry wants tokens from {realm}, which is not encrypted"
            )));
        }
        let usual = format!("repository:{}:pull", self.reference.repository);
        if let Some(service) = service {
            url.query_pairs_mut().append_pair("service", &service);
        }
        url.query_pairs_mut()
            .append_pair("scope", &scope.unwrap_or(usual));
        let mut request = HttpRequest::get(url.as_str());
        if let Some((user, password)) = login {
            request = request.header("authorization", basic(user, password));
        }
        let answer = self
            .context
            .block_on(self.http.send(request))?
            .map_err(|error| http_obstacle(&IMAGE_UNREACHABLE, &error))?;
        if !answer.is_success() {
            return Err(refused(&answer));
        }
        let token: TokenAnswer = serde_json::from_slice(&answer.body)
            .map_err(|_| malformed(format!("{}: the answer holds no token", answer.request)))?;
        let token = token
            .token
            .or(token.access_token)
            .ok_or_else(|| malformed(format!("{}: the answer holds no token", answer.request)))?;
        self.context.secrets().add(&token);
        Ok(format!("Bearer {token}"))
    }
}

impl Blobs for Registry<'_> {
    fn named(&self, _: &str) -> Result<Option<Vec<u8>>, Obstacle> {
        Ok(None)
    }

    fn blob(&self, sort: Sort, digest: &str) -> Result<Option<Vec<u8>>, Obstacle> {
        let place = match sort {
            Sort::Index | Sort::Manifest => "manifests",
            Sort::Config => "blobs",
        };
        let (head, bytes) = self.looked_up(&format!("{place}/{digest}"))?;
        match head.status {
            404 => Ok(None),
            _ if head.is_success() => Ok(Some(bytes)),
            _ => Err(refused(&head)),
        }
    }
}

/// Whether the host is this very machine: registries there speak plain HTTP.
fn is_near(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    name == "localhost"
        || name
            .trim_matches(['[', ']'])
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

fn says_unknown_manifest(answer: &HttpAnswer) -> bool {
    serde_json::from_slice::<ErrorAnswer>(&answer.body).is_ok_and(|said| {
        said.errors
            .iter()
            .any(|error| error.code == "MANIFEST_UNKNOWN")
    })
}

/// An answer that is no image.
fn refused(answer: &HttpAnswer) -> Obstacle {
    let message = format!("{}: {}", answer.request, answer.status);
    if answer.status == 429 || answer.status >= 500 {
        return Obstacle::unreachable(&IMAGE_UNREACHABLE, message);
    }
    let obstacle = Obstacle::refused(&IMAGE_REFUSED, message);
    match answer.status {
        401 | 403 => obstacle.help("name variables with credentials that may read it in `credentials`"),
        404 => obstacle.help("name a repository that is there; a registry also says this of one that may not be seen"),
        _ => obstacle,
    }
}
