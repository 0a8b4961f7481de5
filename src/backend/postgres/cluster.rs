use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::Installation;
use crate::backend::codes::POSTGRES_FAILED;
use crate::backend::{Run, folders, kept_logs, state};
use crate::context::{Ask, Spawn, copy_folder, how_ended};
use crate::gate::Obstacle;

/// How long `initdb` may take.
const WITHIN: Duration = Duration::from_secs(60);
/// The superuser of every data folder.
pub(super) const SUPERUSER: &str = "postgres";
/// Whoever gets at the socket is let in: its folder is the run's own. Over TCP, where anybody on
/// the machine gets at it, a password is asked for. Small write-ahead logs are faster to copy.
const ARGUMENTS: &[&str] = &[
    "--username=postgres",
    "--auth-local=trust",
    "--auth-host=scram-sha-256",
    "--encoding=UTF8",
    "--locale=C",
    "--wal-segsize=1",
    "--no-sync",
    "--no-instructions",
];

/// Makes a data folder at `data`, whose parent belongs to `user`.
///
/// The first time `initdb` makes it, which is slow, and a copy is kept in the cache; after that, it
/// is a copy of that one. Whether it came from the cache is returned: one that does not start may
/// be damaged there.
pub(super) fn make(
    run: &Run,
    installation: &Installation,
    user: Option<(u32, u32)>,
    data: &Path,
) -> Result<bool, Obstacle> {
    let Some(cache) = state::cache_folder(run.environment()).map(|cache| cache.join("postgres"))
    else {
        initialise(run, installation, user, data)?;
        return Ok(false);
    };
    let kept = cache.join(key(installation));
    if is_whole(&kept) && copy_folder(&kept, data, user).is_ok() {
        return Ok(true);
    }
    // Half a copy is worse than none.
    let _ = std::fs::remove_dir_all(data);
    initialise(run, installation, user, data)?;
    // Without a copy the next run is slower, and nothing else.
    let _ = keep(run, &cache, data, &kept);
    Ok(false)
}

/// Forgets the copy in the cache.
pub(super) fn forget(run: &Run, installation: &Installation) {
    if let Some(cache) = state::cache_folder(run.environment()) {
        let _ = std::fs::remove_dir_all(cache.join("postgres").join(key(installation)));
    }
}

/// What the data depends on. Two installations of one version may differ in how they were built.
fn key(installation: &Installation) -> String {
    let mut hash = Sha256::new();
    for part in [
        installation.version.as_bytes(),
        installation.bin.as_os_str().as_encoded_bytes(),
        ARGUMENTS.join(" ").as_bytes(),
    ] {
        hash.update(part);
        hash.update([0]);
    }
    format!(
        "{}-{}",
        installation.version,
        &hex::encode(hash.finalize())[..16]
    )
}

fn is_whole(folder: &Path) -> bool {
    ["PG_VERSION", "global/pg_control", "pg_hba.conf"]
        .iter()
        .all(|name| folder.join(name).is_file())
}

fn keep(run: &Run, cache: &Path, data: &Path, kept: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(cache)?;
    let draft = cache.join(format!(".{}.new", run.id));
    let copied = copy_folder(data, &draft, None).and_then(|()| {
        if kept.exists() && !is_whole(kept) {
            std::fs::remove_dir_all(kept)?;
        }
        // Whoever is first wins; both are the same.
        std::fs::rename(&draft, kept)
    });
    let _ = std::fs::remove_dir_all(&draft);
    copied
}

fn initialise(
    run: &Run,
    installation: &Installation,
    user: Option<(u32, u32)>,
    data: &Path,
) -> Result<(), Obstacle> {
    let log = run.logs().join("initdb.log");
    let file = File::create(&log).map_err(|error| folders::failed(&log, &error))?;
    let program = installation.bin.join("initdb");
    let mut args: Vec<_> = ARGUMENTS.iter().map(Into::into).collect();
    args.push("--pgdata".into());
    args.push(data.into());
    let failed = |problem: String| {
        let words = kept_logs::last_words(&log, run.secrets());
        Obstacle::refused(
            &POSTGRES_FAILED,
            format!("{} {problem}; {words}", program.display()),
        )
    };
    let mut process = Spawn {
        program: program.clone(),
        args,
        environment: environment(run),
        folder: parent(data),
        user,
        log: file,
        leash: false,
        ask: Ask::Terminate,
    }
    .start()
    .map_err(|error| failed(format!("cannot be started: {error}")))?;
    match process.wait(WITHIN) {
        Some(status) if status.success() => Ok(()),
        Some(status) => Err(failed(how_ended(status))),
        None => Err(failed(format!("did not end within {WITHIN:?}"))),
    }
}

/// The environment of the server's programs: nothing of the caller's that could change them.
pub(super) fn environment(run: &Run) -> Vec<(std::ffi::OsString, std::ffi::OsString)> {
    let path = run.environment().get("PATH").unwrap_or("/usr/bin:/bin");
    vec![
        ("PATH".into(), path.into()),
        ("LC_ALL".into(), "C".into()),
        ("TZ".into(), "UTC".into()),
        (
            crate::backend::RunId::VARIABLE.into(),
            run.id.to_string().into(),
        ),
    ]
}

fn parent(path: &Path) -> PathBuf {
    path.parent().unwrap_or(Path::new("/")).to_owned()
}
