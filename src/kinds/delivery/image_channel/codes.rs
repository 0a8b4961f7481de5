use crate::gate::Code;

pub(crate) static IMAGE_MALFORMED: Code = Code {
    name: "image-malformed",
    what: "An image, its description or one of its layers cannot be read as what it says it is.",
    why: "Where one reader stops, another guesses; what was guessed has not been checked.",
    mend: "Build or save the image anew, and see that the archive was written to its end.",
};

pub(crate) static IMAGE_UNSAFE: Code = Code {
    name: "image-unsafe-entry",
    what: "A layer has an entry that no honest tool writes: a path out of the image, a link to nothing, one name twice.",
    why: "Programs that unpack images differ in what they make of it, and some write where they must not.",
    mend: "Find out what made the layer; do not run the image.",
};

pub(crate) static IMAGE_DIGEST_MISMATCH: Code = Code {
    name: "image-digest-mismatch",
    what: "A part of an image does not have the digest that the image's own description gives it.",
    why: "It was damaged or exchanged on its way; which image this is cannot be told.",
    mend: "Fetch or save the image anew; if it happens again, ask who can write to where it is kept.",
};

pub(crate) static IMAGE_LIMIT: Code = Code {
    name: "image-limit",
    what: "An image is larger, has more entries, or unpacks to more than the gate allows.",
    why: "A small archive can unpack to more than any machine has; that is how such archives are used.",
    mend: "If the image is meant to be like that, raise the limit in `limits` of the gate.",
};

pub(crate) static IMAGE_UNSUPPORTED: Code = Code {
    name: "image-unsupported",
    what: "An image is of a format, or a layer is compressed or encrypted in a way, that is not read.",
    why: "What is not read has not been checked.",
    mend: "Save it as an OCI or Docker archive with layers that are plain, or packed with gzip or zstd.",
};

pub(crate) static IMAGE_CHOICE: Code = Code {
    name: "image-choice",
    what: "It cannot be told which image of several is meant, or the one that is meant is not among them.",
    why: "An archive or index of several images can be green for one platform and stale for all others.",
    mend: "Name the one that is meant with `platform` or `reference`, or gate each of them.",
};

pub(crate) static IMAGE_AMBIGUOUS: Code = Code {
    name: "image-ambiguous",
    what: "Programs that unpack the image differ in what it holds where the gate looks: a layer writes through a symlink of a layer below, has a whiteout after what it names, or a hard link with another mode or owner than its file.",
    why: "Docker's older stores, containerd and others each have a way of their own with it; the gate cannot know which one runs.",
    mend: "Let the build write to the path that a symlink leads to, whiteouts before files, and all names of a file with the same mode and owner.",
};

pub(crate) static IMAGE_REFUSED: Code = Code {
    name: "image-refused",
    what: "The Docker daemon or the registry answered, and does not give the image out.",
    why: "Without permission nothing was seen; that is not the same as an image that is not there.",
    mend: "Give the gate credentials that may read the image, or name the right one.",
};

pub(crate) static IMAGE_UNREACHABLE: Code = Code {
    name: "image-unreachable",
    what: "The Docker daemon or the registry that holds the image did not answer.",
    why: "No answer is not an image without drift.",
    mend: "Start the daemon, or see to the network; `driftgate doctor` says what this machine can check.",
};

pub(crate) static IMAGE_BUILD_FAILED: Code = Code {
    name: "image-build-failed",
    what: "The image that the gate is to look at could not be built.",
    why: "There is nothing to look at.",
    mend: "Mend the build; the end of what it said stands in the message.",
};

pub(crate) static OWNER_DIFFERS: Code = Code {
    name: "owner-differs",
    what: "Something that was delivered belongs to another user or group than the gate expects.",
    why: "Whoever owns a file may change it; and a service that does not own its configuration may not read it.",
    mend: "Deliver it with the owner that is expected (`COPY --chown`), or mend `owner`.",
};

