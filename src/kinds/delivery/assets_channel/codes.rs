use crate::gate::Code;

pub(crate) static ASSETS_UNREACHABLE: Code = Code {
    name: "assets-unreachable",
    what: "What a provisioner serves could not be fetched: no answer, one that broke off, or one that says to come again.",
    why: "A server that does not answer says nothing about what it delivers; least of all that it is missing.",
    mend: "See that the server is up and reachable from where the gate runs, then run it again.",
};

pub(crate) static ASSETS_REFUSED: Code = Code {
    name: "assets-refused",
    what: "A provisioner answers, and does not give what the gate asks for: it wants another token, has no such thing, or sends elsewhere.",
    why: "What cannot be seen has not been checked. That something is absent is only known where what holds it can be seen.",
    mend: "Name the right URL, and the variable with a token that may read it in `token_env`.",
};

pub(crate) static ASSETS_MALFORMED: Code = Code {
    name: "assets-malformed",
    what: "What a provisioner answers is not what it should be: a page for people, a damaged archive, a list that is none, a file of another length than announced.",
    why: "Error pages come with the status of success, and half an archive reads like a small one; what is guessed from them has not been checked.",
    mend: "Fetch it by hand and see what comes; mend the server, or name the right URL.",
};

pub(crate) static ASSETS_UNSAFE: Code = Code {
    name: "assets-unsafe-entry",
    what: "A delivery has an entry that must not be there: a path out of its folder, a link, a device, one name twice.",
    why: "Whoever unpacks it writes where it must not, or takes one of two contents by chance.",
    mend: "Find out what made the delivery; do not unpack it.",
};

pub(crate) static ASSETS_LIMIT: Code = Code {
    name: "assets-limit",
    what: "A delivery is larger than the gate allows: a file, all of them together, their number, or what an archive unpacks to.",
    why: "Provisioners have such limits too, and a workspace whose assets are past them does not start; a small archive can unpack to more than any machine has.",
    mend: "Deliver less; or raise `limits` of the gate's `assets` if the provisioner takes so much.",
};

pub(crate) static WORKSPACE_DOWN: Code = Code {
    name: "workspace-not-running",
    what: "Files were to be read back from a workspace that does not run, or of which nothing shows that it does.",
    why: "Of a workspace that is down a server lists and reads the files of its template: they equal the source, and nothing of them was ever delivered.",
    mend: "Start the workspace, then run the gate again; where a running one has no `.auth_token`, name a file that only it has in `proof` of `workspace_files`.",
};

pub(crate) static ASSETS_UNSETTLED: Code = Code {
    name: "assets-unsettled",
    what: "A delivery went on changing until the gate had no more time to wait for it.",
    why: "What is still on its way cannot be called right, nor wrong.",
    mend: "See what keeps writing; give it more time with `settle.within` if deliveries take so long.",
};

pub(crate) static ASSETS_STALE_TAG: Code = Code {
    name: "assets-stale-tag",
    what: "A server gave other bytes under the same strong ETag.",
    why: "Whoever asks for what changed since is told that nothing did, and keeps the old content for ever.",
    mend: "Make the tag from the content, or send a weak one.",
};

pub(crate) static ASSET_NOT_ALLOWED: Code = Code {
    name: "asset-not-allowed",
    what: "A file is delivered that the allow list does not have.",
    why: "Provisioners abort on such a file, or write it over what the runtime keeps there: memories, sessions, instructions.",
    mend: "Take it out of the delivery; or add it to `allow` in the same commit as the provisioner's own list.",
};

pub(crate) static ASSET_NOT_SERVED: Code = Code {
    name: "asset-not-served",
    what: "A file is listed, and the server does not have it.",
    why: "The delivery is half there: who trusts the list believes that the file arrived.",
    mend: "Deliver it, or take it off the list.",
};

pub(crate) static CASE_TWINS: Code = Code {
    name: "case-twins",
    what: "Two delivered names differ in case alone, and the source does not have both.",
    why: "On some file systems they are one file, and which of the two contents it has is chance.",
    mend: "Deliver the one that the source has.",
};

pub(crate) static PLACEHOLDER_LEFT: Code = Code {
    name: "placeholder-left",
    what: "A delivered file still has a placeholder: one that should have been replaced, or one that the gate does not know.",
    why: "The agent reads the placeholder as its name; nothing fails, and nobody is told.",
    mend: "Render the file on its way, with a value for this placeholder; what only looks like one is named in `allow_unrendered`.",
};

pub(crate) static SUBSTITUTION_UNUSED: Code = Code {
    name: "substitution-unused",
    what: "A declared substitution occurs in no file of the source that is delivered here.",
    why: "It was renamed or removed in the source, so that the value reaches nobody; or it is misspelt, and the gate compares the wrong thing.",
    mend: "Name the placeholder as the source has it, or delete the entry.",
};

/// All codes of this channel.
pub(crate) const ASSETS_CODES: &[&Code] = &[
    &ASSETS_UNREACHABLE,
    &ASSETS_REFUSED,
    &ASSETS_MALFORMED,
    &ASSETS_UNSAFE,
    &ASSETS_LIMIT,
    &WORKSPACE_DOWN,
    &ASSETS_UNSETTLED,
    &ASSETS_STALE_TAG,
    &ASSET_NOT_ALLOWED,
    &ASSET_NOT_SERVED,
    &CASE_TWINS,
    &PLACEHOLDER_LEFT,
    &SUBSTITUTION_UNUSED,
];
