use tar::GnuSparseHeader;

use super::TarProblem;
use super::extensions::decimal;

/// The most pieces of a sparse file that are kept: 1 MiB of them.
const MOST: usize = 1 << 16;

/// Where the bytes of a sparse file that the archive holds belong; between them it has zeros.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct SparseMap {
    /// Offset and length.
    pieces: Vec<(u64, u64)>,
    next: usize,
    /// How far the file has been given out.
    at: u64,
    size: u64,
}

impl SparseMap {
    /// Checks that the pieces are in order, inside of the file, and together as long as what the
    /// archive holds.
    pub(super) fn new(pieces: Vec<(u64, u64)>, size: u64, stored: u64) -> Result<Self, TarProblem> {
        let bad = |why: &str| Err(TarProblem::BadSparse(why.to_owned()));
        let (mut end, mut sum) = (0u64, 0u64);
        for (offset, length) in &pieces {
            if *offset < end {
                return bad("its pieces overlap");
            }
            match offset.checked_add(*length) {
                Some(there) if there <= size => end = there,
                _ => return bad("a piece ends behind the end of the file"),
            }
            sum = sum.saturating_add(*length);
        }
        if sum != stored {
            return bad("its pieces are not as long as what is stored");
        }
        Ok(Self {
            // GNU tar ends a map with an empty piece, to say how long the file is.
            pieces: pieces
                .into_iter()
                .filter(|(_, length)| *length > 0)
                .collect(),
            next: 0,
            at: 0,
            size,
        })
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// The zeros before the next stored byte, and how many stored bytes follow them.
    pub(super) fn next_piece(&mut self) -> (u64, u64) {
        while let Some((offset, length)) = self.pieces.get(self.next) {
            let end = offset + length;
            if self.at < end {
                let hole = offset.saturating_sub(self.at);
                self.at += hole;
                return (hole, end - self.at);
            }
            self.next += 1;
        }
        let hole = self.size - self.at;
        self.at = self.size;
        (hole, 0)
    }

    pub(super) fn given(&mut self, count: u64) {
        self.at += count;
    }
}

/// What pax records say of a sparse file: formats 0.0, 0.1 and 1.0 of GNU tar.
#[derive(Debug, Default)]
pub(super) struct PaxSparse {
    major: Option<u64>,
    minor: Option<u64>,
    pub name: Option<Vec<u8>>,
    size: Option<u64>,
    real_size: Option<u64>,
    blocks: Option<u64>,
    numbers: Vec<u64>,
    has_map: bool,
    /// Whether there was any record at all.
    is_there: bool,
}

impl PaxSparse {
    pub(super) fn take(&mut self, key: &[u8], value: &[u8]) -> Result<(), TarProblem> {
        self.is_there = true;
        let number = || {
            decimal(value).ok_or_else(|| TarProblem::BadSparse("a number of it is none".to_owned()))
        };
        match key {
            b"major" => self.major = Some(number()?),
            b"minor" => self.minor = Some(number()?),
            b"name" => self.name = Some(value.to_vec()),
            b"size" => self.size = Some(number()?),
            b"realsize" => self.real_size = Some(number()?),
            b"numblocks" => self.blocks = Some(number()?),
            b"offset" | b"numbytes" => {
                self.has_map = true;
                self.add(number()?)?;
            }
            b"map" => {
                self.has_map = true;
                self.numbers.clear();
                // A file that is one hole has no pieces.
                let value = Some(value).filter(|value| !value.is_empty());
                for text in value
                    .into_iter()
                    .flat_map(|value| value.split(|byte| *byte == b','))
                {
                    let number = decimal(text).ok_or_else(|| {
                        TarProblem::BadSparse("a number of it is none".to_owned())
                    })?;
                    self.add(number)?;
                }
            }
            other => {
                let key = String::from_utf8_lossy(other).into_owned();
                return Err(TarProblem::BadSparse(format!(
                    "`GNU.sparse.{key}` is not known"
                )));
            }
        }
        Ok(())
    }

    fn add(&mut self, number: u64) -> Result<(), TarProblem> {
        if self.numbers.len() >= 2 * MOST {
            return Err(too_many());
        }
        self.numbers.push(number);
        Ok(())
    }

