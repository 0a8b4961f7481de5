use crate::gate::Code;

pub(crate) static CANCELLED: Code = Code {
    name: "cancelled",
    what: "The gate was stopped before it had looked at everything.",
    why: "Half a look is no look; the verdict would be a guess.",
    mend: "Give the gate more time with `timeout`, or find out what is slow with `--jobs 1`.",
};

pub(crate) static SOURCE_UNKNOWN: Code = Code {
    name: "source-unknown",
    what: "A gate names a source that the manifest does not have.",
    why: "A gate that lost its source compares nothing.",
    mend: "Name an entry of the manifest, or retire the gate in the same commit that removes the entry.",
};

pub(crate) static NO_RUNTIME: Code = Code {
    name: "no-runtime",
    what: "The system gave no threads for waiting on answers.",
    why: "Nothing that runs could be asked anything.",
    mend: "Raise the limit on threads of the user or the container.",
};

/// The codes that any gate can end with, for what is outside of it.
pub const CODES: &[&Code] = &[&CANCELLED, &NO_RUNTIME, &SOURCE_UNKNOWN];
