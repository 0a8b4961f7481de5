use bstr::{BString, ByteSlice};

use crate::tree::PathError;

/// What is wrong with a layer, and at which of its entries.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{problem}", .entry.as_ref().map(|entry| format!("entry `{}` ", shown(entry))).unwrap_or_default())]
pub struct TarError {
    /// The name as the archive has it; `None` where it is about no entry.
    pub entry: Option<BString>,
    pub problem: TarProblem,
}

/// What is wrong with an entry of a tar archive. The text goes on where "entry `x`" ends.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TarProblem {
    // An archive that is none, or not a whole one.
    #[error("is cut off: the archive ends in the middle of it")]
    Truncated,
    #[error("has a header that is damaged: {0}")]
    BadHeader(String),
    #[error("has an extended header that is damaged: {0}")]
    BadExtension(String),
    #[error("has a map of a sparse file that makes no sense: {0}")]
    BadSparse(String),
    #[error("is of the type `{0}`, which is not known")]
    UnknownType(char),

    // Entries that no honest tool writes.
    #[error("has an absolute path")]
    Absolute,
    #[error("leads out of the image with `..`")]
    Parent,
    #[error("has a NUL byte in its path")]
    Nul,
    #[error("is there twice in one layer")]
    Duplicate,
    #[error("stands below something that is no folder")]
    NotAFolder,
    #[error("is the root of the image, and no folder")]
    Root,
    #[error("is a hard link to `{}`, which is not there", shown(.0))]
    HardLinkNowhere(BString),
    #[error("is a hard link to `{}`, which is a folder", shown(.0))]
    HardLinkToFolder(BString),
    #[error("is reached through a symlink that leads out of the image")]
    LinkOutside,
    #[error("is reached through symlinks that lead in a circle")]
    LinkLoop,
    #[error("is a whiteout of nothing")]
    EmptyWhiteout,

    // Too much of it.
    #[error("is one more than the {0} entries that the gate allows")]
    TooManyEntries(u32),
    #[error("makes the names longer than {0} bytes in all, which is what so many entries may have")]
    NamesTooLong(usize),
    #[error("has a path of {0} bytes, and no file system takes more than 4096")]
    PathTooLong(usize),
    #[error("has an extended header of {0} bytes, and more than 1 MiB is not read")]
    ExtensionTooLarge(u64),
    #[error("makes the image larger than the {0} bytes that the gate allows")]
    TooLarge(u64),
    #[error("brings the holes of files to {zeros} bytes, more than {ratio} times what is stored")]
    TooManyZeros { zeros: u64, ratio: u32 },
    #[error("was not read to its end")]
    Interrupted,
}

/// The sort of answer that a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gravity {
    /// It cannot be read.
    Malformed,
    /// It can be read, and means harm, or would if anybody unpacked it.
    Unsafe,
    /// It is too much.
    Limit,
}

impl TarProblem {
    pub(super) fn of(self, entry: &[u8]) -> TarError {
        TarError {
            entry: Some(entry.into()),
            problem: self,
        }
    }

    /// Whether it is malformed, unsafe or too much.
    pub fn gravity(&self) -> Gravity {
        match self {
            Self::Truncated
            | Self::BadHeader(_)
            | Self::BadExtension(_)
            | Self::BadSparse(_)
            | Self::UnknownType(_) => Gravity::Malformed,
            Self::Absolute
            | Self::Parent
            | Self::Nul
            | Self::Duplicate
            | Self::NotAFolder
            | Self::Root
            | Self::HardLinkNowhere(_)
            | Self::HardLinkToFolder(_)
            | Self::LinkOutside
            | Self::LinkLoop
            | Self::EmptyWhiteout => Gravity::Unsafe,
            Self::TooManyEntries(_)
            | Self::NamesTooLong(_)
            | Self::PathTooLong(_)
            | Self::ExtensionTooLarge(_)
            | Self::TooLarge(_)
            | Self::TooManyZeros { .. }
            | Self::Interrupted => Gravity::Limit,
        }
    }
}

impl From<PathError> for TarProblem {
    fn from(error: PathError) -> Self {
        match error {
            PathError::Absolute(_) => Self::Absolute,
            PathError::Parent(_) => Self::Parent,
            PathError::Nul(_) => Self::Nul,
        }
    }
}

/// How much of a name messages show, in characters.
const SHOWN: usize = 200;

/// A name that an archive made up, fit for a terminal: control characters are written out, and it
/// is as long as one can read.
fn shown(name: &BString) -> String {
    let mut shown = String::new();
    for (count, c) in name.to_str_lossy().chars().enumerate() {
        if count == SHOWN {
            shown.push('…');
            break;
        }
        if c.is_control() {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}
