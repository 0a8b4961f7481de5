use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use super::{RunId, Thing, state};

/// What a run has made or is about to make: one file of JSON lines, locked for as long as its
/// owner lives. The system gives the lock up when the owner ends, however it ends.
#[derive(Debug)]
pub struct Ledger {
    path: PathBuf,
    file: Mutex<File>,
    things: Mutex<Vec<Thing>>,
    pub opening: Opening,
}

/// The first line: whose ledger it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    pub version: u32,
    pub run: String,
    /// The owner's process id, for people.
    pub pid: u32,
    /// The machine's name: things can only be looked for where they were made.
    pub machine: String,
    /// In seconds since 1970.
    pub started: u64,
    /// After this nobody wants its things any more, in seconds since 1970.
    pub deadline: u64,
}

/// The version of the format.
const VERSION: u32 = 1;
const ENDING: &str = "jsonl";
/// How often a folder is made anew that another run removes.
const ATTEMPTS: usize = 100;
/// How long a draft may take to get its name.
const DRAFT: Duration = Duration::from_mins(1);

/// Why a ledger cannot be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    #[error("failed to write {path}: {error}")]
    Write { path: PathBuf, error: io::Error },
    #[error("failed to read {path}: {error}")]
    Read { path: PathBuf, error: io::Error },
    #[error("{path}:{line}: not a line of a ledger: {reason}")]
    Malformed {
        path: PathBuf,
        line: usize,
        reason: String,
    },
}

impl Ledger {
    /// Opens the ledger of a new run. It appears under its name only once it is locked.
    ///
    /// # Errors
    /// When it cannot be written: then nothing may be made.
    pub fn open(
        state: &Path,
        run: RunId,
        started: u64,
        deadline: u64,
    ) -> Result<Self, LedgerError> {
        let folder = state::ledgers(state);
        let path = folder.join(format!("{run}.{ENDING}"));
        let write = |error| LedgerError::Write {
            path: path.clone(),
            error,
        };
        let draft = folder.join(format!(".{run}.new"));
        let mut file = new_file(&folder, &draft).map_err(write)?;
        let opening = Opening {
            version: VERSION,
            run: run.to_string(),
            pid: std::process::id(),
            machine: machine(),
            started,
            deadline,
        };
        let written = file
            .lock()
            .and_then(|()| append(&mut file, &opening))
            .and_then(|()| std::fs::rename(&draft, &path));
        if let Err(error) = written {
            let _ = std::fs::remove_file(&draft);
            return Err(write(error));
        }
        Ok(Self {
            path,
            file: Mutex::new(file),
            things: Mutex::default(),
            opening,
        })
    }

    /// Records a thing that is about to be made.
    ///
    /// # Errors
    /// When it cannot be written: then it may not be made.
    pub fn record(&self, thing: Thing) -> Result<(), LedgerError> {
        let mut file = self.file.lock();
        let written = append(&mut file, &thing).and_then(|()| {
            // Processes do not outlive the machine; what Docker keeps does.
            if thing.is_docker() {
                file.sync_data()
            } else {
                Ok(())
            }
        });
        written.map_err(|error| LedgerError::Write {
            path: self.path.clone(),
            error,
        })?;
        self.things.lock().push(thing);
        Ok(())
    }

    /// All that was recorded, in order.
    pub fn things(&self) -> Vec<Thing> {
        self.things.lock().clone()
    }

    /// Removes it, once nothing of what it names is left; of the last one also the folders that were made for it.
    ///
    /// # Errors
    /// When the file cannot be removed.
    pub fn close(&self) -> Result<(), LedgerError> {
        std::fs::remove_file(&self.path).map_err(|error| LedgerError::Write {
            path: self.path.clone(),
            error,
        })?;
        // Only an empty folder is removed, and that of the state only after that of the ledgers.
        let _ = self
            .path
            .ancestors()
            .skip(1)
            .take(2)
            .try_for_each(std::fs::remove_dir);
        Ok(())
    }
}

