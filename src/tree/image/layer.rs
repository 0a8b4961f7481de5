use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::{ImageLimits, Member, MemberKind, TarError, TarProblem, TarStream, Visitor};
use crate::tree::{BlobHasher, BlobId, TreePath};

/// The largest file whose content is kept for evidence, and how much is kept of one layer.
const KEPT_FILE: u64 = 2 << 20;
const KEPT_LAYER: usize = 8 << 20;

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
    /// `limits`: what this layer may have. `known`: ids of contents that are elsewhere, so that
    /// they need not be kept.
    pub fn new(limits: ImageLimits, look: Look, known: Arc<HashSet<BlobId>>) -> Self {
        Self {
            stream: TarStream::new(),
            gather: Gather {
                limits,
                look,
                known,
                summary: LayerSummary::default(),
                kept_bytes: 0,
                current: None,
            },
        }
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

#[derive(Debug)]
struct Gather {
    limits: ImageLimits,
    look: Look,
    known: Arc<HashSet<BlobId>>,
    summary: LayerSummary,
    kept_bytes: usize,
    current: Option<Current>,
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
        if number >= limits.entries {
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
        if summary.text.len() > limits.names() {
            return Err(TarProblem::NamesTooLong(limits.names()));
        }
        summary.bytes = summary.bytes.saturating_add(member.size);
        if summary.bytes > limits.bytes {
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
            let room = KEPT_LAYER.saturating_sub(self.kept_bytes) as u64;
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
