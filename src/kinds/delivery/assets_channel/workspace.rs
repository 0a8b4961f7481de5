use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde::Deserialize;

use super::answer::Answer;
use super::archive::malformed;
use super::codes::{ASSETS_REFUSED, ASSETS_UNREACHABLE, WORKSPACE_DOWN};
use super::fetch::Fetcher;
use super::file_urls::encoded;
use super::gather::{Look, page, said_by};
use super::intake::{Intake, shown, too_much};
use super::listing::AT_ONCE;
use super::listing_json::{Listed, entries};
use super::load::checked;
use super::page::is_page;
use super::plan::{AssetLimits, AssetsPlan};
use crate::gate::{AnswerChange, Obstacle};
use crate::tree::TreePath;

/// How deep the server lists at a time, in folders: the most that it takes.
const DEPTH: usize = 5;

/// What all lists of a workspace may be long together, in bytes.
const LISTS: usize = AssetLimits::LIST;
/// How many entries they may have.
const LISTED: usize = 200_000;
/// How many lists there may be.
const ASKED: usize = 1000;
/// The states of a workspace whose container runs. Lifecycle contract, status transitions.
const RUNNING: [&str; 2] = ["online", "degraded"];

/// Where the files of a workspace are.
pub(super) struct Place<'p> {
    /// The URL of the workspace.
    workspace: String,
    /// The URL of all files, without a slash at its end.
    files: String,
    root: String,
    /// A file of `/configs` that only a workspace that runs has.
    proof: &'p str,
}

/// A workspace as the server describes it.
#[derive(Deserialize)]
struct Described {
    status: String,
}

/// A file as the server gives it.
#[derive(Deserialize)]
struct Given {
    content: String,
    size: Option<u64>,
    encoding: Option<String>,
}

/// A file that was asked for and is not there, as the server says it.
#[derive(Deserialize)]
struct NotGiven {
    code: Option<String>,
}

impl<'p> Place<'p> {
    /// # Errors
    /// When a variable made no URL of it.
    pub(super) fn new(
        base: &str,
        workspace: &str,
        root: &str,
        proof: &'p str,
    ) -> Result<Self, Obstacle> {
        let refused = |problem: String| Obstacle::refused(&ASSETS_REFUSED, problem);
        checked(base).map_err(refused)?;
        if workspace.is_empty() {
            return Err(refused("the workspace's id is empty".to_owned()));
        }
        let workspace = format!(
            "{}/workspaces/{}",
            base.trim_end_matches('/'),
            encoded(workspace.as_bytes())
        );
        Ok(Self {
            files: format!("{workspace}/files"),
            workspace,
            root: encoded(root.as_bytes()),
            proof,
        })
    }

    fn list(&self, folder: &str) -> String {
        let path = match folder {
            "" => String::new(),
            folder => format!("&path={}", encoded(folder.as_bytes())),
        };
        format!("{}?root={}{path}&depth={DEPTH}", self.files, self.root)
    }

    /// The list that has the proof.
    fn proofs(&self) -> String {
        format!("{}?root=%2Fconfigs&depth=1", self.files)
    }

    fn file(&self, path: &TreePath) -> String {
        let parts: Vec<_> = path.parts().map(|part| encoded(part)).collect();
        format!("{}/{}?root={}", self.files, parts.join("/"), self.root)
    }
}

