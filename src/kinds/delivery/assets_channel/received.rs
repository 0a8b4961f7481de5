use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use parking_lot::Mutex;

use super::answer::Answers;
use super::archive;
use super::codes::{ASSETS_MALFORMED, ASSETS_UNSETTLED};
use super::fetch::Fetcher;
use super::gather::{Look, gather};
use super::plan::{AssetsInput, AssetsPlan};
use super::settle::{Next, Settling};
use crate::context::{Context, Memo};
use crate::gate::Obstacle;
use crate::kinds::delivery::plan::Delivery;
use crate::tree::{Tree, TreeError, TreePath};

/// What a delivery holds, at rest.
#[derive(Debug)]
pub(crate) struct Received {
    pub tree: Arc<dyn Tree>,
    /// Files that are listed, and that the server does not have.
    pub absent: Vec<TreePath>,
    pub files: usize,
    /// The length of all files together, in bytes.
    pub bytes: u64,
    /// How often it was looked at.
    pub looks: u32,
    /// Requests that were sent, and those that were answered with "nothing changed".
    pub requests: usize,
    pub unchanged: usize,
    /// Whether the server gives a tag by which it can be asked for what changed.
    pub is_tagged: bool,
}

/// What servers answered to gates that look many times, by the delivery.
#[derive(Default)]
struct KeptAnswers(Mutex<HashMap<String, Arc<Answers>>>);

/// Receives what is delivered. `expected`: the files that are to be there, with their lengths.
///
/// # Errors
/// When it is not to be had, means harm, or does not come to rest.
pub(crate) fn receive(
    context: &Context,
    delivery: &Delivery,
    plan: &AssetsPlan,
    expected: &BTreeMap<TreePath, u64>,
) -> Result<Received, Obstacle> {
    let mut received = match &plan.input {
        AssetsInput::Archive(path) => from_disk(context, plan, path)?,
        _ => served(context, delivery, plan, expected)?,
    };
    received.tree = context
        .received(&delivery.name, received.tree)
        .map_err(|problem| {
            let message = format!("the violation was not planted: {problem}");
            Obstacle::refused(&ASSETS_MALFORMED, message)
        })?;
    Ok(received)
}

fn from_disk(context: &Context, plan: &AssetsPlan, path: &TreePath) -> Result<Received, Obstacle> {
    let most = plan.limits.archive();
    let bytes = context.root().read(path, most).map_err(|error| match error {
        TreeError::TooLarge { .. } => super::intake::too_much(format!(
            "{path} has more than {most} bytes, which is what an archive within the gate's limits can have"
        )),
        error => error.to_obstacle(),
    })?;
    let look = Look::sure(archive::read(&bytes, plan.limits, &plan.label())?);
    Ok(Received::of(look, None))
}

fn served(
    context: &Context,
    delivery: &Delivery,
    plan: &AssetsPlan,
    expected: &BTreeMap<TreePath, u64>,
) -> Result<Received, Obstacle> {
    let memo: Option<Arc<KeptAnswers>> = context.memo().map(Memo::room);
    // Two gates may call a delivery alike.
    let key = format!("{} {}", delivery.at, delivery.name);
    let kept = memo
        .as_ref()
        .and_then(|memo| memo.0.lock().get(&key).cloned());
    let is_live = kept.is_none();
    let mut fetcher = Fetcher::new(context, plan, &delivery.name, kept)?;
    let mut settling = Settling::new(plan.settle, is_live);
    loop {
        let mut look = context.block_on(gather(context, plan, &fetcher))??;
        if fetcher.is_restless() {
            look.tree = look.tree.restless(fetcher.look());
        }
        let digest = look.unsure.is_none().then(|| look.tree.digest());
        match settling.see(digest, is_whole(&look, expected)) {
            Next::Done => {
                if let (Some(memo), true) = (memo, is_live) {
                    memo.0.lock().insert(key, Arc::new(fetcher.answers()));
                }
                return Ok(Received::of(look, Some(&fetcher)));
            }
            Next::Again(wait) => {
                context.block_on(async { tokio::time::sleep(wait).await })?;
                fetcher.next_look();
            }
            Next::GiveUp => {
                return Err(look
                    .unsure
                    .unwrap_or_else(|| unsettled(plan, fetcher.look())));
            }
        }
    }
}

/// Whether nothing of it can still be on its way: a placeholder is shorter than what it stands for.
fn is_whole(look: &Look, expected: &BTreeMap<TreePath, u64>) -> bool {
    expected
        .iter()
        .all(|(path, size)| look.tree.size_of(path).is_some_and(|found| found >= *size))
}

fn unsettled(plan: &AssetsPlan, looks: u32) -> Obstacle {
    let within = plan.settle.within;
    Obstacle::refused(
        &ASSETS_UNSETTLED,
        format!(
            "{} was still changing after {within:?}, at the {} look",
            plan.label(),
            ordinal(looks)
        ),
    )
    .help("if deliveries take so long, give them more time with `settle.within` of the gate's `assets`")
}

fn ordinal(number: u32) -> String {
    let ending = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

impl Received {
    fn of(look: Look, fetcher: Option<&Fetcher<'_>>) -> Self {
        let (requests, unchanged) = fetcher.map(Fetcher::counts).unwrap_or_default();
        Self {
            files: look.tree.len(),
            bytes: look.tree.size(),
            tree: Arc::new(look.tree),
            absent: look.absent,
            looks: fetcher.map_or(1, Fetcher::look),
            requests,
            unchanged,
            is_tagged: fetcher.is_some_and(Fetcher::is_tagged),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_end_as_they_are_said() {
        let said = [1, 2, 3, 4, 11, 12, 13, 21, 102, 111].map(ordinal);
        assert_eq!(
            said,
            [
                "1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "102nd", "111th"
            ]
        );
    }
}
