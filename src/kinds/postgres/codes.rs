use crate::gate::Code;

pub(crate) static MIGRATION_FAILS: Code = Code {
    name: "migration-fails",
    what: "A migration does not apply to the database that those before it leave.",
    why: "The server that runs it at start does not start, or starts on a half-migrated database.",
    mend: "Mend the statement that the server names; the message is the server's own.",
};

pub(super) static NUMBER_TWICE: Code = Code {
    name: "migration-number-twice",
    what: "Two migrations have the same number.",
    why: "Which one runs first depends on the rest of the name, and a tool that records numbers runs only one of them.",
    mend: "Give the one that came later a number of its own.",
};

pub(super) static NUMBER_MISSING: Code = Code {
    name: "migration-number-missing",
    what: "A migration has no number, or a number between two others is missing.",
    why: "Where numbers follow each other, a gap is a migration that was lost, or that stands in somebody else's branch.",
    mend: "Add the missing migration or renumber; where gaps are meant, drop `consecutive`.",
};

pub(super) static ORDER_DIFFERS: Code = Code {
    name: "migration-order-differs",
    what: "Sorted by bytes, a migration comes before one with a smaller number.",
    why: "Tools that sort by number and tools that sort by name apply the two in different orders.",
    mend: "Write the numbers with the same number of digits, or give the migration a later number.",
};

pub(super) static WITHOUT_DOWN: Code = Code {
    name: "migration-without-down",
    what: "A migration has nothing that undoes it.",
    why: "The release that brought it cannot be rolled back.",
    mend: "Write the file that undoes it, or name it under `irreversible` with the reason.",
};

pub(super) static DOWN_WITHOUT_UP: Code = Code {
    name: "down-without-migration",
    what: "A file undoes a migration that is not there.",
    why: "The migration was renamed, renumbered or removed alone; its like in some database can no longer be undone.",
    mend: "Rename or remove it together with its migration.",
};

pub(super) static DOWN_FAILS: Code = Code {
    name: "down-fails",
    what: "What undoes a migration does not apply right after it.",
    why: "A rollback that was never run fails when it is needed most.",
    mend: "Mend the statement that the server names; the message is the server's own.",
};

pub(super) static DOWN_INCOMPLETE: Code = Code {
    name: "down-incomplete",
    what: "What undoes a migration leaves another schema than the one before it.",
    why: "A release that was rolled back runs on a schema that nobody wrote down, and the next roll-forward may fail on what was left.",
    mend: "Undo what the diff shows: `-` is what was there before the migration, `+` is what is there after it was undone.",
};

pub(super) static LABEL_STAYS: Code = Code {
    name: "enum-label-stays",
    what: "A migration adds a label to an enum type, and what undoes it leaves the label there.",
    why: "PostgreSQL cannot drop a label; rows can still be written with a value that the older release does not know.",
    mend: "Make the type anew without the label and move the columns over, or name the migration under `irreversible` with the reason.",
};

pub(super) static UP_AGAIN_FAILS: Code = Code {
    name: "migration-fails-again",
    what: "A migration that was applied and undone cannot be applied once more, or leaves another schema then.",
    why: "After a rollback the release cannot be rolled forward again.",
    mend: "Let what undoes it leave nothing behind, data included, that the migration does not expect.",
};

pub(super) static NOT_REPEATABLE: Code = Code {
    name: "migration-not-repeatable",
    what: "A migration cannot be applied twice in a row, or changes something the second time.",
    why: "A tool that died between applying and recording it applies it again.",
    mend: "Write `IF NOT EXISTS` and its like; where migrations need not be repeatable, drop `repeatable`.",
};

pub(super) static IRREVERSIBLE_UNUSED: Code = Code {
    name: "irreversible-unused",
    what: "The gate calls a migration irreversible that is not there.",
    why: "An exemption that outlives its migration is ready for the next one of that name.",
    mend: "Delete it from `irreversible`.",
};

pub(crate) static TOO_FEW: Code = Code {
    name: "migrations-too-few",
    what: "There are no migrations, or fewer than the gate demands.",
    why: "An empty folder applies without an error; the gate would be green over nothing.",
    mend: "Restore the migrations, or mend `folder`, `files`, `up` or `min` in the gate.",
};

pub(super) static PROBE_ROWS: Code = Code {
    name: "probe-rows-differ",
    what: "A probe was answered with other rows than the gate says.",
    why: "Code relies on what the schema says; the schema says something else.",
    mend: "Mend the migration, or, where the new answer is the intended one, the gate.",
};

pub(super) static PROBE_NO_ERROR: Code = Code {
    name: "probe-not-refused",
    what: "The database accepted what the gate says it must refuse.",
    why: "A constraint that does not fire protects nothing; a mocked database would never have told.",
    mend: "Restore the constraint that refuses it.",
};

pub(super) static PROBE_OTHER_ERROR: Code = Code {
    name: "probe-refused-otherwise",
    what: "The database refused a probe with another error than the gate says.",
    why: "Code that tells errors apart by SQLSTATE or constraint takes this one for something else.",
    mend: "Mend the constraint, or, where the new error is the intended one, the gate.",
};

pub(super) static PROBE_FAILS: Code = Code {
    name: "probe-fails",
    what: "A probe that must be answered was refused.",
    why: "The statement that the code sends does not run on the schema that the migrations leave.",
    mend: "Mend the migration or the statement; the message is the server's own.",
};

pub(super) static PROBE_SETUP: Code = Code {
    name: "probe-setup-fails",
    what: "What a probe needs to be there could not be set up.",
    why: "The probe itself was never asked; what it protects is unknown.",
    mend: "Mend `setup`, or the migration that broke it.",
};

pub(super) static PROBE_HANGS: Code = Code {
    name: "probe-too-slow",
    what: "A probe was not answered within its time limit.",
    why: "What hangs here on an empty database hangs in life.",
    mend: "Mend what it waits for, or give it more time with `timeout`.",
};

pub(crate) static NOT_SQL: Code = Code {
    name: "migration-unreadable",
    what: "A migration is no file of text that can be sent to the database.",
    why: "Whoever reads it differently applies something else.",
    mend: "Make it a regular UTF-8 file without NUL bytes.",
};

pub(super) const CODES: &[&Code] = &[
    &crate::kinds::SUBJECT_MISSING,
    &MIGRATION_FAILS,
    &NUMBER_TWICE,
    &NUMBER_MISSING,
    &ORDER_DIFFERS,
    &WITHOUT_DOWN,
    &DOWN_WITHOUT_UP,
    &DOWN_FAILS,
    &DOWN_INCOMPLETE,
    &LABEL_STAYS,
    &UP_AGAIN_FAILS,
    &NOT_REPEATABLE,
    &IRREVERSIBLE_UNUSED,
    &TOO_FEW,
    &PROBE_ROWS,
    &PROBE_NO_ERROR,
    &PROBE_OTHER_ERROR,
    &PROBE_FAILS,
    &PROBE_SETUP,
    &PROBE_HANGS,
    &NOT_SQL,
    &super::server::SERVER_LOST,
    &super::server::SERVER_REFUSES,
];