/// Makes a file and the folder that it is in.
fn new_file(folder: &Path, path: &Path) -> io::Result<File> {
    let mut attempts = 0..ATTEMPTS;
    loop {
        std::fs::create_dir_all(folder)?;
        let made = OpenOptions::new()
            .append(true)
            .create_new(true)
            .mode(0o600)
            .open(path);
        match made {
            // Another run was the last one, and took the folder away.
            Err(error) if error.kind() == io::ErrorKind::NotFound && attempts.next().is_some() => {}
            made => return made,
        }
    }
}

/// A ledger that was found, and who owns it.
#[derive(Debug)]
pub(super) enum Found {
    /// Its owner is dead. Locked until dropped, so that nobody else takes it up.
    Dead(Ledger),
    /// Its owner lives.
    Alive,
    /// It cannot be read.
    Unreadable(LedgerError),
}

/// All ledgers below a state folder, in the order of their names.
///
/// # Errors
/// When the folder is there and cannot be read.
pub(super) fn find(state: &Path) -> Result<Vec<Found>, LedgerError> {
    let folder = state::ledgers(state);
    let read = |error| LedgerError::Read {
        path: folder.clone(),
        error,
    };
    let entries = match std::fs::read_dir(&folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(read)?,
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(read)?.path();
        let hidden = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if path.extension().is_some_and(|ending| ending == ENDING) && !hidden {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths.into_iter().filter_map(look).collect())
}

/// Removes drafts whose owners were killed before these had their names: nothing can have been made
/// for them yet.
pub(super) fn forget_drafts(state: &Path) {
    let entries = std::fs::read_dir(state::ledgers(state));
    for entry in entries.into_iter().flatten().flatten() {
        let name = entry.file_name();
        let run = name
            .to_str()
            .and_then(|name| name.strip_prefix('.')?.strip_suffix(".new"));
        if run.is_some_and(|run| RunId::parse(run).is_some()) {
            forget_draft(&entry.path());
        }
    }
}

fn forget_draft(path: &Path) {
    let is_dead = || {
        let file = File::open(path)?;
        let made = file.metadata()?.modified()?;
        let is_old = made.elapsed().is_ok_and(|age| age > DRAFT);
        io::Result::Ok(is_old && file.try_lock().is_ok())
    };
    if is_dead().unwrap_or(false) {
        // Another reaper may have done it.
        let _ = std::fs::remove_file(path);
    }
}

/// `None` where it has gone meanwhile.
fn look(path: PathBuf) -> Option<Found> {
    let file = match OpenOptions::new().read(true).append(true).open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        Err(error) => return Some(Found::Unreadable(LedgerError::Read { path, error })),
    };
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Some(Found::Alive),
        Err(TryLockError::Error(error)) => {
            return Some(Found::Unreadable(LedgerError::Read { path, error }));
        }
    }
    // Its owner may have closed it between the two steps.
    if !path.exists() {
        return None;
    }
    Some(match read(&path, file) {
        Ok(ledger) => Found::Dead(ledger),
        Err(error) => Found::Unreadable(error),
    })
}

fn read(path: &Path, mut file: File) -> Result<Ledger, LedgerError> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)
        .map_err(|error| LedgerError::Read {
            path: path.to_owned(),
            error,
        })?;
    // A line without its end was being written when its owner died: the thing was never made.
    let whole = bytes
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |end| end + 1);
    let text = String::from_utf8_lossy(&bytes[..whole]);
    let malformed = |line: usize, reason: String| LedgerError::Malformed {
        path: path.to_owned(),
        line,
        reason,
    };
    let mut lines = text.lines().enumerate();
    let opening: Opening = match lines.next() {
        Some((_, line)) => {
            serde_json::from_str(line).map_err(|error| malformed(1, error.to_string()))?
        }
        None => return Err(malformed(1, "it is empty".to_owned())),
    };
    if opening.version != VERSION || RunId::parse(&opening.run).is_none() {
        let reason = format!("version {} of run `{}`", opening.version, opening.run);
        return Err(malformed(1, reason));
    }
    let things = lines
        .map(|(index, line)| {
            serde_json::from_str(line).map_err(|error| malformed(index + 1, error.to_string()))
        })
        .collect::<Result<_, _>>()?;
    Ok(Ledger {
        path: path.to_owned(),
        file: Mutex::new(file),
        things: Mutex::new(things),
        opening,
    })
}

