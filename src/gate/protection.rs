use super::{Code, SourceRef};

/// One thing that a gate promises to catch. `prove` plants its violation and demands the finding.
#[derive(Debug, Clone)]
pub struct Protection {
    /// Unique within the gate, stable between runs: `changed-byte: prompts/concierge.md`.
    pub name: String,
    /// The code that the planted violation must be reported with, and no other.
    pub expected: &'static Code,
    /// A path or name that the finding must mention, in a location or its message, so that the
    /// right code for the wrong thing does not count. Empty: any.
    pub mentions: String,
    /// The violation, or why it cannot be planted here (then the protection is unproved).
    pub plant: Result<Plant, String>,
}

/// Which tree a change is planted in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TreeRef {
    /// The checkout that is being gated.
    Root,
    /// The tree of a source.
    Source(SourceRef),
    /// What a delivery was found to hold, once it was received; by the delivery's name.
    Delivery(String),
}

/// One planted change. Paths are tree paths: `/`-separated, relative, bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Create or replace a regular file. Parents come into being with it.
    Write {
        path: Vec<u8>,
        bytes: Vec<u8>,
        executable: bool,
    },
    /// Create or replace a symbolic link.
    Symlink { path: Vec<u8>, target: Vec<u8> },
    /// Flip the executable bit of a file that is there.
    Chmod { path: Vec<u8>, executable: bool },
    /// Remove a file, or a folder with all that is below it.
    Remove { path: Vec<u8> },
    /// The tree itself is not to be had.
    Vanish,
}

impl Change {
    pub fn write(path: impl AsRef<[u8]>, bytes: impl Into<Vec<u8>>) -> Self {
        Self::Write {
            path: path.as_ref().to_vec(),
            bytes: bytes.into(),
            executable: false,
        }
    }

    pub fn remove(path: impl AsRef<[u8]>) -> Self {
        Self::Remove {
            path: path.as_ref().to_vec(),
        }
    }
}

/// A way in which a running system can be told to be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// As the system is told it.
    pub name: &'static str,
    /// What is to catch it, as the kind names it.
    pub aim: &'static str,
}

/// A layer that is put over the image of a delivery, and is read like the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImagePatch {
    /// The delivery, as the gate names it.
    pub delivery: String,
    /// A tar archive.
    pub layer: Vec<u8>,
    /// The image's configuration from then on, as JSON; as it is without it.
    pub config: Option<Vec<u8>>,
    /// The digest that the layer is said to have; its own without it.
    pub digest: Option<String>,
}

/// What is made of what somebody outside answered after it was read, as if he had answered so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerPatch {
    /// What was asked, as the kind names it: a delivery, or what a document is about.
    pub of: String,
    pub change: AnswerChange,
}

/// How the answer is another one. All but a whole document and what is absent change the first thing that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnswerChange {
    /// This whole document, in place of all that is asked for one.
    Whole(Vec<u8>),
    /// With this status, and no body.
    Status(u16),
    /// With this body.
    Body {
        content_type: &'static str,
        bytes: Vec<u8>,
    },
    /// With less of a body than the answer announces.
    CutOff,
    /// With something else each time.
    Restless,
    /// With another body the second time, under the tag of the first.
    StaleTag,
    /// It says that what is asked for does not run.
    Down,
    /// It is that of something else which stands in for what is asked for.
    StandIn,
    /// Of what was listed, this is not there when it is asked for itself; by its path.
    Absent(Vec<u8>),
}

/// What makes one violation: changes of trees, a layer over an image, another answer from outside, or a
/// fault of the system that the gate looks at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plant {
    pub changes: Vec<(TreeRef, Change)>,
    pub image: Option<ImagePatch>,
    pub answer: Option<AnswerPatch>,
    pub fault: Option<Fault>,
}

impl Plant {
    pub fn changes(changes: Vec<(TreeRef, Change)>) -> Self {
        Self {
            changes,
            ..Self::default()
        }
    }

    pub fn image(patch: ImagePatch) -> Self {
        Self {
            image: Some(patch),
            ..Self::default()
        }
    }

    pub fn answer(of: impl Into<String>, change: AnswerChange) -> Self {
        let of = of.into();
        Self {
            answer: Some(AnswerPatch { of, change }),
            ..Self::default()
        }
    }

    pub fn fault(fault: Fault) -> Self {
        Self {
            fault: Some(fault),
            ..Self::default()
        }
    }

    pub fn in_root(change: Change) -> Self {
        Self::changes(vec![(TreeRef::Root, change)])
    }

    pub fn in_source(source: SourceRef, change: Change) -> Self {
        Self::changes(vec![(TreeRef::Source(source), change)])
    }

    #[must_use]
    pub fn and(mut self, tree: TreeRef, change: Change) -> Self {
        self.changes.push((tree, change));
        self
    }
}
