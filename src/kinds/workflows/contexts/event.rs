use crate::context::ChangedPaths;
use crate::kinds::workflows::forge::{
    FilterError, Forge, Glob, excluded_by, included_by, paths_pass,
};
use crate::kinds::workflows::model::{Filter, Trigger};

/// The events that put a context on the head of a proposed change; the last one only once somebody
/// reviews it.
pub const PULL_REQUEST_EVENTS: &[&str] =
    &["pull_request", "pull_request_target", "pull_request_review"];

/// What happened, as far as it is known.
#[derive(Debug, Clone, Copy)]
pub struct Event<'a> {
    /// `pull_request`, `push`, …
    pub name: &'a str,
    /// The branch that a change is proposed to, or that was pushed.
    pub branch: Option<&'a str>,
    pub changed: Option<&'a ChangedPaths>,
    /// The activity: `opened`, `synchronize`, …
    pub action: Option<&'a str>,
}

impl<'a> Event<'a> {
    /// An event of which only the name is known.
    pub fn named(name: &'a str) -> Self {
        Self {
            name,
            branch: None,
            changed: None,
            action: None,
        }
    }

    /// A change that is proposed to `branch`.
    pub fn pull_request(branch: Option<&'a str>, changed: Option<&'a ChangedPaths>) -> Self {
        Self {
            name: "pull_request",
            branch,
            changed,
            action: Some("synchronize"),
        }
    }
}

/// Whether an event starts a workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Started {
    Yes,
    /// Only where this holds, which is not known.
    OnlyIf(String),
    No(String),
}

/// Whether an event starts the workflow of a trigger.
///
/// # Errors
/// For a pattern that no forge takes.
pub(super) fn starts(
    trigger: &Trigger,
    event: &Event<'_>,
    forge: Forge,
) -> Result<Started, FilterError> {
    let mut unknown = Vec::new();
    if event.name.starts_with("pull_request_review") {
        unknown.push("somebody reviews the change".to_owned());
    }
    if let Some(types) = &trigger.types {
        match event.action {
            Some(action) if !types.patterns.iter().any(|t| t.value == action) => {
                return Ok(Started::No(format!("its types do not have `{action}`")));
            }
            Some(_) => {}
            None => unknown.push("the activity is among its types".to_owned()),
        }
    }
    // A push of a branch is not a push of a tag: a workflow with a filter on tags alone stays still.
    if event.name == "push"
        && trigger.branches.is_none()
        && trigger.branches_ignore.is_none()
        && (trigger.tags.is_some() || trigger.tags_ignore.is_some())
    {
        return Ok(Started::No("it is for tags alone".to_owned()));
    }
    let branch = event.branch.map(|branch| vec![branch]);
    for (filter, includes) in both(&trigger.branches, &trigger.branches_ignore) {
        let globs = globs(filter)?;
        let passes = branch.as_ref().map(|names| {
            let names = names.iter().copied();
            if includes {
                included_by(&globs, names)
            } else {
                !excluded_by(&globs, names)
            }
        });
        let key = &filter.key.value;
        match passes {
            None => unknown.push(format!("the branch passes its `{key}`")),
            Some(true) => {}
            Some(false) => return Ok(Started::No(format!("its `{key}` keeps it from running"))),
        }
    }
    for (filter, includes) in both(&trigger.paths, &trigger.paths_ignore) {
        let globs = globs(filter)?;
        let passes = event
            .changed
            .and_then(|changed| paths_pass(forge, &globs, includes, changed));
        let key = &filter.key.value;
        match passes {
            None => unknown.push(format!("a changed path passes its `{key}`")),
            Some(true) => {}
            Some(false) => return Ok(Started::No(format!("its `{key}` keeps it from running"))),
        }
    }
    Ok(if unknown.is_empty() {
        Started::Yes
    } else {
        Started::OnlyIf(unknown.join(", and "))
    })
}

/// The filter on paths that keeps a change from starting the workflow of a trigger, whatever else does.
pub fn held_by<'a>(
    trigger: &'a Trigger,
    changed: &ChangedPaths,
    forge: Forge,
) -> Option<&'a Filter> {
    both(&trigger.paths, &trigger.paths_ignore)
        .find(|(filter, includes)| {
            globs(filter)
                .is_ok_and(|globs| paths_pass(forge, &globs, *includes, changed) == Some(false))
        })
        .map(|(filter, _)| filter)
}

/// What includes and what takes away, as far as they are there; with whether it includes.
fn both<'a>(
    includes: &'a Option<Filter>,
    ignores: &'a Option<Filter>,
) -> impl Iterator<Item = (&'a Filter, bool)> {
    let ignores = ignores.iter().map(|filter| (filter, false));
    includes.iter().map(|filter| (filter, true)).chain(ignores)
}

fn globs(filter: &Filter) -> Result<Vec<Glob>, FilterError> {
    Glob::all(filter.values())
}
