use tar::{GnuExtSparseHeader, Header};

use super::extensions::{Extensions, LARGEST};
use super::sparse::{MapText, SparseMap, add_gnu};
use super::tar_header::{BLOCK, Opened, bad, check_sum, field, opened, padding, path_of};
use super::{TarError, TarProblem};

/// An entry of an archive, with all that its extended headers say.
#[derive(Debug, Clone)]
pub struct Member<'a> {
    /// As the archive has it.
    pub path: &'a [u8],
    pub kind: MemberKind,
    /// The target of a link, as the archive has it; empty for anything else.
    pub link: &'a [u8],
    /// The lowest 12 bits of it.
    pub mode: u16,
    pub uid: u32,
    pub gid: u32,
    /// The length of the file in bytes, holes included.
    pub size: u64,
    /// Where its stored bytes begin in the archive.
    pub at: u64,
    /// How many bytes are stored.
    pub stored: u64,
}

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MemberKind {
    File,
    Folder,
    Symlink,
    /// Another name of a file that came before.
    HardLink,
    /// A device or a pipe.
    Special,
}

/// Who looks at the entries of an archive as they come by.
pub trait Visitor {
    /// An entry begins. Returns whether its content is wanted.
    ///
    /// # Errors
    /// What is wrong with it; reading ends there.
    fn member(&mut self, member: &Member<'_>) -> Result<bool, TarProblem>;

    /// Some of the content of an entry that is wanted, in order.
    ///
    /// # Errors
    /// When reading is to end here.
    fn data(&mut self, bytes: &[u8]) -> Result<(), TarProblem>;

    /// So many zeros of the content of an entry that is wanted.
    ///
    /// # Errors
    /// When reading is to end here.
    fn hole(&mut self, count: u64) -> Result<(), TarProblem>;

    /// The content of an entry that is wanted is whole.
    ///
    /// # Errors
    /// When reading is to end here.
    fn end(&mut self) -> Result<(), TarProblem>;
}

/// Reads a tar archive that comes in pieces of any size, in one pass and with little memory.
///
/// Headers are read with the crate `tar`. Its own iterator is not used: it reads long names and pax records
/// of any length into memory, ends pax records at line ends, knows no sparse files of the pax formats, and pulls
/// where images push. Where archives can be read in two ways, they are read as Go's
/// `archive/tar` does, for it is what unpacks images.
#[derive(Debug)]
pub struct TarStream {
    state: State,
    block: [u8; BLOCK],
    filled: usize,
    /// Whether the last block was one of the two zero ones that end an archive.
    half_ended: bool,
    extensions: Extensions,
    /// The entry that is read: its name, whether its content is wanted, and where its bytes belong.
    name: Vec<u8>,
    wanted: bool,
    sparse: Option<SparseMap>,
    /// How many bytes came.
    at: u64,
}

#[derive(Debug)]
enum State {
    Header,
    Extension {
        kind: u8,
        left: u64,
        padding: u64,
        bytes: Vec<u8>,
    },
    GnuMap(Opened, Vec<(u64, u64)>),
    PaxMap(Opened, MapText),
    Data {
        left: u64,
        padding: u64,
    },
    Padding(u64),
    End,
}

impl Default for TarStream {
    fn default() -> Self {
        Self {
            state: State::Header,
            block: [0; BLOCK],
            filled: 0,
            half_ended: false,
            extensions: Extensions::default(),
            name: Vec::new(),
            wanted: false,
            sparse: None,
            at: 0,
        }
    }
}

impl TarStream {
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes of the archive.
    ///
    /// # Errors
    /// What is wrong with the archive, or what the visitor says. Nothing more may be fed then.
    pub fn feed(&mut self, mut bytes: &[u8], visitor: &mut dyn Visitor) -> Result<(), TarError> {
        while !bytes.is_empty() {
            let used = self
                .step(bytes, visitor)
                .map_err(|problem| problem.of(&self.name))?;
            self.at += used as u64;
            bytes = &bytes[used..];
        }
        Ok(())
    }

    /// Whether the mark of the end has come. What follows it is not looked at.
    pub fn is_ended(&self) -> bool {
        matches!(self.state, State::End)
    }

    /// How many of the next bytes nobody wants, so that they need not be read.
    pub fn skippable(&self) -> u64 {
        match &self.state {
            State::Data { left, .. } if !self.wanted => *left,
            _ => 0,
        }
    }