/// One line in one write, so that a reader sees all of it or none.
fn append(file: &mut File, line: &impl Serialize) -> io::Result<()> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    file.write_all(&text)
}

/// The name of this machine.
pub(super) fn machine() -> String {
    rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned()
}

/// The seconds since 1970.
pub(super) fn now() -> u64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(path: &str) -> Thing {
        Thing::Folder { path: path.into() }
    }

    #[test]
    fn a_ledger_belongs_to_its_owner_until_that_is_gone() {
        let state = tempfile::tempdir().expect("a folder");
        let ledger = Ledger::open(state.path(), RunId::new(), 1, 2).expect("a ledger");
        ledger.record(folder("/a")).expect("a record");
        ledger.record(folder("/b")).expect("a record");
        let found = find(state.path()).expect("ledgers");
        assert!(matches!(found.as_slice(), [Found::Alive]), "{found:?}");
        let opening = ledger.opening.clone();
        drop(ledger);
        let found = find(state.path()).expect("ledgers");
        let [Found::Dead(dead)] = found.as_slice() else {
            panic!("{found:?}");
        };
        assert_eq!(dead.opening, opening);
        assert_eq!(dead.things(), [folder("/a"), folder("/b")]);
        // While one looks after it, nobody else does.
        let again = find(state.path()).expect("ledgers");
        assert!(matches!(again.as_slice(), [Found::Alive]), "{again:?}");
        dead.close().expect("it goes");
        assert!(find(state.path()).expect("ledgers").is_empty());
    }

    #[test]
    fn the_folder_goes_with_its_last_ledger_and_comes_again() {
        let home = tempfile::tempdir().expect("a folder");
        let state = home.path().join("driftgate");
        let open = || Ledger::open(&state, RunId::new(), 1, 2).expect("a ledger");
        let (one, other) = (open(), open());
        one.close().expect("it goes");
        assert_eq!(find(&state).expect("ledgers").len(), 1);
        other.close().expect("it goes");
        assert!(!state.exists());
        open().close().expect("it goes");
        // What else is there stays.
        std::fs::create_dir_all(state.join("logs")).expect("a folder");
        open().close().expect("it goes");
        assert!(state.join("logs").is_dir() && !state.join("runs").exists());
    }

    #[test]
    fn half_a_line_is_a_thing_that_was_never_made() {
        let state = tempfile::tempdir().expect("a folder");
        let ledger = Ledger::open(state.path(), RunId::new(), 1, 2).expect("a ledger");
        ledger.record(folder("/a")).expect("a record");
        ledger
            .file
            .lock()
            .write_all(b"{\"thing\":\"fol")
            .expect("half a line");
        drop(ledger);
        let found = find(state.path()).expect("ledgers");
        let [Found::Dead(dead)] = found.as_slice() else {
            panic!("{found:?}");
        };
        assert_eq!(dead.things(), [folder("/a")]);
    }

    #[test]
    fn what_is_no_ledger_is_named_with_its_line_and_left_alone() {
        let state = tempfile::tempdir().expect("a folder");
        let ledger = Ledger::open(state.path(), RunId::new(), 1, 2).expect("a ledger");
        ledger
            .file
            .lock()
            .write_all(b"{\"thing\":\"everything\"}\n")
            .expect("a line");
        let path = ledger.path.clone();
        drop(ledger);
        let found = find(state.path()).expect("ledgers");
        let [Found::Unreadable(error)] = found.as_slice() else {
            panic!("{found:?}");
        };
        assert!(
            error.to_string().contains(":2: not a line of a ledger"),
            "{error}"
        );
        assert!(path.exists());
    }
}
