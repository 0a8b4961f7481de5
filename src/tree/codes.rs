use crate::gate::Code;

pub(super) static TREE_UNREADABLE: Code = Code {
    name: "tree-unreadable",
    what: "A file or folder that a gate must look at could not be read.",
    why: "What cannot be read has not been checked; reading it as empty or absent would be a blind pass.",
    mend: "Mend the permissions or the disk, or take the path out of the gate if it is not its subject.",
};

pub(super) static TREE_WRONG_TYPE: Code = Code {
    name: "tree-wrong-type",
    what: "A path is there, but is not what the gate reads (a folder instead of a file, a device, a symlink).",
    why: "A symlink or a folder in the place of a file can hide any content; it is never followed out of a tree.",
    mend: "Put a regular file in its place, or name the right path.",
};

pub(super) static TREE_TOO_LARGE: Code = Code {
    name: "tree-too-large",
    what: "A file is larger than the limit for what is read as a whole.",
    why: "Manifests, Dockerfiles and sources of constants are small; a huge one is a mistake or an attack.",
    mend: "Name the right file.",
};

pub(crate) static SOURCE_MISSING: Code = Code {
    name: "source-missing",
    what: "The source of truth is not to be had.",
    why: "Without the source there is nothing to compare with; a gate that passes then is blind.",
    mend: "Run `driftgate sync`, and see what it says about this source.",
};

pub(super) static SOURCE_OBJECT_MISSING: Code = Code {
    name: "source-object-missing",
    what: "The mirror of a source lacks an object that the gate must read.",
    why: "The mirror was fetched without file contents, or is damaged; what is not there has not been compared.",
    mend: "Run `driftgate sync` with the network allowed.",
};

/// The codes that any reading of a tree can end with.
pub const CODES: &[&Code] = &[
    &TREE_UNREADABLE,
    &TREE_WRONG_TYPE,
    &TREE_TOO_LARGE,
    &SOURCE_MISSING,
    &SOURCE_OBJECT_MISSING,
];