    /// Leaves out so many bytes, no more than [`Self::skippable`].
    pub fn skip(&mut self, count: u64) {
        if let State::Data { left, padding } = &mut self.state {
            let count = count.min(*left);
            *left -= count;
            self.at += count;
            if *left == 0 {
                self.state = after(*padding);
                self.sparse = None;
            }
        }
    }

    /// The archive ended here.
    ///
    /// # Errors
    /// When it should not have. A missing end marker is forgiven, as by everybody.
    pub fn finish(self) -> Result<(), TarError> {
        let is_whole = match self.state {
            State::Header => self.filled == 0 && !self.extensions.open,
            State::End => true,
            _ => false,
        };
        if is_whole {
            return Ok(());
        }
        Err(TarProblem::Truncated.of(&self.name))
    }

    fn step(&mut self, bytes: &[u8], visitor: &mut dyn Visitor) -> Result<usize, TarProblem> {
        match &mut self.state {
            State::End => Ok(bytes.len()),
            State::Padding(left) => {
                let used = at_most(bytes, *left);
                *left -= used as u64;
                if *left == 0 {
                    self.state = State::Header;
                }
                Ok(used)
            }
            State::Extension {
                kind,
                left,
                padding,
                bytes: kept,
            } => {
                let used = at_most(bytes, *left);
                kept.extend_from_slice(&bytes[..used]);
                *left -= used as u64;
                if *left == 0 {
                    let (kind, padding, kept) = (*kind, *padding, std::mem::take(kept));
                    self.extensions.take(kind, &kept)?;
                    self.state = after(padding);
                }
                Ok(used)
            }
            State::Data { left, padding } => {
                let used = at_most(bytes, *left);
                *left -= used as u64;
                let (ended, padding) = (*left == 0, *padding);
                if self.wanted {
                    self.content(&bytes[..used], visitor)?;
                }
                if ended {
                    self.end(visitor)?;
                    self.state = after(padding);
                }
                Ok(used)
            }
            State::Header | State::GnuMap(..) | State::PaxMap(..) => {
                let used = at_most(bytes, (BLOCK - self.filled) as u64);
                self.block[self.filled..self.filled + used].copy_from_slice(&bytes[..used]);
                self.filled += used;
                if self.filled == BLOCK {
                    self.filled = 0;
                    // The block ends here; what it announces begins after it.
                    self.at += used as u64;
                    let done = self.whole_block(visitor);
                    self.at -= used as u64;
                    done?;
                }
                Ok(used)
            }
        }
    }

    fn whole_block(&mut self, visitor: &mut dyn Visitor) -> Result<(), TarProblem> {
        match std::mem::replace(&mut self.state, State::Header) {
            State::GnuMap(mut opened, mut pieces) => {
                let mut header = GnuExtSparseHeader::new();
                header.as_mut_bytes().copy_from_slice(&self.block);
                add_gnu(&mut pieces, header.sparse())?;
                if header.is_extended() {
                    self.state = State::GnuMap(opened, pieces);
                    return Ok(());
                }
                self.open_sparse(&mut opened, pieces, visitor)
            }
            State::PaxMap(mut opened, mut text) => match text.take(&self.block)? {
                Some(pieces) => {
                    opened.stored = opened.stored.checked_sub(text.taken).ok_or_else(|| {
                        TarProblem::BadSparse("the map is longer than the entry".to_owned())
                    })?;
                    self.open_sparse(&mut opened, pieces, visitor)
                }
                None if text.taken >= opened.stored => Err(TarProblem::BadSparse(
                    "the map is longer than the entry".to_owned(),
                )),
                None => {
                    self.state = State::PaxMap(opened, text);
                    Ok(())
                }
            },
            _ => self.header(visitor),
        }
    }

