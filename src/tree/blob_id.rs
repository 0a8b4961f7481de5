use std::io::{self, Read};

use sha1::{Digest, Sha1};

/// The id that git gives to a blob: SHA-1 over `blob <size>\0` and the content.
///
/// Equality with a blob that git itself took in is as strong as git's own: git refuses the members
/// of known SHA-1 collisions when it receives objects, and finding a second file for a blob that
/// is not one of them is not feasible.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobId([u8; 20]);

impl BlobId {
    /// The id of a file without content.
    pub const EMPTY: Self = Self([
        0xe6, 0x9d, 0xe2, 0x9b, 0xb2, 0xd1, 0xd6, 0x43, 0x4b, 0x8b, 0x29, 0xae, 0x77, 0x5a, 0xd8,
        0xc2, 0xe4, 0x8c, 0x53, 0x91,
    ]);

    pub fn from_bytes(bytes: [u8; 20]) -> Self {
        Self(bytes)
    }

    pub fn as_bytes(&self) -> &[u8; 20] {
        &self.0
    }

    pub fn of(content: &[u8]) -> Self {
        let mut hasher = BlobHasher::new(content.len() as u64);
        hasher.update(content);
        hasher.finish()
    }

    /// Hashes a stream of known length with the buffer given.
    ///
    /// # Errors
    /// When reading fails, and when the stream is longer or shorter than `size`: the file changed
    /// while it was read.
    pub fn of_reader(mut reader: impl Read, size: u64, buffer: &mut [u8]) -> io::Result<Self> {
        let mut hasher = BlobHasher::new(size);
        let mut seen = 0u64;
        loop {
            let read = match reader.read(buffer) {
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if read == 0 {
                break;
            }
            seen += read as u64;
            hasher.update(&buffer[..read]);
        }
        if seen != size {
            return Err(io::Error::other(format!(
                "file changed while it was read ({size} bytes announced, {seen} read)"
            )));
        }
        Ok(hasher.finish())
    }
}

impl std::fmt::Display for BlobId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl std::fmt::Debug for BlobId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BlobId({self})")
    }
}

/// Makes a blob id from content that comes in pieces.
pub struct BlobHasher(Sha1);

impl BlobHasher {
    /// `size`: the length in bytes of all that will come.
    pub fn new(size: u64) -> Self {
        let mut hasher = Sha1::new();
        hasher.update(b"blob ");
        hasher.update(size.to_string().as_bytes());
        hasher.update([0]);
        Self(hasher)
    }

    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub fn finish(self) -> BlobId {
        BlobId(self.0.finalize().into())
    }
}
