use std::fs::DirBuilder;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::codes::STATE_UNUSABLE;
use crate::context::Environment;
use crate::gate::Obstacle;

/// Sockets have paths of at most 107 bytes; this much is kept free for what comes below.
const LONGEST: usize = 40;

/// Memory as a folder. A thousand small files are made and removed there in a tenth of the time that a disk takes,
/// and nothing of a run is wanted after a crash of the machine.
const MEMORY: &str = "/dev/shm";
/// What must be free there: a run takes some 100 MB, and is not to take a small machine's last.
const ROOM: u64 = 1 << 30;

/// Where a run makes its folder: where the caller says, else in memory where there is room, else the first of the
/// usual places for temporary files. Its path is short enough for sockets, and every user can pass through it where
/// programs run as another.
pub(super) fn place(environment: &Environment) -> PathBuf {
    let own = environment.get("TMPDIR").map(PathBuf::from);
    let memory = PathBuf::from(MEMORY);
    let usual = ["/tmp", "/var/tmp"].map(PathBuf::from);
    let root = rustix::process::geteuid().is_root();
    own.into_iter()
        .chain(has_room(&memory).then_some(memory))
        .chain(usual)
        .filter(|place| place.is_absolute())
        .find(|place| {
            place.as_os_str().len() <= LONGEST && place.is_dir() && (!root || is_passable(place))
        })
        .unwrap_or_else(|| "/tmp".into())
}

fn has_room(folder: &Path) -> bool {
    let writable = rustix::fs::access(folder, rustix::fs::Access::WRITE_OK).is_ok();
    writable
        && rustix::fs::statvfs(folder)
            .is_ok_and(|found| found.f_bavail.saturating_mul(found.f_frsize) >= ROOM)
}

/// Whether every user can pass through the folder and those above it.
fn is_passable(folder: &Path) -> bool {
    folder.ancestors().all(|folder| {
        folder
            .metadata()
            .is_ok_and(|found| found.mode() & 0o001 != 0)
    })
}

/// Makes a folder with exactly these permissions; it must not be there.
pub(super) fn make(folder: &Path, mode: u32) -> Result<(), Obstacle> {
    DirBuilder::new()
        .mode(mode)
        .create(folder)
        // What the mask of the process took away is given back.
        .and_then(|()| std::fs::set_permissions(folder, PermissionsExt::from_mode(mode)))
        .map_err(|error| failed(folder, &error))
}

/// Gives a folder or file to another user.
pub(super) fn give(path: &Path, user: Option<(u32, u32)>) -> Result<(), Obstacle> {
    match user {
        Some((user, group)) => std::os::unix::fs::lchown(path, Some(user), Some(group))
            .map_err(|error| failed(path, &error)),
        None => Ok(()),
    }
}

pub(super) fn failed(path: &Path, error: &std::io::Error) -> Obstacle {
    Obstacle::refused(
        &STATE_UNUSABLE,
        format!("failed to write {}: {error}", path.display()),
    )
}