/// Reads back the files of a workspace that the allow list has.
///
/// # Errors
/// When the workspace cannot be looked into.
pub(super) async fn gather(
    plan: &AssetsPlan,
    fetcher: &Fetcher<'_>,
    place: &Place<'_>,
) -> Result<Look, Obstacle> {
    if let Some(down) = down(fetcher, place).await? {
        return Ok(Look::unsure(plan, down));
    }
    let mut intake = Intake::new(plan.limits);
    let mut wanted = Vec::new();
    let listed = match list(plan, fetcher, place).await? {
        Ok(listed) => listed,
        // A server that starts, or a workspace that is written to, may have more to say.
        Err(why) => return Ok(Look::unsure(plan, why)),
    };
    if listed.is_empty() {
        return Ok(Look::unsure(plan, nothing_listed(place)));
    }
    for (answer, listed) in listed {
        let named = |obstacle| said_by(&answer, obstacle);
        // What is the workspace's own is not taken in; what may be an asset has to have a safe name.
        let is_own = TreePath::new(&listed.path).is_ok_and(|path| !plan.copy.selection.has(&path));
        if is_own || listed.is_folder {
            continue;
        }
        let path = intake
            .file(listed.path.as_bytes(), listed.size)
            .map_err(named)?;
        wanted.push((path, listed));
    }
    let mut absent = Vec::new();
    let mut unsure = None;
    let mut files = stream::iter(wanted)
        .map(|(path, listed)| async move {
            let answer = fetcher.file(&place.file(&path), &path).await?;
            Ok::<_, Obstacle>((path, listed, answer))
        })
        .buffered(AT_ONCE);
    while let Some((path, listed, answer)) = files.try_next().await? {
        if !answer.is_there() {
            refuse_offline(&answer)?;
            absent.push(path);
            continue;
        }
        if is_page(&answer) {
            return Err(page(&answer));
        }
        let bytes = content(&answer.bytes, &answer.request)?;
        // A file that cannot be read comes back empty from some servers, and is not.
        if listed.size.is_some_and(|told| told != bytes.len() as u64) {
            unsure = unsure.or(Some(malformed(format!(
                "{}: listed with {} bytes, and read back with {}",
                answer.request,
                listed.size.unwrap_or_default(),
                bytes.len()
            ))));
        }
        intake.put(path, bytes, false)?;
    }
    // What was read meanwhile is the workspace's own only if it still runs.
    if let Some(down) = down(fetcher, place).await? {
        return Ok(Look::unsure(plan, down));
    }
    Ok(Look {
        tree: intake.finish(&plan.label()),
        absent,
        unsure,
    })
}

/// Why what is read now may be the template's and not the workspace's: servers answer with the template while a
/// workspace is down. The status is what the server believes, and late; the proof is what it sees.
///
/// # Errors
/// When nobody says how the workspace is.
async fn down(fetcher: &Fetcher<'_>, place: &Place<'_>) -> Result<Option<Obstacle>, Obstacle> {
    let answer = fetcher
        .told(
            &place.workspace,
            &AnswerChange::Down,
            br#"{"status": "offline"}"#,
        )
        .await?;
    if is_page(&answer) {
        return Err(page(&answer));
    }
    let described: Described = match serde_json::from_slice(&answer.bytes) {
        Ok(described) => described,
        Err(_) => {
            let request = &answer.request;
            return Ok(Some(malformed(format!(
                "{request}: the answer has no `status` of the workspace"
            ))));
        }
    };
    let refused = |why: String| Obstacle::refused(&WORKSPACE_DOWN, why);
    if !RUNNING.contains(&described.status.as_str()) {
        return Ok(Some(refused(format!(
            "{}: the workspace is {}; what could be read of it may be its template",
            answer.request,
            shown(described.status.as_bytes())
        ))));
    }
    let answer = fetcher
        .told(
            &place.proofs(),
            &AnswerChange::StandIn,
            br#"["config.yaml"]"#,
        )
        .await?;
    if is_page(&answer) {
        return Err(page(&answer));
    }
    let listed = match entries(&answer.bytes, None, &answer.request) {
        Ok(listed) => listed,
        Err(why) => return Ok(Some(why)),
    };
    let is_proof = |entry: &Listed| !entry.is_folder && entry.path == place.proof;
    Ok((!listed.iter().any(is_proof)).then(|| {
        refused(format!(
            "{}: there is no {}, so that nothing shows that this is the workspace and not its template",
            answer.request, place.proof
        ))
    }))
}

/// A workspace that is being made has nothing yet, and of one that is down some servers list nothing.
fn nothing_listed(place: &Place<'_>) -> Obstacle {
    Obstacle::refused(&ASSETS_REFUSED, format!("GET {}: the list is empty", place.files))
        .help("servers also say this of a workspace that is down, hence nothing is taken for missing; see that the workspace runs")
}

