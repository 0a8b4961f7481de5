use std::collections::BTreeMap;

use super::chmod::Chmod;
use super::{ArgUse, Note, Place};

/// A Dockerfile with every variable expanded: what the needed stages do, in order.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) args: BTreeMap<String, ArgUse>,
    /// The stages that the target needs, by index.
    pub(super) stages: BTreeMap<usize, Stage>,
    pub(super) target: usize,
}

#[derive(Debug)]
pub(super) struct Stage {
    pub(super) at: Place,
    pub(super) name: Option<String>,
    /// The base as the file has it after expansion.
    pub(super) base_text: String,
    pub(super) base: StageBase,
    pub(super) steps: Vec<Step>,
    pub(super) env: BTreeMap<String, String>,
    pub(super) workdir: Workdir,
    pub(super) user: Option<String>,
    pub(super) notes: Vec<Note>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum StageBase {
    Scratch,
    Stage(usize),
    Image(String),
}

/// The working directory: absolute and clean, or why it is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Workdir {
    Known(String),
    Unknown(String),
}

#[derive(Debug)]
pub(super) struct Step {
    pub(super) at: Place,
    pub(super) text: String,
    pub(super) kind: StepKind,
}

#[derive(Debug)]
pub(super) enum StepKind {
    Copy(Copy),
    Run(Run),
    /// `WORKDIR` makes the folder.
    Workdir(Workdir),
}

#[derive(Debug)]
pub(super) struct Copy {
    pub(super) is_add: bool,
    pub(super) from: CopyFrom,
    pub(super) sources: Vec<CopySource>,
    pub(super) dest: Dest,
    pub(super) chmod: Option<Chmod>,
    pub(super) excludes: Vec<String>,
    pub(super) parents: bool,
    /// `--unpack`: `None` leaves it to the kind of instruction.
    pub(super) unpack: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum CopyFrom {
    Context,
    Stage(usize),
    /// An image, or a context that the build names.
    Image(String),
}

#[derive(Debug)]
pub(super) enum CopySource {
    Path { text: String, at: Place },
    Inline { name: String, body: String },
}

/// Where a copy goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Dest {
    Known {
        /// Absolute and clean.
        path: String,
        /// Written with a slash at its end (or as `.`): a folder.
        is_folder: bool,
    },
    /// Relative to a working directory that only the base image knows.
    Unknown(String),
}

#[derive(Debug)]
pub(super) struct Run {
    pub(super) command: RunCommand,
    pub(super) workdir: Workdir,
    /// The variables that its shell sees, as far as they are known.
    pub(super) env: BTreeMap<String, String>,
    /// Targets of `--mount`: what is written there is not in the image.
    pub(super) mounts: Vec<String>,
    /// Folders of the build context that are mounted: where, and which.
    pub(super) binds: Vec<(String, String)>,
    /// Names and bodies.
    pub(super) heredocs: Vec<(String, String)>,
    /// `SHELL` names something that is no POSIX shell.
    pub(super) foreign_shell: Option<String>,
}

#[derive(Debug)]
pub(super) enum RunCommand {
    Exec(Vec<String>),
    Shell(String),
}
