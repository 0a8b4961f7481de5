use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// A file that appears as a whole or not at all.
#[derive(Debug)]
pub(super) enum AtomicFile {
    /// Written beside its place, and put there at the end.
    New { file: NamedTempFile, path: PathBuf },
    /// What is there is no regular file (a device, a pipe): it is written to, never replaced.
    Device(File),
}

impl AtomicFile {
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        // Through a symlink, so that the link stays and its target is replaced.
        let path = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        match path.metadata() {
            Ok(found) if found.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
            Ok(found) if !found.is_file() => {
                return Ok(Self::Device(OpenOptions::new().write(true).open(&path)?));
            }
            _ => {}
        }
        let dir = match path.parent() {
            Some(dir) if !dir.as_os_str().is_empty() => dir,
            _ => Path::new("."),
        };
        let file = tempfile::Builder::new()
            .prefix(".driftgate-")
            // As any new file: for all that the umask lets.
            .permissions(Permissions::from_mode(0o666))
            .tempfile_in(dir)?;
        Ok(Self::New { file, path })
    }

    /// Puts the file in its place.
    pub(super) fn finish(self) -> io::Result<()> {
        match self {
            Self::New { file, path } => {
                file.persist(path).map_err(|error| error.error)?;
                Ok(())
            }
            Self::Device(mut file) => file.flush(),
        }
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            // Not through the wrapper, whose errors name the file beside the place.
            Self::New { file, .. } => file.as_file_mut().write(bytes),
            Self::Device(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::New { file, .. } => file.flush(),
            Self::Device(file) => file.flush(),
        }
    }
}
