/// What an image may take at the most. An archive can unpack to a million times its own size; without
/// limits the size of what is read would be up to whoever made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageLimits {
    /// Entries of all layers together, and folders that they imply.
    pub entries: u32,
    /// Bytes of all layers together, unpacked; holes of sparse files count.
    pub bytes: u64,
    /// How many times its packed size a layer may unpack to, once it is past [`Self::FREE`].
    pub ratio: u32,
}

impl ImageLimits {
    /// Up to so many bytes a layer may be packed as well as it likes: 64 MiB.
    pub const FREE: u64 = 64 << 20;

    /// The longest path that Linux takes, in bytes.
    pub(super) const PATH: usize = 4096;

    /// How many bytes all names together may have: those of real images have half of it.
    pub(super) fn names(&self) -> usize {
        (self.entries as usize).saturating_mul(64).max(1 << 20)
    }

    /// How many bytes of a stream that came packed in `packed` bytes may be made of it.
    pub fn from_packed(&self, packed: u64) -> u64 {
        packed.saturating_mul(u64::from(self.ratio)).max(Self::FREE)
    }
}

/// What the layers so far took of what the image may take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Taken {
    pub entries: u32,
    /// Bytes of names and of targets of links.
    pub names: usize,
    /// Bytes of files, holes among them.
    pub bytes: u64,
    /// Bytes of contents that are kept.
    pub kept: usize,
}

impl Taken {
    pub fn add(&mut self, more: Self) {
        self.entries = self.entries.saturating_add(more.entries);
        self.names = self.names.saturating_add(more.names);
        self.bytes = self.bytes.saturating_add(more.bytes);
        self.kept = self.kept.saturating_add(more.kept);
    }
}

impl Default for ImageLimits {
    /// 262,144 entries (a large distribution with its development tools has half of it) take less than
    /// 48 MiB of memory; 64 GiB; 200 times.
    fn default() -> Self {
        Self {
            entries: 1 << 18,
            bytes: 64 << 30,
            ratio: 200,
        }
    }
}