/// All entries of all folders in which something may stand that is compared, however deep; or why they are not all to be
/// had now.
///
/// # Errors
/// When the workspace cannot be looked into, or it is too much.
async fn list(
    plan: &AssetsPlan,
    fetcher: &Fetcher<'_>,
    place: &Place<'_>,
) -> Result<Result<Vec<(Arc<Answer>, Listed)>, Obstacle>, Obstacle> {
    let mut all = Vec::new();
    let (mut length, mut asked) = (0, 0);
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        let url = place.list(&folder);
        let answer = if folder.is_empty() {
            fetcher.top(&url).await?
        } else {
            fetcher.folder(&url).await?
        };
        if !answer.is_there() {
            // The folder went away since it was listed; or the workspace did.
            refuse_offline(&answer)?;
            return Ok(Err(gone(&answer, &folder)));
        }
        if is_page(&answer) {
            return Err(page(&answer));
        }
        let listed = match entries(&answer.bytes, None, &answer.request) {
            Ok(listed) => listed,
            Err(why) => return Ok(Err(why)),
        };
        length += answer.bytes.len();
        asked += 1;
        if length > LISTS || asked > ASKED || all.len() + listed.len() > LISTED {
            let files = &place.files;
            return Err(too_much(format!(
                "GET {files}: the lists of its folders are more than {ASKED}, with {LISTS} bytes and {LISTED} entries in all"
            )));
        }
        for mut entry in listed {
            let depth = entry.path.trim_matches('/').split('/').count();
            if !folder.is_empty() {
                entry.path = format!("{folder}/{}", entry.path);
            }
            let name = entry.path.trim_end_matches('/');
            let may_matter = TreePath::new(name).map_or(true, |path| {
                plan.copy.selection.include.may_match_below(&path)
            });
            if entry.is_folder && depth >= DEPTH && may_matter {
                folders.push(name.to_owned());
            }
            all.push((Arc::clone(&answer), entry));
        }
    }
    Ok(Ok(all))
}

fn gone(answer: &Answer, folder: &str) -> Obstacle {
    let message = format!(
        "{}: folder {} was listed, and is not there",
        answer.request,
        shown(folder.as_bytes())
    );
    Obstacle::refused(&ASSETS_REFUSED, message)
        .help("what is in it cannot be told; run the gate when nobody moves files of the workspace")
}

/// # Errors
/// When the workspace went away: that says nothing about its files.
fn refuse_offline(answer: &Answer) -> Result<(), Obstacle> {
    let said: Option<NotGiven> = serde_json::from_slice(&answer.bytes).ok();
    if said.and_then(|said| said.code).as_deref() == Some("WORKSPACE_OFFLINE") {
        return Err(Obstacle::unreachable(
            &ASSETS_UNREACHABLE,
            format!("{}: the workspace is offline", answer.request),
        ));
    }
    Ok(())
}

/// The file in an answer. `what` is what messages call the answer.
///
/// # Errors
/// When it holds none, or less than it says.
pub fn content(body: &[u8], what: &str) -> Result<Vec<u8>, Obstacle> {
    let bad = |problem: String| malformed(format!("{what}: {problem}"));
    let given: Given = serde_json::from_slice(body)
        .map_err(|error| bad(format!("the answer holds no file: {error}")))?;
    let bytes = match given.encoding.as_deref() {
        None | Some("utf-8" | "utf8") => given.content.into_bytes(),
        Some("base64") => STANDARD
            .decode(&given.content)
            .map_err(|error| bad(format!("the content is not base64: {error}")))?,
        Some(other) => return Err(bad(format!("the content is encoded with {other}"))),
    };
    match given.size {
        Some(size) if size != bytes.len() as u64 => Err(bad(format!(
            "the file has {size} bytes, and {} came",
            bytes.len()
        ))),
        _ => Ok(bytes),
    }
}
