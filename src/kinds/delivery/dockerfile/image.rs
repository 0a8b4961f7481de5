use std::collections::BTreeMap;

use super::{ArgUse, Problem};
use crate::gate::Location;
use crate::tree::{Tree, TreePath};

/// What the final image would hold at or below [`super::Request::under`].
#[derive(Debug, Clone, Default)]
pub struct Image {
    /// Regular files and symlinks by image path (without the leading slash). Folders are not listed.
    pub files: BTreeMap<TreePath, ImageFile>,
    /// Steps that write, or may write, in a way that reading the Dockerfile cannot tell.
    pub opaque: Vec<OpaqueStep>,
    /// Where the build itself would fail or silently leave something out.
    pub problems: Vec<Problem>,
    /// What an ignore file kept out of a folder that was copied, in any stage that takes part. No
    /// problem in itself: it says why a file is missing.
    pub ignored: Vec<Ignored>,
    /// Every `ARG`, by name.
    pub args: BTreeMap<String, ArgUse>,
    /// The `ENV` of the final stage, as far as it is known.
    pub env: BTreeMap<String, String>,
    /// Absolute; `None` where only the base image knows.
    pub workdir: Option<String>,
    pub user: Option<String>,
    /// What the chain of `FROM` of the final stage begins from.
    pub base: Base,
    /// The stages that the final image needs, in the order of the file.
    pub stages: Vec<StageFacts>,
    /// Facts that change nothing about the files but that a reader may want to know (an `ONBUILD`,
    /// a `VOLUME`).
    pub notes: Vec<Note>,
}

/// Something that would have been copied with its folder if an ignore file did not name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignored {
    /// The source argument that names the folder.
    pub at: Place,
    /// Where it would have come in the stage that copies; a file or a folder.
    pub image_path: TreePath,
    /// Its path in the tree.
    pub path: TreePath,
    /// The ignore file, by its path in the tree.
    pub ignore_file: TreePath,
    /// The line of the pattern that decides, counted from 1.
    pub line: u32,
    pub pattern: String,
}

/// A stage that takes part in the build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageFacts {
    /// Counted from 0, as `COPY --from=0` does.
    pub index: usize,
    pub name: Option<String>,
    /// The base as the file has it after expansion.
    pub base: String,
    pub at: Place,
}

/// What an image begins from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Base {
    /// `FROM scratch`: every file is known.
    #[default]
    Scratch,
    /// An image that is not looked into.
    Image { reference: String, at: Place },
}

/// A place in the Dockerfile, line and column counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Place {
    pub line: u32,
    pub column: u32,
}

impl Place {
    /// The place as findings point at it.
    pub fn location(self, tree: &dyn Tree, dockerfile: &TreePath) -> Location {
        Location {
            line: Some(self.line),
            column: Some(self.column),
            ..tree.location(dockerfile)
        }
    }
}

/// A file (or symlink) of the image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageFile {
    pub origin: Origin,
    /// Whether it is executable, where the Dockerfile says so (`--chmod`, a heredoc's own mode);
    /// otherwise the mode of the origin holds.
    pub executable: Option<bool>,
    /// The source argument of the instruction that put it there (the instruction itself where it
    /// came as part of a stage).
    pub at: Place,
    /// What it replaced, oldest first.
    pub overwrote: Vec<Overwritten>,
}

/// A file that a later step replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overwritten {
    pub origin: Origin,
    pub at: Place,
}

/// Where the content of an image's file comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A file or symlink of [`super::Request::tree`], by its path there (not in the context).
    Context { path: TreePath },
    /// The text of a heredoc.
    Inline { bytes: Vec<u8> },
    /// A file of an archive that `ADD` unpacks.
    Archive {
        /// The archive's path in the tree.
        archive: TreePath,
        /// The path inside of it.
        member: TreePath,
        /// The bytes, for regular files.
        bytes: Vec<u8>,
    },
    /// A file or folder of an image that is no stage (`COPY --from=<image>`), which of the two
    /// cannot be known here.
    External { reference: String, path: TreePath },
    /// A file or folder that a stage has from its base image or from a `RUN`, which of the two
    /// cannot be known here.
    Built {
        /// Counted from 0.
        stage: usize,
        path: TreePath,
    },
    /// A download by `ADD`.
    Url { url: String },
    /// A clone by `ADD`.
    Git { url: String },
}

/// A step whose effect on files cannot be read off the Dockerfile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpaqueStep {
    pub at: Place,
    pub kind: OpaqueKind,
    /// The whole instruction, as [`normal`] writes it.
    pub text: String,
    /// The image paths under [`super::Request::under`] that it is seen to write; the last part of
    /// one may be a folder. Empty where it may write anywhere below.
    pub paths: Vec<TreePath>,
    /// `true` if everything that it can write under there is in `paths`: an allow-list that covers
    /// them covers the step.
    pub exact: bool,
    /// Why it is opaque, as a fragment.
    pub why: String,
}

/// What sort of step is opaque.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpaqueKind {
    Run,
    Copy,
    Add,
}

/// Something worth saying that changes no file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    pub at: Place,
    pub text: String,
}

/// How much of an instruction a report shows, in characters.
const SHOWN: usize = 200;

/// The text of an instruction without regard to how it is laid out: single spaces, no empty lines.
pub fn normal(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let words: Vec<_> = line.split_whitespace().collect();
        words.join(" ")
    });
    let lines: Vec<_> = lines.filter(|line| !line.is_empty()).collect();
    lines.join("\n")
}

/// As much of an instruction as a report shows, in one line.
pub fn shown(text: &str) -> String {
    let mut text = text.replace('\n', " ");
    if let Some((at, _)) = text.char_indices().nth(SHOWN) {
        text.truncate(at);
        text.push('…');
    }
    text
}
