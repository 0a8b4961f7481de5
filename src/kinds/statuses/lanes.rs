use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::codes::{HEAD_NOT_HERE, LANE_VANISHED};
use super::load::EXPECTED_EVENTS;
use super::plan::Expect;
use super::table::Lane;
use crate::context::{Checkout, Context};
use crate::gate::{Finding, Obstacle};
use crate::kinds::workflows::contexts::{Certainty, Context as Derived, Event, Name, derive_all};
use crate::kinds::workflows::forge::{Feature, choose};
use crate::kinds::workflows::model::{WorkflowFile, Workflows, list_workflows, read_workflow};
use crate::tree::{Tree, TreePath};

/// Events whose runs show on a commit.
const POSTING_EVENTS: [&str; 6] = [
    "push",
    "pull_request",
    "pull_request_target",
    "pull_request_review",
    "pull_request_review_comment",
    "release",
];

/// What the workflows of a head post for its events.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    pub(super) lanes: Vec<Lane>,
    /// Files of which it is not known what they post.
    pub(super) findings: Vec<Finding>,
    /// How many files were read.
    pub(super) files: usize,
}

/// Derives the lanes, of files that the forge refuses as well: that they should have posted is the point. The files
/// are those of the very commit, whatever is checked out.
///
/// # Errors
/// When the commit is not to be had, or cannot be read.
pub(super) fn lanes(
    context: &Context,
    expect: &Expect,
    commit: Option<&str>,
    base: Option<&str>,
) -> Result<Lanes, Obstacle> {
    let tree = tree_of(context, commit)?;
    let tree = tree.as_ref();
    let forge = choose(context.settings(), tree)?.forge;
    let mut workflows = Workflows::default();
    for folder in forge.folders() {
        let there = TreePath::new(folder.path()).map(|path| tree.kind(&path));
        if let Ok(there) = there
            && there?.is_some()
        {
            let listed = list_workflows(tree, *folder, forge.has(Feature::FoldersBelow))?;
            workflows = context
                .map_heavy(&listed, |one| read_workflow(tree, one))?
                .into_iter()
                .collect();
            break;
        }
    }
    let mut findings = Vec::new();
    for file in &workflows.unread {
        let why = file
            .faults
            .first()
            .map_or("", |fault| fault.message.as_str());
        findings.push(
            Finding::new(
                &LANE_VANISHED,
                format!(
                    "no lane of {} is known, for it cannot be read: {why}",
                    file.path
                ),
            )
            .at(crate::gate::Location::file(&file.path)),
        );
    }
    let files: Vec<WorkflowFile> = workflows
        .files
        .iter()
        .map(|file| WorkflowFile {
            faults: Vec::new(),
            ..file.clone()
        })
        .collect();
    let base = expect.base.as_deref().or(base);
    let happened: Vec<Event<'_>> = expect
        .events
        .iter()
        .map(|name| Event {
            branch: base,
            // Of a proposed change every new head is one more of these.
            action: EXPECTED_EVENTS
                .contains(&name.as_str())
                .then_some("synchronize"),
            ..Event::named(name)
        })
        .collect();
    let by_path: HashMap<&str, &WorkflowFile> = files
        .iter()
        .map(|file| (file.path.as_str(), file))
        .collect();
    let lane = |derived: Derived, certain: bool| {
        let file = by_path.get(derived.file.as_str())?;
        Some(Lane {
            at: file.at(derived.span),
            event: derived.event,
            certain: certain && derived.certainty == Certainty::Certain,
            name: derived.name,
        })
    };
    let mut lanes: Vec<Lane> = derive_all(&files, forge, &happened)
        .into_iter()
        .filter_map(|derived| lane(derived, true))
        .collect();
    // What other events bring need not be there; but it is known who posts it.
    let may_happen = POSTING_EVENTS.map(Event::named);
    let others = derive_all(&files, forge, &may_happen);
    let mut known: HashSet<Name> = lanes.iter().map(|lane| lane.name.clone()).collect();
    let others = others
        .into_iter()
        .filter_map(|derived| lane(derived, false));
    lanes.extend(others.filter(|other| known.insert(other.name.clone())));
    Ok(Lanes {
        lanes,
        findings,
        files: workflows.count(),
    })
}

/// The checkout's root at the head.
fn tree_of(context: &Context, commit: Option<&str>) -> Result<Arc<dyn Tree>, Obstacle> {
    let not_here = |message: String, help: &str| {
        Obstacle::refused(&HEAD_NOT_HERE, message).help(help.to_owned())
    };
    let commit = commit.ok_or_else(|| {
        not_here(
            "the workflows of the head are to be read, and no commit is named".to_owned(),
            "name it (`--sha`; `commit` or `commit_env` in a gate)",
        )
    })?;
    let folder = context.folder().ok_or_else(|| {
        not_here(
            format!("the workflows of {commit} are to be read, and there is no checkout"),
            "run it in a checkout",
        )
    })?;
    let clone = "run it in a checkout of the repository that has the commit";
    let checkout = Checkout::of(&folder).map_err(|problem| {
        not_here(
            format!("the workflows of {commit} are not to be had: {problem}"),
            clone,
        )
    })?;
    let tree = checkout.at(commit).map_err(|problem| {
        not_here(
            format!("the workflows of {commit} are not to be had: {problem}"),
            clone,
        )
    })?;
    tree.ok_or_else(|| {
        not_here(
            format!("the workflows of {commit} are to be read, and the repository of the checkout has no such commit"),
            &format!("fetch it: `git fetch origin {commit}`; in a run of the forge, check out with the whole history (`fetch-depth: 0`)"),
        )
    })
}
