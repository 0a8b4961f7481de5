use super::Place;
use super::heredoc::RunHeredoc;

/// A Dockerfile as it is written, before any expansion.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) escape: char,
    /// The `ARG`s before the first `FROM`.
    pub(super) global_args: Vec<Word>,
    pub(super) stages: Vec<RawStage>,
}

/// A text and where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) at: Place,
}

#[derive(Debug)]
pub(super) struct RawStage {
    pub(super) at: Place,
    pub(super) image: Word,
    /// In lower case: stage names know no case.
    pub(super) name: Option<String>,
    pub(super) platform: Option<Word>,
    pub(super) steps: Vec<RawStep>,
}

#[derive(Debug)]
pub(super) struct RawStep {
    pub(super) at: Place,
    /// The beginning of the instruction, for reports.
    pub(super) text: String,
    pub(super) kind: RawKind,
}

#[derive(Debug)]
pub(super) enum RawKind {
    Arg(Word),
    Env(Word),
    Workdir(Word),
    User(Word),
    Shell(Vec<String>),
    Copy(RawCopy),
    Run(RawRun),
    Onbuild,
    Volume,
    /// An instruction that changes no file.
    Other,
}

#[derive(Debug)]
pub(super) struct RawCopy {
    /// `ADD`, which downloads and unpacks.
    pub(super) is_add: bool,
    pub(super) flags: Vec<RawFlag>,
    pub(super) sources: Vec<RawSource>,
    pub(super) dest: Word,
}

#[derive(Debug, Clone)]
pub(super) struct RawFlag {
    pub(super) name: String,
    pub(super) value: Option<String>,
    pub(super) at: Place,
}

#[derive(Debug)]
pub(super) enum RawSource {
    Path(Word),
    Heredoc {
        name: String,
        body: String,
        expand: bool,
        at: Place,
    },
}

#[derive(Debug)]
pub(super) struct RawRun {
    pub(super) flags: Vec<RawFlag>,
    pub(super) command: RawCommand,
    pub(super) heredocs: Vec<RunHeredoc>,
}

#[derive(Debug)]
pub(super) enum RawCommand {
    /// The words of the exec form.
    Exec(Vec<String>),
    /// The shell form, on one line.
    Shell(String),
}
