use crate::kinds::workflows::forge::{FilterError, Glob, excluded_by, included_by};
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
    /// The paths that changed, relative to the root.
    pub changed: Option<&'a [String]>,
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
    pub fn pull_request(branch: Option<&'a str>, changed: Option<&'a [String]>) -> Self {
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
pub(super) fn starts(trigger: &Trigger, event: &Event<'_>) -> Result<Started, FilterError> {
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
    let changed = event
        .changed
        .map(|paths| paths.iter().map(String::as_str).collect::<Vec<_>>());
    let filters = [
        (&trigger.branches, true, &branch, "the branch"),
        (&trigger.branches_ignore, false, &branch, "the branch"),
        (&trigger.paths, true, &changed, "a changed path"),
        (&trigger.paths_ignore, false, &changed, "a changed path"),
    ];
    for (filter, includes, names, what) in filters {
        let Some(filter) = filter else { continue };
        let globs = globs(filter)?;
        let key = &filter.key.value;
        match names {
            None => unknown.push(format!("{what} passes its `{key}`")),
            Some(names) => {
                let names = names.iter().copied();
                let passes = if includes {
                    included_by(&globs, names)
                } else {
                    !excluded_by(&globs, names)
                };
                if !passes {
                    return Ok(Started::No(format!("its `{key}` keeps it from running")));
                }
            }
        }
    }
    Ok(if unknown.is_empty() {
        Started::Yes
    } else {
        Started::OnlyIf(unknown.join(", and "))
    })
}

fn globs(filter: &Filter) -> Result<Vec<Glob>, FilterError> {
    Glob::all(filter.values())
}
