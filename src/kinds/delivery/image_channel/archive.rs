use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use parking_lot::Mutex;

use super::blobs::{Blobs, DESCRIPTION, blob_path};
use super::outer::Members;
use super::problems::malformed;
use super::stop::Stop;
use crate::context::Context;
use crate::gate::Obstacle;
use crate::tree::image::{Member, TarProblem, TarStream, Visitor};
use crate::tree::{TreeError, TreePath};

/// How much is read at once.
pub(super) const PIECE: usize = 256 << 10;

/// A plain archive on a disk: its members are found once, and then read in any order.
pub(super) struct RandomArchive {
    file: Mutex<File>,
    members: Members<Extent>,
}

/// Where the content of a member is, in bytes.
#[derive(Debug, Clone, Copy)]
struct Extent {
    at: u64,
    size: u64,
}

impl Visitor for Members<Extent> {
    fn member(&mut self, member: &Member<'_>) -> Result<bool, TarProblem> {
        if let Some(path) = self.admit(member)? {
            if member.size != member.stored {
                return Err(TarProblem::BadSparse(
                    "no part of an image is sparse".to_owned(),
                ));
            }
            let (at, size) = (member.at, member.stored);
            self.set(path, Extent { at, size });
        }
        Ok(false)
    }

    fn data(&mut self, _: &[u8]) -> Result<(), TarProblem> {
        Ok(())
    }

    fn hole(&mut self, _: u64) -> Result<(), TarProblem> {
        Ok(())
    }

    fn end(&mut self) -> Result<(), TarProblem> {
        Ok(())
    }
}

/// The error of reading an archive that is a file.
pub(super) fn unreadable(label: &str, error: std::io::Error) -> Obstacle {
    TreeError::Io {
        place: label.to_owned(),
        error,
    }
    .to_obstacle()
}

impl RandomArchive {
    /// Finds the members. Their contents are passed over.
    ///
    /// # Errors
    /// When it cannot be read, or is no archive.
    pub(super) fn open(context: &Context, mut file: File, label: &str) -> Result<Self, Obstacle> {
        let io = |error| unreadable(label, error);
        let length = file.metadata().map_err(io)?.len();
        let mut stream = TarStream::new();
        let mut members = Members::default();
        let mut buffer = vec![0; 16 << 10];
        let mut at = 0u64;
        let bad = |error| Stop::Tar(error).obstacle("the archive");
        loop {
            context.cancel().check()?;
            let skip = stream.skippable();
            if skip > 0 {
                at = at.saturating_add(skip);
                if at > length {
                    // Passing over the end is no error to the system.
                    return Err(stream
                        .finish()
                        .map_or_else(bad, |()| malformed("the archive is cut off")));
                }
                file.seek(SeekFrom::Start(at)).map_err(io)?;
                stream.skip(skip);
            }
            let read = file.read(&mut buffer).map_err(io)?;
            if read == 0 {
                break;
            }
            at += read as u64;
            stream.feed(&buffer[..read], &mut members).map_err(bad)?;
        }
        stream.finish().map_err(bad)?;
        Ok(Self {
            file: Mutex::new(file),
            members,
        })
    }

    /// Gives the bytes of a layer away, until `each` wants no more.
    ///
    /// # Errors
    /// When it is not there, or cannot be read.
    pub(super) fn layer(
        &self,
        context: &Context,
        key: &str,
        label: &str,
        each: &mut dyn FnMut(&[u8]) -> bool,
    ) -> Result<(), Obstacle> {
        let io = |error| unreadable(label, error);
        let Extent { at, size } = self.extent(key)?;
        let mut file = self.file.lock();
        file.seek(SeekFrom::Start(at)).map_err(io)?;
        let mut left = size;
        let mut buffer = vec![0; PIECE];
        while left > 0 {
            context.cancel().check()?;
            let want = usize::try_from(left).map_or(PIECE, |left| left.min(PIECE));
            let read = file.read(&mut buffer[..want]).map_err(io)?;
            if read == 0 {
                return Err(malformed("the archive changed while it was read"));
            }
            left -= read as u64;
            if !each(&buffer[..read]) {
                return Ok(());
            }
        }
        Ok(())
    }

    fn extent(&self, key: &str) -> Result<Extent, Obstacle> {
        let name = if key.contains(':') {
            blob_path(key)?
        } else {
            key.to_owned()
        };
        self.members
            .get(&name)
            .copied()
            .ok_or_else(|| malformed(format!("layer {key} is named, and is not in the archive")))
    }
}

impl Blobs for RandomArchive {
    fn named(&self, name: &str) -> Result<Option<Vec<u8>>, Obstacle> {
        let Some(Extent { at, size }) = self.members.get(name).copied() else {
            return Ok(None);
        };
        if size > DESCRIPTION as u64 {
            return Err(Stop::LongText(DESCRIPTION).obstacle(name));
        }
        let io = |error| unreadable(name, error);
        let mut file = self.file.lock();
        file.seek(SeekFrom::Start(at)).map_err(io)?;
        let mut bytes = Vec::new();
        file.by_ref()
            .take(size)
            .read_to_end(&mut bytes)
            .map_err(io)?;
        Ok(Some(bytes))
    }
}

/// Whether a file is packed, so that it can only be read from end to end.
pub(super) fn is_packed(mut file: &File, path: &TreePath) -> Result<bool, Obstacle> {
    let io = |error| unreadable(&path.to_string(), error);
    let mut head = [0; 6];
    let mut length = 0;
    while length < head.len() {
        match file.read(&mut head[length..]).map_err(io)? {
            0 => break,
            read => length += read,
        }
    }
    file.seek(SeekFrom::Start(0)).map_err(io)?;
    Ok(matches!(
        &head[..length],
        [0x1f, 0x8b, ..]
            | [0x28, 0xb5, 0x2f, 0xfd, ..]
            | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..]
            | [b'B', b'Z', b'h', ..]
            | [0xfd, b'7', b'z', b'X', b'Z', 0]
    ))
}
