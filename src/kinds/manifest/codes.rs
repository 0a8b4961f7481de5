use crate::gate::Code;

pub(super) static REF_NOT_PINNED: Code = Code {
    name: "ref-not-pinned",
    what: "A manifest entry's ref is not a full commit id in lowercase.",
    why: "A branch moves: whatever is merged there reaches every later clone at once, reviewed here by nobody.",
    mend: "Pin the full 40-digit commit id, and move it by a reviewed change.",
};

pub(super) static PIN_CONFLICT: Code = Code {
    name: "pin-conflict",
    what: "Two manifest entries pin the same repository at different commits.",
    why: "Two versions of one source are live at the same time, and only one of them was meant.",
    mend: "Pin both at the same commit; where two versions are wanted, set `one_ref_per_repository: false`.",
};

pub(super) static LIST_EMPTY: Code = Code {
    name: "list-empty",
    what: "A list of the manifest that the gate checks is empty or missing.",
    why: "Whoever iterates over an empty list succeeds without doing anything.",
    mend: "Restore the entries; where the manifest has no such list, name those that it has in `categories`.",
};

pub(super) static REQUIRED_FILE_MISSING: Code = Code {
    name: "required-file-missing",
    what: "A source lacks a required file at the pinned commit.",
    why: "The file being on the main branch helps nobody: what is cloned is the pin, and it starts without its configuration.",
    mend: "Pin a commit that has the file.",
};

pub(super) static REQUIRED_FILE_EMPTY: Code = Code {
    name: "required-file-empty",
    what: "A required file of a source is empty at the pinned commit.",
    why: "An empty file passes every check that it exists, and configures nothing.",
    mend: "Pin a commit where the file has content.",
};

pub(super) static FORBIDDEN_CONTENT: Code = Code {
    name: "forbidden-content",
    what: "A source has content at the pinned commit that the gate forbids.",
    why: "The main branch may be migrated for long; what is delivered is the pin.",
    mend: "Pin a commit without it.",
};

pub(super) static CONSUMERS_DISAGREE: Code = Code {
    name: "consumers-disagree",
    what: "The declared readers of the manifest understand it differently.",
    why: "One reader strips a comment line, another one refuses the whole file and falls back to a built-in list: both go on without an error.",
    mend: "Write strict JSON without comments, trailing commas and duplicate keys.",
};

pub(super) static REF_NOT_CLONABLE: Code = Code {
    name: "ref-not-clonable",
    what: "A reader of the manifest clones with `--branch`, and entries are pinned to commits.",
    why: "`git clone --branch` takes branches and tags; with a commit id it fails, and the reader goes without the source.",
    mend: "Let the reader fetch the commit: `git fetch origin <commit>`, then a detached checkout.",
};

pub(super) static EXEMPTION_UNUSED: Code = Code {
    name: "exemption-unused",
    what: "The gate exempts an entry that the manifest does not have.",
    why: "An exemption that outlives its entry is ready for the next one of the same name.",
    mend: "Delete it from `unread`.",
};

/// The codes of this kind's own; manifests have those of `crate::ssot` as well.
pub(super) const CODES: &[&Code] = &[
    &crate::kinds::SUBJECT_MISSING,
    &REF_NOT_PINNED,
    &PIN_CONFLICT,
    &LIST_EMPTY,
    &REQUIRED_FILE_MISSING,
    &REQUIRED_FILE_EMPTY,
    &FORBIDDEN_CONTENT,
    &CONSUMERS_DISAGREE,
    &REF_NOT_CLONABLE,
    &EXEMPTION_UNUSED,
];