    fn header(&mut self, visitor: &mut dyn Visitor) -> Result<(), TarProblem> {
        if self.block.iter().all(|byte| *byte == 0) {
            if self.extensions.open {
                return Err(TarProblem::Truncated);
            }
            if self.half_ended {
                self.state = State::End;
            }
            self.half_ended = true;
            return Ok(());
        }
        let block = self.block;
        let header = Header::from_byte_slice(&block);
        self.name = header.path_bytes().into_owned();
        if self.half_ended {
            return Err(bad("it follows the end of the archive"));
        }
        check_sum(header)?;
        let kind = header.as_old().linkflag[0];
        let stored = field(&header.as_old().size, || header.entry_size())?;
        if stored > i64::MAX as u64 {
            return Err(bad("its size is negative"));
        }
        let padding = padding(stored);
        match kind {
            b'L' | b'K' | b'x' => {
                if stored > LARGEST {
                    return Err(TarProblem::ExtensionTooLarge(stored));
                }
                self.extensions.open = true;
                self.state = State::Extension {
                    kind,
                    left: stored,
                    padding,
                    bytes: Vec::new(),
                };
                if stored == 0 {
                    self.extensions.take(kind, &[])?;
                    self.state = State::Header;
                }
                return Ok(());
            }
            // What unpacks images reads over global headers, and so do all whose images these are.
            b'g' => {
                self.extensions = Extensions::default();
                self.wanted = false;
                self.state = data(stored, padding);
                return Ok(());
            }
            _ => {}
        }
        let extensions = std::mem::take(&mut self.extensions);
        extensions.check()?;
        self.name = path_of(header, &extensions);
        let mut opened = opened(header, kind, stored, &extensions, &self.name)?;
        if kind == b'S' {
            // Sparse in two ways at once.
            extensions.sparse.is_sparse(false)?;
            let gnu = header
                .as_gnu()
                .ok_or_else(|| bad("a sparse file without a GNU header"))?;
            opened.size = gnu.real_size().map_err(|error| bad(error.to_string()))?;
            let mut pieces = Vec::new();
            add_gnu(&mut pieces, &gnu.sparse)?;
            if gnu.is_extended() {
                self.state = State::GnuMap(opened, pieces);
                return Ok(());
            }
            return self.open_sparse(&mut opened, pieces, visitor);
        }
        let is_file = opened.special.is_none();
        if extensions.sparse.is_sparse(is_file)? {
            opened.size = extensions.sparse.size()?;
            if extensions.sparse.is_in_data() {
                if opened.stored < BLOCK as u64 {
                    return Err(TarProblem::BadSparse("it has no map".to_owned()));
                }
                self.state = State::PaxMap(opened, MapText::default());
                return Ok(());
            }
            let pieces = extensions.sparse.pieces()?;
            return self.open_sparse(&mut opened, pieces, visitor);
        }
        self.open(&opened, visitor)
    }

    fn open_sparse(
        &mut self,
        opened: &mut Opened,
        pieces: Vec<(u64, u64)>,
        visitor: &mut dyn Visitor,
    ) -> Result<(), TarProblem> {
        let map = SparseMap::new(pieces, opened.size, opened.stored)?;
        opened.size = map.size();
        self.sparse = Some(map);
        self.open(opened, visitor)
    }

    fn open(&mut self, opened: &Opened, visitor: &mut dyn Visitor) -> Result<(), TarProblem> {
        self.wanted = visitor.member(&Member {
            path: &opened.path,
            kind: opened.special.unwrap_or(MemberKind::File),
            link: &opened.link,
            mode: opened.mode,
            uid: opened.uid,
            gid: opened.gid,
            size: opened.size,
            at: self.at,
            stored: opened.stored,
        })?;
        self.state = data(opened.stored, opened.padding);
        if opened.stored == 0 {
            self.end(visitor)?;
        }
        Ok(())
    }

    fn content(&mut self, mut bytes: &[u8], visitor: &mut dyn Visitor) -> Result<(), TarProblem> {
        let Some(sparse) = &mut self.sparse else {
            return visitor.data(bytes);
        };
        while !bytes.is_empty() {
            let (hole, length) = sparse.next_piece();
            if hole > 0 {
                visitor.hole(hole)?;
            }
            let used = at_most(bytes, length);
            if used == 0 {
                // The map was checked to be as long as what is stored.
                return Err(TarProblem::BadSparse("it is too short".to_owned()));
            }
            visitor.data(&bytes[..used])?;
            sparse.given(used as u64);
            bytes = &bytes[used..];
        }
        Ok(())
    }

    fn end(&mut self, visitor: &mut dyn Visitor) -> Result<(), TarProblem> {
        let sparse = self.sparse.take();
        if !self.wanted {
            return Ok(());
        }
        self.wanted = false;
        if let Some(mut sparse) = sparse {
            let (hole, _) = sparse.next_piece();
            if hole > 0 {
                visitor.hole(hole)?;
            }
        }
        visitor.end()
    }
}

fn at_most(bytes: &[u8], left: u64) -> usize {
    usize::try_from(left).map_or(bytes.len(), |left| left.min(bytes.len()))
}

fn data(left: u64, padding: u64) -> State {
    if left == 0 {
        after(padding)
    } else {
        State::Data { left, padding }
    }
}

fn after(padding: u64) -> State {
    if padding == 0 {
        State::Header
    } else {
        State::Padding(padding)
    }
}