pub(crate) static PERMISSIONS_DIFFER: Code = Code {
    name: "permissions-differ",
    what: "A file or folder that was delivered has other permissions than the gate expects.",
    why: "Whoever may write a file decides what it says; with its setuid bit a program runs as whoever owns it.",
    mend: "Deliver it with the mode that is expected (`COPY --chmod`), or mend `permissions`.",
};

pub(crate) static LABEL_DIFFERS: Code = Code {
    name: "label-differs",
    what: "A label of the image is missing or has another value than the gate expects.",
    why: "Clean-up, updates and audits find images by their labels.",
    mend: "Set the label in the build, or mend `labels`.",
};

pub(crate) static ENTRYPOINT_DIFFERS: Code = Code {
    name: "entrypoint-differs",
    what: "The entrypoint of the image is not the expected one.",
    why: "All files can be right while something else is started.",
    mend: "Mend the `ENTRYPOINT`, or the gate's expectation.",
};

pub(crate) static CMD_DIFFERS: Code = Code {
    name: "cmd-differs",
    what: "The default command of the image is not the expected one.",
    why: "All files can be right while something else is started.",
    mend: "Mend the `CMD`, or the gate's expectation.",
};

pub(crate) static ENV_DIFFERS: Code = Code {
    name: "env-differs",
    what: "A variable of the image's environment is missing or has another value than the gate expects. Values are not shown.",
    why: "What a program does is decided by its environment as much as by its files.",
    mend: "Mend the `ENV`, or the gate's expectation.",
};

pub(crate) static USER_DIFFERS: Code = Code {
    name: "user-differs",
    what: "The user that the image runs as is not the expected one.",
    why: "An image that runs as root where it should not gives away the machine with the service.",
    mend: "Mend the `USER`, or the gate's expectation.",
};

pub(crate) static WORKDIR_DIFFERS: Code = Code {
    name: "workdir-differs",
    what: "The working directory of the image is not the expected one.",
    why: "Relative paths of the entrypoint then mean other files.",
    mend: "Mend the `WORKDIR`, or the gate's expectation.",
};

pub(crate) static FORBIDDEN_FILE: Code = Code {
    name: "forbidden-file",
    what: "A layer of the image holds a file, anywhere in it, that the gate forbids.",
    why: "Keys, tokens and caches that got into an image go wherever the image goes.",
    mend: "Keep it out of the build, and change what is secret in it; a later layer that removes it does not take it out of the one below.",
};

pub(crate) static FORBIDDEN_ENV: Code = Code {
    name: "forbidden-env",
    what: "The image sets a variable, or was built with an argument, that the gate forbids. Its value is not shown.",
    why: "Whoever can pull the image can read its environment and its history.",
    mend: "Give secrets at run time, or as build secrets; and change this one, for it is known now.",
};

pub(crate) static BUILD_DIFFERS: Code = Code {
    name: "build-differs",
    what: "The image that was built holds something else than reading its Dockerfile says.",
    why: "One of the two is wrong about what is delivered, and a gate that looks at one of them alone is green.",
    mend: "See which of them is right; a step that runs a program, or a base image, can write unseen.",
};

/// All codes of this channel.
pub(crate) const IMAGE_CODES: &[&Code] = &[
    &IMAGE_MALFORMED,
    &IMAGE_UNSAFE,
    &IMAGE_DIGEST_MISMATCH,
    &IMAGE_LIMIT,
    &IMAGE_UNSUPPORTED,
    &IMAGE_CHOICE,
    &IMAGE_AMBIGUOUS,
    &IMAGE_REFUSED,
    &IMAGE_UNREACHABLE,
    &IMAGE_BUILD_FAILED,
    &OWNER_DIFFERS,
    &PERMISSIONS_DIFFER,
    &LABEL_DIFFERS,
    &ENTRYPOINT_DIFFERS,
    &CMD_DIFFERS,
    &ENV_DIFFERS,
    &USER_DIFFERS,
    &WORKDIR_DIFFERS,
    &FORBIDDEN_FILE,
    &FORBIDDEN_ENV,
    &BUILD_DIFFERS,
];
