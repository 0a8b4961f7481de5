use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use gix::ObjectId;
use sha2::{Digest, Sha256};

use super::address::{Address, Transport};
use super::codes::CACHE_UNUSABLE;
use crate::context::Cancel;
use crate::gate::Obstacle;
use crate::tree::{open_repository, verified};

/// The name of the only remote that a mirror has.
pub(super) const REMOTE: &str = "source";
/// Commits that are ready to be read, with all that belongs to them.
const READY: &str = "refs/driftgate/ready";
/// Commits that git has fetched, and that are not checked yet.
pub(super) const INCOMING: &str = "refs/driftgate/incoming";

/// A bare repository in the cache, for one address.
///
/// A commit counts as there only when its marker is (`refs/driftgate/ready/<commit>`), and the
/// marker is written last. A new mirror is made beside its place and renamed into it. So a kill at
/// any moment leaves a mirror that is usable, or none.
#[derive(Debug, Clone)]
pub(super) struct Mirror {
    pub(super) dir: PathBuf,
    pub(super) address: Address,
}

/// What a mirror knows of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Probe {
    /// It is ready; with the id of its tree.
    Ready(ObjectId),
    Absent,
    /// It should be there, and cannot be read.
    Damaged(String),
}

/// The lock of a mirror, held until dropped. The system releases it when its holders die.
#[derive(Debug)]
pub(super) struct MirrorLock(pub(super) File);

impl Mirror {
    /// The mirror of `address` in the folder `mirrors`. Its name tells people the repository, and
    /// no two addresses share one.
    pub(super) fn new(mirrors: &Path, address: Address) -> Self {
        let digest = hex::encode(Sha256::digest(address.url.as_bytes()));
        let readable: String = address
            .url
            .trim_end_matches('/')
            .trim_end_matches(".git")
            .rsplit(['/', ':'])
            .next()
            .unwrap_or_default()
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
            .take(60)
            .collect();
        Self {
            dir: mirrors.join(format!("{readable}-{}.git", &digest[..24])),
            address,
        }
    }

    /// Whether a commit is ready. Reads only, and starts nothing.
    pub(super) fn probe(&self, commit: &str) -> Probe {
        if !self.marker(commit).is_file() {
            return Probe::Absent;
        }
        match read_commit(&self.dir, commit) {
            Ok(Found::Commit(tree)) => Probe::Ready(tree),
            Ok(Found::Nothing) => Probe::Damaged("the object is not there".to_owned()),
            Ok(Found::Other(kind)) => Probe::Damaged(format!("the object is a {kind}")),
            Err(message) => Probe::Damaged(message),
        }
    }

    /// Waits for the mirror to be free, and holds it.
    ///
    /// # Errors
    /// When cancelled, and when the cache cannot be written.
    pub(super) fn lock(&self, cancel: &Cancel) -> Result<MirrorLock, Obstacle> {
        let path = self.dir.with_extension("lock");
        let unusable = |error: &io::Error| unusable(&path, error);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|error| unusable(&error))?;
        }
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|error| unusable(&error))?;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(MirrorLock(file)),
                Err(TryLockError::WouldBlock) => {
                    cancel.check()?;
                    std::thread::park_timeout(Duration::from_millis(10));
                }
                Err(TryLockError::Error(error)) => return Err(unusable(&error)),
            }
        }
    }

    /// A folder to fetch into: the mirror itself if it is there, else a new one beside it, for
    /// `settle` to rename. Remains of killed runs are removed. Needs the lock.
    ///
    /// # Errors
    /// When the cache cannot be written.
    pub(super) fn prepare(&self, _lock: &MirrorLock, damaged: bool) -> Result<PathBuf, Obstacle> {
        self.sweep();
        if self.dir.is_dir() && !damaged {
            return Ok(self.dir.clone());
        }
        let new = self.beside("new");
        create(&new, &self.address).map_err(|error| unusable(&new, &error))?;
        Ok(new)
    }

    /// Puts what was fetched into its place. Needs the lock.
    ///
    /// # Errors
    /// When the cache cannot be written.
    pub(super) fn settle(&self, _lock: &MirrorLock, fetched: &Path) -> Result<(), Obstacle> {
        if fetched == self.dir {
            return Ok(());
        }
        let old = self.beside("old");
        if self.dir.exists() {
            fs::rename(&self.dir, &old).map_err(|error| unusable(&self.dir, &error))?;
        }
        fs::rename(fetched, &self.dir).map_err(|error| unusable(&self.dir, &error))?;
        let _ = fs::remove_dir_all(&old);
        Ok(())
    }

    fn beside(&self, what: &str) -> PathBuf {
        self.dir
            .with_extension(format!("{what}-{:016x}", fastrand::u64(..)))
    }

    fn marker(&self, commit: &str) -> PathBuf {
        self.dir.join(READY).join(commit)
    }

    /// Removes what killed runs left behind. Whatever cannot be removed will be in the way, or not.
    fn sweep(&self) {
        let Some((folder, stem)) = self.dir.parent().zip(self.dir.file_stem()) else {
            return;
        };
        let stem = stem.to_string_lossy();
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let is_ours = name
                .strip_prefix(stem.as_ref())
                .is_some_and(|rest| rest.starts_with(".new-") || rest.starts_with(".old-"));
            if is_ours {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
        for file in [
            "shallow.lock",
            "config.lock",
            "packed-refs.lock",
            "HEAD.lock",
        ] {
            let _ = fs::remove_file(self.dir.join(file));
        }
        for folder in [READY, INCOMING, "objects/pack"] {
            let entries = fs::read_dir(self.dir.join(folder));
            for entry in entries.into_iter().flatten().flatten() {
                let name = entry.file_name();
                let name = name.to_string_lossy();
                if name.ends_with(".lock") || name.starts_with("tmp_") {
                    let _ = fs::remove_file(entry.path());
                }
            }
        }
    }
}

