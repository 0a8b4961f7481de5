use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::{ImageLimits, Member, MemberKind, Taken, TarError, TarProblem, TarStream, Visitor};
use crate::tree::{BlobHasher, BlobId, TreePath};

/// The largest file whose content is kept for evidence, and how much is kept of a layer and of an image.
const KEPT_FILE: u64 = 2 << 20;
const KEPT_LAYER: usize = 8 << 20;
const KEPT_IMAGE: usize = 16 << 20;

/// Says whether reading is to stop at once.
pub type Stopper = Arc<dyn Fn() -> bool + Send + Sync>;

/// Which files of a layer are hashed: those whose content can matter.
#[derive(Debug, Clone)]
pub enum Look {
    /// Those at or below a path.
    Under(TreePath),
    /// Those of these numbers, in the order of the layer.
    Entries(HashSet<u32>),
}

/// What a layer holds: its entries in their order, and the ids of the files that were hashed. About 40
/// bytes an entry, and its name.
#[derive(Debug, Clone, Default)]
pub struct LayerSummary {
    entries: Vec<Entry>,
    text: Vec<u8>,
    pub(super) ids: BTreeMap<u32, BlobId>,
    pub(super) kept: BTreeMap<u32, Arc<[u8]>>,
    /// The length of all files, holes included.
    bytes: u64,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    path: (u32, u32),
    link: u32,
    kind: MemberKind,
    mode: u16,
    uid: u32,
    gid: u32,
    size: u64,
}

impl LayerSummary {
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The length of all files in bytes, holes included.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// What it took of what the image may take.
    pub fn taken(&self) -> Taken {
        Taken {
            entries: u32::try_from(self.entries.len()).unwrap_or(u32::MAX),
            names: self.text.len(),
            bytes: self.bytes,
            kept: self.kept.values().map(|kept| kept.len()).sum(),
        }
    }

    /// The entries as they were, with their paths cleaned.
    pub(super) fn entries(&self) -> impl Iterator<Item = Member<'_>> {
        self.entries.iter().map(|entry| {
            let text = |from: u32, length: u32| {
                let from = from as usize;
                self.text
                    .get(from..from + length as usize)
                    .unwrap_or_default()
            };
            let (from, length) = entry.path;
            Member {
                path: text(from, length),
                kind: entry.kind,
                link: text(from + length, entry.link),
                mode: entry.mode,
                uid: entry.uid,
                gid: entry.gid,
                size: entry.size,
                at: 0,
                stored: entry.size,
            }
        })
    }
}

/// Reads a layer that comes in pieces, in one pass.
#[derive(Debug)]
pub struct LayerReader {
    stream: TarStream,
    gather: Gather,
}

impl LayerReader {
    /// `limits`: what the image may have, of which the layers before took `before`. `known`: ids of contents that
    /// are elsewhere, so that they need not be kept.
    pub fn new(
        limits: ImageLimits,
        before: Taken,
        look: Look,
        known: Arc<HashSet<BlobId>>,
    ) -> Self {
        Self {
            stream: TarStream::new(),
            gather: Gather {
                limits,
                before,
                look,
                known,
                summary: LayerSummary::default(),
                kept_bytes: 0,
                current: None,
                zeros: 0,
                zeros_allowed: ImageLimits::FREE,
                stopper: None,
            },
        }
    }

    /// Asks `stopper` where much is worked out that does not come from the stream: holes.
    #[must_use]
    pub fn stopping(mut self, stopper: Stopper) -> Self {
        self.gather.stopper = Some(stopper);
        self
    }

    /// How many bytes of holes may be hashed from here on, those that were among them.
    pub fn allow_zeros(&mut self, bytes: u64) {
        self.gather.zeros_allowed = bytes;
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// What is wrong with the layer.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<(), TarError> {
        self.stream.feed(bytes, &mut self.gather)
    }

    /// The layer ended here.
    ///
    /// # Errors
    /// When it should not have.
    pub fn finish(self) -> Result<LayerSummary, TarError> {
        self.stream.finish()?;
        Ok(self.gather.summary)
    }
}

