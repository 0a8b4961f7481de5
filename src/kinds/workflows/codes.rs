use crate::gate::Code;

pub(super) static NO_WORKFLOWS: Code = Code {
    name: "no-workflows",
    what: "There is no workflow where the forge looks for them, or none that brings a context to a proposed change.",
    why: "A repository without checks merges green.",
    mend: "Add workflows, or name the forge in driftgate.yaml if another one runs them.",
};

pub(super) static WORKFLOW_UNREADABLE: Code = Code {
    name: "workflow-unreadable",
    what: "A file that stands where workflows do cannot be read as one.",
    why: "The forge drops it with a line in its own log; its checks do not come, and nothing is red.",
    mend: "Mend the file, or move it away.",
};

pub(super) static WORKFLOW_DUPLICATE_KEY: Code = Code {
    name: "workflow-duplicate-key",
    what: "A mapping in a workflow has a key twice.",
    why: "Many YAML readers keep the last one and say nothing; the forge refuses the file and schedules none of its jobs, so that their contexts vanish.",
    mend: "Keep one of the two.",
};

pub(super) static WORKFLOW_ENCODING: Code = Code {
    name: "workflow-encoding",
    what: "A workflow is not plain UTF-8.",
    why: "Forges decode it, and tools that read its text see something else or nothing.",
    mend: "Save it as UTF-8 without a byte order mark.",
};

pub(super) static WORKFLOW_DIALECT: Code = Code {
    name: "workflow-dialect",
    what: "Readers of a workflow take it for different things.",
    why: "YAML 1.1 and 1.2 disagree about words and numbers, and forges about merge keys, tags, second documents and keys that they do not know: what was reviewed is not what runs.",
    mend: "Write it so that there is one reading: `true` and `false`, numbers without leading zeros, keys that the syntax has.",
};

pub(super) static WORKFLOW_REFUSED: Code = Code {
    name: "workflow-refused",
    what: "A forge refuses a workflow, or a part of it.",
    why: "A refused file schedules nothing: its contexts do not come, and what does not come is not red.",
    mend: "Mend it as the message says.",
};

pub(super) static CONTEXT_WITHOUT_PRODUCER: Code = Code {
    name: "context-without-producer",
    what: "No workflow posts a context that is required.",
    why: "Either every merge waits for ever, or somebody merges past it; with a wildcard in its place, nobody misses it.",
    mend: "Name the context as the forge composes it, bring its job back, or take the requirement away.",
};

pub(super) static CONTEXT_WITHOUT_EVENT: Code = Code {
    name: "context-without-event",
    what: "Branch protection requires a context without the event that the forge posts it with.",
    why: "Gitea and Forgejo compare what protection names with what was posted letter by letter, or as a pattern: the context never comes, and every merge waits for ever, or is forced.",
    mend: "Name the context in the protection with its event: `CI / test (pull_request)`, or with a pattern for it.",
};

pub(super) static CONTEXT_PRODUCED_TWICE: Code = Code {
    name: "context-produced-twice",
    what: "Two jobs post the same context.",
    why: "The one that is done last decides: a job that does nothing can paint the other one green.",
    mend: "Give the jobs, or their workflows, different names.",
};

pub(super) static CONTEXT_NOT_DERIVABLE: Code = Code {
    name: "context-not-derivable",
    what: "A required context is posted, if at all, under a name that is known only once the workflow runs.",
    why: "Nobody can say beforehand that it will come, and an empty matrix makes it vanish.",
    mend: "Let a job with a plain name need the others and compare each result with `success`; require that one.",
};

pub(super) static CONTEXT_REMOVED: Code = Code {
    name: "context-removed",
    what: "The change takes away, or renames, a context that proposed changes had.",
    why: "What is not posted any more is not red: a check disappears from every head without a word.",
    mend: "Bring the job back under its name; where it is retired on purpose, waive this with the reason.",
};

pub(super) static REQUIRED_CONTEXTS_DISAGREE: Code = Code {
    name: "required-contexts-disagree",
    what: "The file of required contexts, the copy of branch protection, and the forge do not ask for the same: for other contexts, or for a context of another app.",
    why: "Who reads one of the two believes in a check that the other does not enforce.",
    mend: "Bring both to the same list.",
};

pub(super) static REQUIRED_CONTEXTS_DISPUTED: Code = Code {
    name: "required-contexts-disputed",
    what: "The file of required contexts has a line that readers take differently.",
    why: "One reader stops at a marker that another one takes for prose: a context is enforced by one and not by the other.",
    mend: "Write the marker as `# pending-#123`, and each context once.",
};

pub(super) static REQUIRED_UNREADABLE: Code = Code {
    name: "required-contexts-unreadable",
    what: "The file of required contexts, or the copy of branch protection, cannot be read.",
    why: "Without it nobody knows what must be green.",
    mend: "Mend the file as the message says.",
};

/// The codes of reading and deriving; each rule has its own besides.
pub(super) const CODES: &[&Code] = &[
    &crate::kinds::SUBJECT_MISSING,
    &NO_WORKFLOWS,
    &WORKFLOW_UNREADABLE,
    &WORKFLOW_DUPLICATE_KEY,
    &WORKFLOW_ENCODING,
    &WORKFLOW_DIALECT,
    &WORKFLOW_REFUSED,
    &CONTEXT_WITHOUT_PRODUCER,
    &CONTEXT_WITHOUT_EVENT,
    &CONTEXT_PRODUCED_TWICE,
    &CONTEXT_NOT_DERIVABLE,
    &CONTEXT_REMOVED,
    &REQUIRED_CONTEXTS_DISAGREE,
    &REQUIRED_CONTEXTS_DISPUTED,
    &REQUIRED_UNREADABLE,
    &super::rules::directives::DIRECTIVE_MALFORMED,
];