/// Marks a commit as ready in the repository at `dir`.
pub(super) fn mark_ready(dir: &Path, commit: &str) -> Result<(), Obstacle> {
    let write = || -> io::Result<()> {
        let folder = dir.join(READY);
        fs::create_dir_all(&folder)?;
        let mut file = tempfile::Builder::new()
            .prefix("tmp_")
            .tempfile_in(&folder)?;
        writeln!(file, "{commit}")?;
        file.persist(folder.join(commit))
            .map_err(|error| error.error)?;
        // The marker keeps the commit from being collected; the other ref has done its work.
        match fs::remove_file(dir.join(INCOMING).join(commit)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    };
    write().map_err(|error| unusable(dir, &error))
}

/// What an object id names.
pub(super) enum Found {
    /// A commit, with the id of its tree, which is there as well.
    Commit(ObjectId),
    /// Something else: a tag, a tree.
    Other(&'static str),
    Nothing,
}

/// Looks an object up in the repository at `dir`.
///
/// # Errors
/// When the repository or the object cannot be read.
pub(super) fn read_commit(dir: &Path, commit: &str) -> Result<Found, String> {
    let id = ObjectId::from_hex(commit.as_bytes()).map_err(|error| error.to_string())?;
    let repository = open(dir)?;
    let Some(object) = repository
        .try_find_object(id)
        .map_err(|error| error.to_string())?
    else {
        return Ok(Found::Nothing);
    };
    let kind = object.kind;
    if kind != gix::objs::Kind::Commit {
        return Ok(Found::Other(match kind {
            gix::objs::Kind::Tag => "tag",
            gix::objs::Kind::Tree => "tree",
            _ => "file",
        }));
    }
    let data = verified(object, id).map_err(|error| error.to_string())?;
    let tree = gix::objs::CommitRefIter::from_bytes(&data, id.kind())
        .tree_id()
        .map_err(|error| error.to_string())?;
    if !repository.has_object(tree) {
        return Ok(Found::Nothing);
    }
    Ok(Found::Commit(tree))
}

pub(super) fn open(dir: &Path) -> Result<gix::Repository, String> {
    open_repository(dir).map_err(|error| error.to_string())
}

pub(super) fn unusable(path: &Path, error: &io::Error) -> Obstacle {
    Obstacle::refused(
        &CACHE_UNUSABLE,
        format!("{} cannot be used: {error}", path.display()),
    )
}

/// Makes an empty bare repository. Starting `git init` for it would cost more than all the rest.
fn create(dir: &Path, address: &Address) -> io::Result<()> {
    for folder in [
        "objects/info",
        "objects/pack",
        "refs/heads",
        READY,
        INCOMING,
    ] {
        fs::create_dir_all(dir.join(folder))?;
    }
    fs::write(dir.join("HEAD"), "ref: refs/heads/main\n")?;
    let url = address.url.replace('\\', "\\\\").replace('"', "\\\"");
    let mut config = format!(
        "[core]\n\trepositoryformatversion = 1\n\tbare = true\n[remote \"{REMOTE}\"]\n\turl = \"{url}\"\n"
    );
    if address.transport != Transport::Local {
        // Objects that a filter left out are the remote's to give, and no damage.
        config.push_str("\tpromisor = true\n\tpartialclonefilter = blob:none\n");
        config.push_str(&format!("[extensions]\n\tpartialClone = {REMOTE}\n"));
    }
    fs::write(dir.join("config"), config)
}
