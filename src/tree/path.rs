use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use bstr::{BStr, BString, ByteSlice};

/// A path inside a tree: relative, `/`-separated, without `.`, `..` or empty parts, and made of
/// bytes, for file names need not be UTF-8. The empty path is the tree itself.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct TreePath(BString);

/// Why bytes are not a tree path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    #[error("path `{0}` is absolute; give it relative to the root")]
    Absolute(BString),
    #[error("path `{0}` leads out of the tree with `..`")]
    Parent(BString),
    #[error("path `{0}` contains a NUL byte")]
    Nul(BString),
}

impl TreePath {
    pub fn root() -> Self {
        Self::default()
    }

    /// Takes bytes as a tree path. `.` parts, doubled and trailing slashes are dropped.
    ///
    /// # Errors
    /// For absolute paths, `..` and NUL bytes.
    pub fn new(bytes: impl AsRef<[u8]>) -> Result<Self, PathError> {
        let bytes = bytes.as_ref();
        if bytes.starts_with(b"/") {
            return Err(PathError::Absolute(bytes.into()));
        }
        if bytes.contains(&0) {
            return Err(PathError::Nul(bytes.into()));
        }
        let mut path = BString::default();
        for part in bytes.split(|byte| *byte == b'/') {
            match part {
                b"" | b"." => {}
                b".." => return Err(PathError::Parent(bytes.into())),
                part => {
                    if !path.is_empty() {
                        path.push(b'/');
                    }
                    path.extend_from_slice(part);
                }
            }
        }
        Ok(Self(path))
    }

    /// The path of a child. `name` must be a single name, or a path that is already clean.
    #[must_use]
    pub fn join(&self, name: impl AsRef<[u8]>) -> Self {
        let name = name.as_ref();
        if self.0.is_empty() {
            return Self(name.into());
        }
        if name.is_empty() {
            return self.clone();
        }
        let mut path = Vec::with_capacity(self.0.len() + 1 + name.len());
        path.extend_from_slice(&self.0);
        path.push(b'/');
        path.extend_from_slice(name);
        Self(path.into())
    }

    /// The folder it stands in; `None` for the tree itself.
    pub fn parent(&self) -> Option<Self> {
        if self.0.is_empty() {
            return None;
        }
        Some(match self.0.rfind_byte(b'/') {
            Some(slash) => Self(self.0[..slash].into()),
            None => Self::root(),
        })
    }

    /// The last part; empty for the tree itself.
    pub fn name(&self) -> &BStr {
        match self.0.rfind_byte(b'/') {
            Some(slash) => self.0[slash + 1..].as_bstr(),
            None => self.0.as_bstr(),
        }
    }

    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it is `ancestor`, or stands below it.
    pub fn is_within(&self, ancestor: &Self) -> bool {
        ancestor.is_root()
            || self
                .0
                .strip_prefix(ancestor.0.as_slice())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
    }

    /// The rest of the path below `ancestor`; empty if they are the same.
    pub fn strip_prefix(&self, ancestor: &Self) -> Option<Self> {
        if ancestor.is_root() {
            return Some(self.clone());
        }
        let rest = self.0.strip_prefix(ancestor.0.as_slice())?;
        match rest {
            b"" => Some(Self::root()),
            [b'/', rest @ ..] => Some(Self(rest.into())),
            _ => None,
        }
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// As the operating system takes it.
    pub fn as_path(&self) -> &Path {
        Path::new(OsStr::from_bytes(&self.0))
    }

    pub fn is_utf8(&self) -> bool {
        self.0.to_str().is_ok()
    }

    pub fn parts(&self) -> impl DoubleEndedIterator<Item = &BStr> {
        self.0
            .split(|byte| *byte == b'/')
            .filter(|part| !part.is_empty())
            .map(ByteSlice::as_bstr)
    }
}

impl AsRef<[u8]> for TreePath {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl std::str::FromStr for TreePath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        Self::new(text)
    }
}

/// Bytes that are not UTF-8, and control characters, are written as `\xNN`, so that two different
/// paths never look the same.
impl std::fmt::Display for TreePath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        use std::fmt::Write;
        for chunk in self.0.utf8_chunks() {
            for c in chunk.valid().chars() {
                if c.is_control() {
                    let mut buffer = [0; 4];
                    for byte in c.encode_utf8(&mut buffer).bytes() {
                        write!(f, "\\x{byte:02x}")?;
                    }
                } else {
                    f.write_char(c)?;
                }
            }
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        Ok(())
    }
}

impl std::fmt::Debug for TreePath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TreePath({self})")
    }
}
