use crate::gate::Code;

pub(super) static DOCKERFILE_UNREADABLE: Code = Code {
    name: "dockerfile-unreadable",
    what: "A Dockerfile, or the ignore file beside it, cannot be read as one.",
    why: "Which files an image would hold cannot be worked out from a file that does not parse.",
    mend: "Mend the line that is named; `docker build --check` shows the builder's own opinion.",
};

pub(super) static DOCKERFILE_UNRESOLVED: Code = Code {
    name: "dockerfile-unresolved",
    what: "A path or image name in a Dockerfile depends on a value that is not known without building.",
    why: "A guess about it could make the gate compare the wrong files and pass.",
    mend: "Give the `ARG` a default, or name its value under `build_args` in the gate.",
};

pub(super) static DOCKERFILE_UNSUPPORTED: Code = Code {
    name: "dockerfile-unsupported",
    what: "A Dockerfile uses something that driftgate cannot evaluate without building.",
    why: "Passing over it would leave files of the image unchecked.",
    mend: "Write it in a simpler way, or gate the built image instead of the Dockerfile.",
};

pub(super) static DOCKERFILE_NO_STAGE: Code = Code {
    name: "dockerfile-no-stage",
    what: "A stage that the gate or the Dockerfile names is not in the Dockerfile.",
    why: "The build would fail, and the image that the gate is about does not exist.",
    mend: "Correct the gate's `target`, or the `--from` that is named.",
};

pub(super) static DOCKERFILE_TOO_LARGE: Code = Code {
    name: "dockerfile-too-large",
    what: "A Dockerfile copies more files, or unpacks more, than driftgate evaluates.",
    why: "The limit keeps a mistake or an attack from exhausting memory; what is beyond it was not checked.",
    mend: "Copy less (an ignore file helps), or gate the built image instead.",
};

/// Reported for a step that the builder refuses.
pub static DOCKERFILE_BUILD_FAILS: Code = Code {
    name: "dockerfile-build-fails",
    what: "The builder would refuse a step of a Dockerfile.",
    why: "An image that cannot be built delivers nothing; an older one stays in use.",
    mend: "Correct the instruction that is named.",
};

/// The codes that evaluating a Dockerfile can end with.
pub const DOCKERFILE_CODES: &[&Code] = &[
    &DOCKERFILE_UNREADABLE,
    &DOCKERFILE_UNRESOLVED,
    &DOCKERFILE_UNSUPPORTED,
    &DOCKERFILE_NO_STAGE,
    &DOCKERFILE_TOO_LARGE,
    &DOCKERFILE_BUILD_FAILS,
];
