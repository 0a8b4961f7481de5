use crate::gate::Code;

pub(super) static TIMED_OUT: Code = Code {
    name: "timed-out",
    what: "The gate gave no verdict within its time limit.",
    why: "A gate that hangs is a gate that nobody waits for; without an answer nothing was checked.",
    mend: "Find out what is slow, or give the gate more time with `timeout`.",
};

pub(super) static INTERRUPTED: Code = Code {
    name: "interrupted",
    what: "The run was interrupted before the gate gave a verdict.",
    why: "Half a look is no look.",
    mend: "Run it again.",
};

pub(super) static HARNESS_BUG: Code = Code {
    name: "harness-bug",
    what: "The code that checks this gate broke down.",
    why: "A gate whose check breaks down has checked nothing. This is a bug in driftgate, never in what it checks.",
    mend: "Report it with the gate file and the message; the other gates' verdicts hold.",
};

/// The codes that the engine itself reports, for any gate.
pub const CODES: &[&Code] = &[&TIMED_OUT, &INTERRUPTED, &HARNESS_BUG];
