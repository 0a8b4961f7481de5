use crate::gate::Code;

pub(super) static CONTEXT_RED: Code = Code {
    name: "context-red",
    what: "A required context failed, or ended with an error.",
    why: "A merge over a red required context lands what the check was written to keep out.",
    mend: "Look at what the check says, mend it, and let it run again on a new head.",
};

pub(super) static CONTEXT_CANCELLED: Code = Code {
    name: "context-cancelled",
    what: "A required context was cancelled before it came to an end.",
    why: "Whoever was stopped in the middle has not looked at everything; Gitea posts it as a failure, GitHub as a word of its own.",
    mend: "Let the check run again, and find out who cancelled it.",
};

pub(super) static CONTEXT_PENDING: Code = Code {
    name: "context-pending",
    what: "A required context has not come to an end.",
    why: "It is not red yet; that is no reason to take it for green.",
    mend: "Wait for it (`--settle 10m`). One that waits for ever has no runner, or its run has gone.",
};

pub(super) static CONTEXT_SKIPPED: Code = Code {
    name: "context-skipped",
    what: "A required context was skipped, or its check gave no judgement.",
    why: "Forges let a skipped check pass as if it had run; a job that is skippable by an `if:` or a filter turns a required context into a decoration.",
    mend: "Let the job of a required context run always, and decide inside of it what there is to do.",
};

pub(super) static CONTEXT_STALE: Code = Code {
    name: "context-stale",
    what: "The status of a required context belongs to another commit, or its forge gave up waiting for it.",
    why: "It says something about code that is not the one to be merged.",
    mend: "Let the check run on this very commit.",
};

pub(super) static CONTEXT_MISSING: Code = Code {
    name: "context-missing",
    what: "A required context was not posted at all, or not by the app that it is bound to.",
    why: "A check that never ran leaves no red behind; among forty green ones nobody misses it.",
    mend: "Find out why nothing posted it: a filter, a workflow file that the forge does not read, a renamed job.",
};

pub(super) static CONTEXT_NEVER_DERIVED: Code = Code {
    name: "context-never-derived",
    what: "A context is required, and no workflow of this commit posts it for this event.",
    why: "It waits for ever, or is posted by somebody whom nobody here knows.",
    mend: "Name a context that a workflow posts, or add the workflow.",
};

pub(super) static CONTEXT_DUPLICATED: Code = Code {
    name: "context-duplicated",
    what: "A required context was posted under several events or by several runs that do not agree, or by several jobs that nobody can tell apart.",
    why: "Whoever looks at one of them sees green, whoever looks at the other one does not; the newest of two that share a name hides the other. The worst of them counts here.",
    mend: "Let one job post it, under one event; or require the one that is meant with its suffix and `suffix: exact`. A run that a later one replaced is told, and does not count.",
};

pub(super) static CONTEXT_UNKNOWN: Code = Code {
    name: "context-unknown",
    what: "A context was posted that is not required, and that no workflow of this commit posts.",
    why: "Somebody else posts statuses here: a bot, another forge's leftovers, or a workflow that this commit no longer has.",
    mend: "Find out who posts it.",
};

pub(super) static LANE_VANISHED: Code = Code {
    name: "lane-vanished",
    what: "A workflow of this commit posts a context for this event, and the context was not posted.",
    why: "The forge did not schedule it: a second `env:` key made it refuse a whole file, once, and the head read 43 of 43 green.",
    mend: "Read the workflow file as the forge does; `driftgate run` of a gate of kind `workflows` tells what is wrong with it.",
};

pub(super) static HEAD_NOT_HERE: Code = Code {
    name: "head-not-here",
    what: "What the workflows of the head post is asked for, and the head's files are not to be had.",
    why: "Workflows of another commit post other contexts: what is missing would not be missed.",
    mend: "Run it in a checkout that has the commit: `git fetch origin <commit>`, or `fetch-depth: 0` where the forge checks out.",
};

pub(super) static STATUSES_UNSETTLED: Code = Code {
    name: "statuses-unsettled",
    what: "The statuses were still changing when the time was up, so that what lacks cannot be told from what is late; or the change got another head, or another branch to go to, while they were looked at.",
    why: "A verdict about a moving target is a guess.",
    mend: "Give it more time with `--settle`, or ask again later.",
};

pub(super) static CHANGE_NOT_OPEN: Code = Code {
    name: "change-not-open",
    what: "The change is closed, merged already, or a draft.",
    why: "Green statuses of a change that nobody can merge, or that its author does not want merged yet, say nothing about what is merged.",
    mend: "Open it again, or take it out of draft; where one was merged, look at the branch.",
};

