use crate::gate::Code;

/// Shared by every kind whose gates name a thing in the checkout.
pub static SUBJECT_MISSING: Code = Code {
    name: "subject-missing",
    what: "The thing that a gate checks is not there any more.",
    why: "A gate without its subject checks nothing; skipped in silence it would look green for ever.",
    mend: "If it was renamed, name it anew in the gate; if it was retired, retire the gate in the same commit.",
};
