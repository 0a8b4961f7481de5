use crate::gate::Code;

pub(crate) static NOT_DELIVERED: Code = Code {
    name: "not-delivered",
    what: "A file of the source is missing from the delivery.",
    why: "What was forgotten falls back to a default that nobody chose, often in silence.",
    mend: "Deliver the file, or leave it out of the source with `exclude`.",
};

pub(crate) static NOT_IN_SOURCE: Code = Code {
    name: "not-in-source",
    what: "A delivered file has no counterpart in the source.",
    why: "A file that only the copy has is a second source of truth, and survives every clean-up of the first.",
    mend: "Move it to the source, remove it from the delivery, or allow it with `allow_extra`.",
};

pub(crate) static CONTENT_DIFFERS: Code = Code {
    name: "content-differs",
    what: "A delivered file differs from its source.",
    why: "Someone edited a copy, or the source moved on without it; what runs is not what was reviewed.",
    mend: "Change the source and deliver it anew; never mend the copy.",
};

pub(crate) static MODE_DIFFERS: Code = Code {
    name: "mode-differs",
    what: "The executable bit of a delivered file differs from its source's.",
    why: "An entrypoint that is not executable fails at start; a text that is may be run by accident.",
    mend: "Set the mode as the source has it.",
};

pub(crate) static TYPE_DIFFERS: Code = Code {
    name: "type-differs",
    what: "A path is one thing in the source and another in the delivery: a file, a folder, a symlink, a submodule.",
    why: "A symlink in the place of a file can point at any content; no comparison of text would notice.",
    mend: "Deliver the same sort of thing as the source has.",
};

pub(crate) static LINK_DIFFERS: Code = Code {
    name: "link-differs",
    what: "A delivered symlink points somewhere else than its source.",
    why: "A symlink is its target; another target is another content.",
    mend: "Deliver the symlink as the source has it.",
};

pub(crate) static SUBMODULE_DIFFERS: Code = Code {
    name: "submodule-differs",
    what: "A delivered submodule stands at another commit than its source.",
    why: "The commit is all that a submodule is; at another one everything in it may differ.",
    mend: "Update the submodule in the delivery.",
};

pub(crate) static EMPTY_FILE: Code = Code {
    name: "empty-file",
    what: "A file of the source or of the delivery has no content.",
    why: "An emptied file is still there, so that checks for existence pass; and two empty files are equal.",
    mend: "Restore the content, or set `non_empty: false` in the source if empty files are meant.",
};

pub(crate) static CASE_DIFFERS: Code = Code {
    name: "case-differs",
    what: "A file is delivered under a name that differs from the source's only in case.",
    why: "On some file systems the two are one file, on others they are two: it works on the desk and fails in the image.",
    mend: "Give the file the name that the source has.",
};

pub(crate) static RENAMED: Code = Code {
    name: "renamed",
    what: "A file of the source is delivered under another name.",
    why: "Who looks for it by its own name finds nothing, and falls back to something else.",
    mend: "Deliver it under its own name, or declare the new one in `rename`.",
};

pub(crate) static RENAME_CLASH: Code = Code {
    name: "rename-clash",
    what: "`rename` sends two files of the source to the same path.",
    why: "Only one of them can be delivered there, and which one is chance.",
    mend: "Give each its own path.",
};

pub(crate) static MALFORMED_CONTENT: Code = Code {
    name: "malformed-content",
    what: "A file that is compared as JSON or YAML is not strictly so, or has a key twice.",
    why: "Readers disagree about what such a file says, so that equal for one of them is not equal for another.",
    mend: "Mend the file: one value, no comments in JSON, each key once.",
};

pub(crate) static INCLUDE_UNMATCHED: Code = Code {
    name: "include-unmatched",
    what: "An `include` pattern matches nothing.",
    why: "The file that it stands for is gone or was renamed; without this finding the gate would just compare less.",
    mend: "Restore the file in the source, or mend the pattern.",
};

pub(crate) static ALLOWANCE_UNUSED: Code = Code {
    name: "allowance-unused",
    what: "An entry of `allow`, `allow_extra`, `allow_opaque`, `allow_unrendered` or `rename` matches nothing.",
    why: "An exception that outlives its reason hides the next drift.",
    mend: "Delete the entry.",
};

pub(crate) static VENDORED: Code = Code {
    name: "vendored",
    what: "A file is delivered from somewhere other than the source.",
    why: "A private copy may be equal today; nothing keeps it so tomorrow.",
    mend: "Copy it from the source's own folder.",
};

pub(crate) static OVERWRITTEN: Code = Code {
    name: "overwritten",
    what: "A later instruction replaces or removes a file that the source delivered.",
    why: "The copy from the source is there to be seen, and the image holds something else.",
    mend: "Remove the later instruction, or make the change in the source.",
};

pub(crate) static PIN: Code = Code {
    name: "pin",
    what: "The names by which the gate follows the source into the image do not hold any more.",
    why: "Behind a renamed argument or destination the image can receive anything while the gate looks elsewhere.",
    mend: "Name the argument and the destination in the gate as the Dockerfile has them, in the same commit.",
};

pub(crate) static OPAQUE_STEP: Code = Code {
    name: "opaque-step",
    what: "A `RUN` step writes, or may write, where the source is delivered.",
    why: "What it leaves there cannot be known without running it.",
    mend: "Do it without `RUN`, or allow the whole instruction with `allow_opaque`.",
};

pub(crate) static IGNORED: Code = Code {
    name: "ignored",
    what: "A file of the source is kept out of the build by `.dockerignore`.",
    why: "The `COPY` is there and reads right; the file never reaches the image.",
    mend: "Add an exception (`!pattern`) for it, or remove the pattern.",
};

pub(crate) static SUBMODULE_UNKNOWN: Code = Code {
    name: "submodule-unknown",
    what: "The commit of a delivered submodule cannot be told.",
    why: "Without its commit a submodule has not been compared.",
    mend: "Check the submodule out with git, or leave it out with `exclude`.",
};

/// All codes of this kind.
pub(crate) const CODES: &[&Code] = &[
    &NOT_DELIVERED,
    &NOT_IN_SOURCE,
    &CONTENT_DIFFERS,
    &MODE_DIFFERS,
    &TYPE_DIFFERS,
    &LINK_DIFFERS,
    &SUBMODULE_DIFFERS,
    &EMPTY_FILE,
    &CASE_DIFFERS,
    &RENAMED,
    &RENAME_CLASH,
    &MALFORMED_CONTENT,
    &INCLUDE_UNMATCHED,
    &ALLOWANCE_UNUSED,
    &VENDORED,
    &OVERWRITTEN,
    &PIN,
    &OPAQUE_STEP,
    &IGNORED,
    &SUBMODULE_UNKNOWN,
    &crate::kinds::SUBJECT_MISSING,
];
