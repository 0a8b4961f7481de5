use super::codes::LANE_VANISHED;
use super::load::EXPECTED_EVENTS;
use super::plan::Expect;
use super::table::Lane;
use crate::context::Context;
use crate::gate::{Finding, Obstacle};
use crate::kinds::workflows::contexts::{Certainty, Context as Derived, Event, derive_all};
use crate::kinds::workflows::forge::{Feature, choose};
use crate::kinds::workflows::model::{WorkflowFile, Workflows, list_workflows, read_workflow};
use crate::tree::TreePath;

/// Events whose runs show on a commit.
const POSTING_EVENTS: [&str; 6] = [
    "push",
    "pull_request",
    "pull_request_target",
    "pull_request_review",
    "pull_request_review_comment",
    "release",
];

/// What the workflows of the checkout post for the events of a head.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    pub(super) lanes: Vec<Lane>,
    /// Files of which it is not known what they post.
    pub(super) findings: Vec<Finding>,
    /// How many files were read.
    pub(super) files: usize,
}

/// Derives the lanes, of files that the forge refuses as well: that they should have posted is the point.
///
/// # Errors
/// When the checkout cannot be read, or its settings name a forge that nobody knows.
pub(super) fn lanes(
    context: &Context,
    expect: &Expect,
    base: Option<&str>,
) -> Result<Lanes, Obstacle> {
    let tree = context.root();
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
    let lane = |derived: Derived, certain: bool| {
        let file = files.iter().find(|file| file.path == derived.file)?;
        Some(Lane {
            at: file.at(derived.span),
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
    for other in others
        .into_iter()
        .filter_map(|derived| lane(derived, false))
    {
        if !lanes.iter().any(|lane| lane.name == other.name) {
            lanes.push(other);
        }
    }
    Ok(Lanes {
        lanes,
        findings,
        files: workflows.count(),
    })
}