struct Gather {
    limits: ImageLimits,
    before: Taken,
    look: Look,
    known: Arc<HashSet<BlobId>>,
    summary: LayerSummary,
    kept_bytes: usize,
    current: Option<Current>,
    /// Bytes of holes in files that are hashed, and how many there may be.
    zeros: u64,
    zeros_allowed: u64,
    stopper: Option<Stopper>,
}

impl std::fmt::Debug for Gather {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Gather({:?})", self.summary)
    }
}

/// The file that is hashed.
struct Current {
    number: u32,
    hasher: BlobHasher,
    /// Its content, where it is small enough.
    kept: Option<Vec<u8>>,
}

impl std::fmt::Debug for Current {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Current({})", self.number)
    }
}

impl Visitor for Gather {
    fn member(&mut self, member: &Member<'_>) -> Result<bool, TarProblem> {
        let limits = &self.limits;
        let number = u32::try_from(self.summary.entries.len()).unwrap_or(u32::MAX);
        if number >= limits.entries.saturating_sub(self.before.entries) {
            return Err(TarProblem::TooManyEntries(limits.entries));
        }
        let path = TreePath::new(member.path)?;
        let longest = path.as_bytes().len().max(member.link.len());
        if longest > ImageLimits::PATH {
            return Err(TarProblem::PathTooLong(longest));
        }
        let summary = &mut self.summary;
        let from = summary.text.len();
        summary.text.extend_from_slice(path.as_bytes());
        summary.text.extend_from_slice(member.link);
        if summary.text.len().saturating_add(self.before.names) > limits.names() {
            return Err(TarProblem::NamesTooLong(limits.names()));
        }
        summary.bytes = summary.bytes.saturating_add(member.size);
        if summary.bytes.saturating_add(self.before.bytes) > limits.bytes {
            return Err(TarProblem::TooLarge(limits.bytes));
        }
        let short = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        summary.entries.push(Entry {
            path: (short(from), short(path.as_bytes().len())),
            link: short(member.link.len()),
            kind: member.kind,
            mode: member.mode,
            uid: member.uid,
            gid: member.gid,
            size: member.size,
        });
        let is_wanted = member.kind == MemberKind::File
            && match &self.look {
                Look::Under(top) => path.is_within(top),
                Look::Entries(numbers) => numbers.contains(&number),
            };
        if is_wanted {
            self.zeros = self
                .zeros
                .saturating_add(member.size.saturating_sub(member.stored));
            if self.zeros > self.zeros_allowed {
                return Err(TarProblem::TooManyZeros {
                    zeros: self.zeros,
                    ratio: self.limits.ratio,
                });
            }
            let of_image = KEPT_IMAGE.saturating_sub(self.before.kept);
            let room = KEPT_LAYER.min(of_image).saturating_sub(self.kept_bytes) as u64;
            self.current = Some(Current {
                number,
                hasher: BlobHasher::new(member.size),
                kept: (member.size <= KEPT_FILE.min(room)).then(Vec::new),
            });
        }
        Ok(is_wanted)
    }

    fn data(&mut self, bytes: &[u8]) -> Result<(), TarProblem> {
        if let Some(current) = &mut self.current {
            current.hasher.update(bytes);
            if let Some(kept) = &mut current.kept {
                kept.extend_from_slice(bytes);
            }
        }
        Ok(())
    }

    fn hole(&mut self, mut count: u64) -> Result<(), TarProblem> {
        const ZEROS: [u8; 8192] = [0; 8192];
        while count > 0 {
            if self.stopper.as_ref().is_some_and(|is_stopped| is_stopped()) {
                return Err(TarProblem::Interrupted);
            }
            let now = usize::try_from(count).map_or(ZEROS.len(), |count| count.min(ZEROS.len()));
            self.data(&ZEROS[..now])?;
            count -= now as u64;
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), TarProblem> {
        if let Some(current) = self.current.take() {
            let id = current.hasher.finish();
            self.summary.ids.insert(current.number, id);
            if let Some(kept) = current.kept
                && !self.known.contains(&id)
            {
                self.kept_bytes += kept.len();
                self.summary.kept.insert(current.number, kept.into());
            }
        }
        Ok(())
    }
}
