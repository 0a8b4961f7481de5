use crate::gate::Code;
use crate::kinds::{SUBJECT_MISSING, postgres};

pub(super) static MISSING: Code = Code {
    name: "constants-missing",
    what: "A mirror lacks members that the canonical side has.",
    why: "A value that one side writes and the other does not know is refused or lost at run time, often in silence.",
    mend: "Add the member to the mirror, or take it out of the canonical side.",
};

pub(super) static UNEXPECTED: Code = Code {
    name: "constants-unexpected",
    what: "A mirror has members that the canonical side lacks.",
    why: "A copy that knows more than the original has drifted; somebody will rely on a value that does not exist.",
    mend: "Take the member out of the mirror, or add it to the canonical side.",
};

pub(super) static CHANGED: Code = Code {
    name: "constants-changed",
    what: "A mirror and the canonical side each have members that the other lacks.",
    why: "A value was changed or renamed on one side alone; what one side writes, the other does not recognise.",
    mend: "Make both sides say the same value.",
};

pub(super) static SHARED: Code = Code {
    name: "constants-shared",
    what: "Two sets that must have nothing in common share members.",
    why: "A reserved or forbidden value that is also a permitted one defeats the rule that keeps them apart.",
    mend: "Take the member out of one of the two.",
};

pub(super) static DUPLICATE: Code = Code {
    name: "constants-duplicate",
    what: "One side has the same value twice.",
    why: "Two names with one value are a slip of copying; the value that one of them should have is missing.",
    mend: "Give each member its own value, or remove the second one.",
};

pub(super) static EMPTY: Code = Code {
    name: "constants-empty",
    what: "A side has fewer members than its minimum size.",
    why: "Two empty sets are never equal: an extraction that finds nothing has compared nothing.",
    mend: "Mend the side, or the selector that names it; `min_size` says how many members there must be.",
};

pub(super) static DEAD_TRANSFORM: Code = Code {
    name: "constants-dead-transform",
    what: "A transform of a side has nothing to work on.",
    why: "An exception that outlives its reason hides the next drift.",
    mend: "Take the transform, or the entry of it, out of the gate.",
};

pub(super) static UNREADABLE: Code = Code {
    name: "constants-unreadable",
    what: "The members of a side could not be worked out from the file.",
    why: "What cannot be read has not been compared; guessing at it would be a blind pass.",
    mend: "Mend the syntax, write the members as plain literals, or choose another selector.",
};

pub(super) static CODES: &[&Code] = &[
    &MISSING,
    &UNEXPECTED,
    &CHANGED,
    &SHARED,
    &DUPLICATE,
    &EMPTY,
    &DEAD_TRANSFORM,
    &UNREADABLE,
    &SUBJECT_MISSING,
    // Of a side that a live database is asked for.
    &postgres::MIGRATION_FAILS,
    &postgres::NOT_SQL,
    &postgres::TOO_FEW,
    &postgres::SERVER_LOST,
    &postgres::SERVER_REFUSES,
];
