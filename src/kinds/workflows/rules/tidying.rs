use super::evaluate::{World, holds, runs_after_failure};
use super::ground::JobView;
use crate::kinds::workflows::model::Step;

/// Words of a step's name that say that no verdict hangs on it.
const WORDS: &[&str] = &[
    "best-effort",
    "cache",
    "clean",
    "cleanup",
    "collect",
    "comment",
    "debug",
    "delete",
    "diagnostic",
    "diagnostics",
    "dump",
    "free",
    "install",
    "kill",
    "log",
    "logs",
    "notify",
    "optional",
    "post",
    "prune",
    "reap",
    "remove",
    "report",
    "restore",
    "save",
    "setup",
    "stop",
    "summary",
    "sweep",
    "tear",
    "teardown",
    "upload",
    "warm",
];

/// Whether a step's name says that no verdict hangs on it, and no check stands in it that says otherwise.
pub(super) fn says_it_tidies(view: &JobView<'_>, step: &Step) -> bool {
    let checks = view.script(step).is_some_and(|analysis| analysis.checks);
    !checks && is_named_so(step)
}

fn is_named_so(step: &Step) -> bool {
    step.name.as_ref().is_some_and(|name| {
        name.value
            .to_lowercase()
            .split(|c: char| !c.is_alphanumeric() && c != '-')
            .any(|word| WORDS.contains(&word))
    })
}

/// Whether a step runs only where something has failed already.
pub(super) fn is_aftermath(step: &Step) -> bool {
    step.condition.as_ref().is_some_and(|condition| {
        let well = World {
            success: Some(true),
            cancelled: Some(false),
            ..World::default()
        };
        holds(&condition.value, &well) == Some(false) && runs_after_failure(&condition.value)
    })
}