    /// Whether the map stands before the content of the entry.
    pub(super) fn is_in_data(&self) -> bool {
        self.major == Some(1) && self.minor == Some(0)
    }

    /// Whether it is a sparse file at all. `is_file`: what the entry itself says.
    ///
    /// # Errors
    /// When some programs would take it for one, and others not, or for another one.
    pub(super) fn is_sparse(&self, is_file: bool) -> Result<bool, TarProblem> {
        if !self.is_there {
            return Ok(false);
        }
        let bad = |why: &str| Err(TarProblem::BadSparse(why.to_owned()));
        if !is_file {
            return bad("it is no file");
        }
        match (self.major, self.minor) {
            (None, None) | (Some(0), Some(0 | 1)) if self.has_map => {}
            (Some(1), Some(0)) if !self.has_map => {}
            (None, None) | (Some(0), Some(0 | 1)) => return bad("it has no map"),
            (Some(1), Some(0)) => return bad("it has two maps"),
            _ => return bad("it is of a version that is not known"),
        }
        if self
            .blocks
            .is_some_and(|blocks| blocks.saturating_mul(2) != self.numbers.len() as u64)
            && self.has_map
        {
            return bad("it has another number of pieces than it says");
        }
        if self.size.is_some() && self.real_size.is_some() && self.size != self.real_size {
            return bad("it has two lengths");
        }
        Ok(true)
    }

    /// The length of the file with its holes.
    pub(super) fn size(&self) -> Result<u64, TarProblem> {
        self.size
            .or(self.real_size)
            .ok_or_else(|| TarProblem::BadSparse("it does not say how long the file is".to_owned()))
    }

    pub(super) fn pieces(&self) -> Result<Vec<(u64, u64)>, TarProblem> {
        pairs(&self.numbers)
    }
}

fn pairs(numbers: &[u64]) -> Result<Vec<(u64, u64)>, TarProblem> {
    if !numbers.len().is_multiple_of(2) {
        return Err(TarProblem::BadSparse("an offset has no length".to_owned()));
    }
    Ok(numbers.chunks(2).map(|pair| (pair[0], pair[1])).collect())
}

fn too_many() -> TarProblem {
    TarProblem::BadSparse(format!("it has more than {MOST} pieces"))
}

/// Reads the map that format 1.0 puts before the content: a number a line, the count of pieces
/// first. It takes whole blocks.
#[derive(Debug, Default)]
pub(super) struct MapText {
    numbers: Vec<u64>,
    line: Vec<u8>,
    /// How many bytes of the entry it took.
    pub taken: u64,
}

impl MapText {
    /// Takes a block; the pieces, once the map is whole.
    pub(super) fn take(&mut self, block: &[u8]) -> Result<Option<Vec<(u64, u64)>>, TarProblem> {
        self.taken += block.len() as u64;
        for byte in block {
            if *byte != b'\n' {
                if self.line.len() > 20 {
                    return Err(TarProblem::BadSparse("a number of it is none".to_owned()));
                }
                self.line.push(*byte);
                continue;
            }
            let number = decimal(&self.line)
                .ok_or_else(|| TarProblem::BadSparse("a number of it is none".to_owned()))?;
            self.line.clear();
            self.numbers.push(number);
            let count = self.numbers[0];
            if count > MOST as u64 {
                return Err(too_many());
            }
            if self.numbers.len() as u64 == 1 + 2 * count {
                return pairs(&self.numbers[1..]).map(Some);
            }
        }
        Ok(None)
    }
}

/// Adds the pieces of an old GNU header; the list ends at the first one that is empty.
pub(super) fn add_gnu(
    pieces: &mut Vec<(u64, u64)>,
    headers: &[GnuSparseHeader],
) -> Result<(), TarProblem> {
    for header in headers {
        if header.is_empty() {
            break;
        }
        if pieces.len() >= MOST {
            return Err(too_many());
        }
        let bad = |error: std::io::Error| TarProblem::BadSparse(error.to_string());
        pieces.push((header.offset().map_err(bad)?, header.length().map_err(bad)?));
    }
    Ok(())
}
