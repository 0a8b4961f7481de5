use std::sync::Arc;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use sha2::{Digest as _, Sha256};

use super::answer::Answer;
use super::archive::malformed;
use super::fetch::Fetcher;
use super::file_urls::FileUrls;
use super::gather::{Look, page, said_by};
use super::intake::Intake;
use super::listing_json::{Listed, entries};
use super::page::{is_page, may_be_page};
use super::plan::AssetsPlan;
use super::refusals::refused;
use crate::gate::Obstacle;
use crate::tree::TreePath;

/// How many files are asked for at a time.
pub(super) const AT_ONCE: usize = 16;

/// Where a list is, and the files of it.
pub(super) struct Place<'p> {
    pub url: String,
    pub files: String,
    pub key: Option<&'p str>,
}

/// A file of the list, with a safe name.
struct Wanted {
    path: TreePath,
    url: String,
    listed: Listed,
}

/// Fetches a list, and every file that it names.
///
/// # Errors
/// When one of them is not to be had, or a name is not safe.
pub(super) async fn gather(
    plan: &AssetsPlan,
    fetcher: &Fetcher<'_>,
    place: &Place<'_>,
) -> Result<Look, Obstacle> {
    let urls = FileUrls::new(&place.url, &place.files).map_err(refused)?;
    let answer = fetcher.top(&place.url).await?;
    if is_page(&answer) {
        return Err(page(&answer));
    }
    refuse_encoded(&answer)?;
    let mut intake = Intake::new(plan.limits);
    let mut wanted = Vec::new();
    let listed = match entries(&answer.bytes, place.key, &answer.request) {
        Ok(listed) => listed,
        // Until it is made there may be nothing, or the beginning of it.
        Err(obstacle) => return Ok(Look::unsure(plan, obstacle)),
    };
    for listed in listed {
        let named = |obstacle| said_by(&answer, obstacle);
        let raw = listed.path.as_bytes();
        if listed.is_folder {
            intake.folder(raw).map_err(named)?;
            continue;
        }
        let path = intake.file(raw, listed.size).map_err(named)?;
        let url = urls.of(&path).map_err(malformed)?;
        wanted.push(Wanted { path, url, listed });
    }
    let mut absent = Vec::new();
    let mut unsure = None;
    let mut files = stream::iter(wanted)
        .map(|wanted| async move {
            let answer = fetcher.file(&wanted.url, &wanted.path).await?;
            Ok::<_, Obstacle>((wanted, answer))
        })
        .buffered(AT_ONCE);
    while let Some((wanted, answer)) = files.try_next().await? {
        if !answer.is_there() {
            absent.push(wanted.path);
            continue;
        }
        refuse_encoded(&answer)?;
        let problem = unlike(&wanted.listed, &answer);
        // What the list knows by its digest is what it should be, a page or not.
        let is_known = wanted.listed.sha256.is_some() && problem.is_none();
        if !is_known && is_page(&answer) && !may_be_page(&wanted.path) {
            return Err(page(&answer));
        }
        unsure = unsure.or(problem);
        let bytes = Arc::unwrap_or_clone(answer).bytes;
        intake.put(wanted.path, bytes, false)?;
    }
    Ok(Look {
        tree: intake.finish(&plan.label()),
        absent,
        unsure,
    })
}

/// Why a file is not the one that was listed.
fn unlike(listed: &Listed, answer: &Answer) -> Option<Obstacle> {
    let size = answer.bytes.len() as u64;
    if let Some(told) = listed.size
        && told != size
    {
        return Some(malformed(format!(
            "{}: listed with {told} bytes, and served with {size}",
            answer.request
        )));
    }
    let told = listed.sha256.as_ref()?;
    let sha256 = hex::encode(Sha256::digest(&answer.bytes));
    (*told != sha256).then(|| {
        malformed(format!(
            "{}: listed with the digest {told}, and served with {sha256}",
            answer.request
        ))
    })
}

/// # Errors
/// When an answer is packed although nobody asked for that.
fn refuse_encoded(answer: &Answer) -> Result<(), Obstacle> {
    match &answer.encoding {
        Some(encoding) => Err(malformed(format!(
            "{}: the answer is encoded with {encoding}, which was not asked for",
            answer.request
        ))),
        None => Ok(()),
    }
}
