use crate::gate::Code;

pub(super) static STATE_UNUSABLE: Code = Code {
    name: "state-unusable",
    what: "What is about to be brought up cannot be written down first.",
    why: "What nobody wrote down, nobody can remove after a crash; so nothing is brought up.",
    mend: "Name a writable folder with DRIFTGATE_STATE, or mend the one that the message names.",
};

pub(super) static BACKEND_MISSING: Code = Code {
    name: "backend-missing",
    what: "This machine has nothing to bring the gate's systems up with.",
    why: "Without a database and a system to ask, nothing was checked.",
    mend: "Start a Docker daemon, or install the PostgreSQL server; `driftgate doctor` says what is there.",
};

pub(super) static DOCKER_UNREACHABLE: Code = Code {
    name: "docker-unreachable",
    what: "The Docker daemon gave no answer.",
    why: "Without it no container can be started or looked at.",
    mend: "Start the daemon, or mend DOCKER_HOST; a user needs to be allowed to use its socket.",
};

pub(super) static DOCKER_REFUSED: Code = Code {
    name: "docker-refused",
    what: "The Docker daemon answered, and did not do as it was asked.",
    why: "What could not be started cannot be checked.",
    mend: "The message holds the daemon's own reason.",
};

pub(super) static IMAGE_MISSING: Code = Code {
    name: "image-missing",
    what: "An image is not on this machine, and cannot be pulled.",
    why: "What cannot be started cannot be checked.",
    mend: "Pull or build the image, or name another one in the gate.",
};

pub(super) static POSTGRES_FAILED: Code = Code {
    name: "postgres-failed",
    what: "PostgreSQL refused to start, or ended again.",
    why: "Without a database nothing was checked.",
    mend: "The message holds its last words; the kept logs hold all of them.",
};

pub(super) static DATABASE_UNREACHABLE: Code = Code {
    name: "database-unreachable",
    what: "The database server gave no answer.",
    why: "Without it nothing was checked.",
    mend: "Start the server, or mend the URL in the variable that the gate names.",
};

pub(super) static DATABASE_REFUSED: Code = Code {
    name: "database-refused",
    what: "The database server answered, and let nobody in or did not do as it was asked.",
    why: "Without a database nothing was checked.",
    mend: "Mend the URL, the user or its rights.",
};

pub(super) static VARIABLE_MISSING: Code = Code {
    name: "variable-missing",
    what: "A variable that the gate names is not set.",
    why: "What it stands for (a URL, a token) cannot be guessed.",
    mend: "Set it where driftgate runs.",
};

pub(super) static NOT_READY: Code = Code {
    name: "not-ready",
    what: "Something that was started did not get ready in time.",
    why: "What is not ready gives no answers to check.",
    mend: "The kept logs tell what it was at; give it more time with `ready: {within: …}` if it is only slow.",
};

pub(super) static NOT_STARTED: Code = Code {
    name: "not-started",
    what: "Something could not be started, or ended before it was ready.",
    why: "What does not run cannot be checked.",
    mend: "The message holds its last words; the kept logs hold all of them.",
};

pub(super) static PORT_TAKEN: Code = Code {
    name: "port-taken",
    what: "A port was taken by somebody else, each time one was tried.",
    why: "What cannot listen cannot be asked.",
    mend: "End what takes the ports, or let the command take its port from `{{port}}`.",
};

pub(super) static BACKEND_UNFIT: Code = Code {
    name: "backend-unfit",
    what: "A system cannot be brought up by the chosen backend.",
    why: "A part left out would be a part not checked.",
    mend: "Give it what that backend needs, an image or a command, or choose the other backend.",
};

pub(super) static LEFTOVER: Code = Code {
    name: "leftover",
    what: "Something that a run brought up could not be removed.",
    why: "It uses up the machine, and may get in the way of the next run.",
    mend: "`driftgate reap` tries again; its ledger is kept until all of it is gone.",
};

/// The codes that gates over running systems can end with.
pub const CODES: &[&Code] = &[
    &STATE_UNUSABLE,
    &BACKEND_MISSING,
    &DOCKER_UNREACHABLE,
    &DOCKER_REFUSED,
    &IMAGE_MISSING,
    &POSTGRES_FAILED,
    &DATABASE_UNREACHABLE,
    &DATABASE_REFUSED,
    &VARIABLE_MISSING,
    &NOT_READY,
    &NOT_STARTED,
    &PORT_TAKEN,
    &BACKEND_UNFIT,
    &LEFTOVER,
];