pub(super) static REQUIRED_EMPTY: Code = Code {
    name: "required-empty",
    what: "What names the required contexts names none.",
    why: "A head that has to satisfy nothing is always mergeable.",
    mend: "Restore the list; entries below the pending marker are not enforced. A branch without protection requires nothing.",
};

pub(super) static WILDCARD_BLIND: Code = Code {
    name: "wildcard-blind",
    what: "Only patterns are required, and nobody says which contexts have to be there.",
    why: "`*` sees what was posted; a check that was never posted satisfies it.",
    mend: "Name contexts as well, or let them be derived from the workflows with `expect` (`--expect`).",
};

pub(super) static STATUSES_MALFORMED: Code = Code {
    name: "statuses-malformed",
    what: "The statuses, reviews or rules that were answered or recorded cannot be read.",
    why: "Half a list looks like a list: what was cut off is what nobody misses.",
    mend: "Record it anew, whole; where a proxy answers in place of the forge, ask the forge itself.",
};

pub(super) static STATUSES_INCOMPLETE: Code = Code {
    name: "statuses-incomplete",
    what: "The record says that there are more statuses than it holds.",
    why: "One page of several was recorded; what stands on the others is not known.",
    mend: "Record all pages, or let driftgate ask the forge.",
};

pub(super) static STATUSES_OF_ANOTHER_COMMIT: Code = Code {
    name: "statuses-of-another-commit",
    what: "The answer is about another commit than the one that was asked for.",
    why: "The green of another head says nothing about this one.",
    mend: "Name the full commit id of the head, and record the statuses of that head.",
};

pub(super) static FORGE_REFUSED: Code = Code {
    name: "forge-refused",
    what: "The forge answered that it will not tell.",
    why: "Without a right to look nothing is known; asking again changes nothing.",
    mend: "Name a variable with a token that may read the repository (`token_env`, `--token-env`).",
};

pub(super) static FORGE_UNREACHABLE: Code = Code {
    name: "forge-unreachable",
    what: "The forge did not answer, or was not able to.",
    why: "Nobody looked; that is neither red nor green.",
    mend: "Try again later.",
};

pub(super) static VARIABLE_MISSING: Code = Code {
    name: "variable-missing",
    what: "A variable that names the token, the commit, the repository or the change is not set, or holds something else.",
    why: "Asking without it would be asking as somebody else, or about something else.",
    mend: "Set the variable where the gate runs.",
};

pub(super) static FORGE_UNNAMED: Code = Code {
    name: "forge-unnamed",
    what: "A forge is to be asked, and it is not said which one, where it is, or about what.",
    why: "There is nobody to ask, so nobody looked.",
    mend: "Name it in driftgate.yaml: `forge: { name: gitea, url: https://git.example.org, token_env: FORGE_TOKEN }`.",
};

pub(super) static APPROVALS_MISSING: Code = Code {
    name: "approvals-missing",
    what: "Too few of those who may approve have approved this very commit.",
    why: "An approval of an older commit, of the author, or of somebody without a say approves something else.",
    mend: "Have the head reviewed by people of the roster.",
};

pub(super) static CHANGES_REQUESTED: Code = Code {
    name: "changes-requested",
    what: "A reviewer asked for changes, and has not taken that back.",
    why: "A merge over an open objection was decided by nobody.",
    mend: "Settle it with the reviewer, who approves or dismisses the review.",
};

pub(super) static STATUS_OF_ANOTHER: Code = Code {
    name: "status-of-another",
    what: "A context that is to be posted was posted by somebody else.",
    why: "Two writers of one context overwrite each other's verdicts, and neither sees it.",
    mend: "Post under another prefix (`--prefix`), or let one of the two stop.",
};

/// The codes of this kind's own.
pub(super) const CODES: &[&Code] = &[
    &crate::kinds::SUBJECT_MISSING,
    &CONTEXT_RED,
    &CONTEXT_CANCELLED,
    &CONTEXT_PENDING,
    &CONTEXT_SKIPPED,
    &CONTEXT_STALE,
    &CONTEXT_MISSING,
    &CONTEXT_NEVER_DERIVED,
    &CONTEXT_DUPLICATED,
    &CONTEXT_UNKNOWN,
    &LANE_VANISHED,
    &HEAD_NOT_HERE,
    &STATUSES_UNSETTLED,
    &CHANGE_NOT_OPEN,
    &REQUIRED_EMPTY,
    &WILDCARD_BLIND,
    &STATUSES_MALFORMED,
    &STATUSES_INCOMPLETE,
    &STATUSES_OF_ANOTHER_COMMIT,
    &FORGE_REFUSED,
    &FORGE_UNREACHABLE,
    &VARIABLE_MISSING,
    &FORGE_UNNAMED,
    &APPROVALS_MISSING,
    &CHANGES_REQUESTED,
    &STATUS_OF_ANOTHER,
];
