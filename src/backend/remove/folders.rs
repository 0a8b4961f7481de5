use std::io;
use std::path::Path;

use super::{Outcome, Removal};
use crate::backend::RunId;

/// Removes a folder that was made for a run. Its name must bear the run's id: no line of a ledger,
/// however it came there, makes this remove another.
pub(super) fn remove(path: &Path, run: &str, dry: bool) -> Option<Removal> {
    let name = path.display().to_string();
    let removal = |outcome| Some(Removal::new("folder", name.clone(), outcome));
    let bears_id = RunId::parse(run).is_some()
        && path.is_absolute()
        && path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().contains(run));
    if !bears_id {
        return removal(Outcome::Failed {
            reason: "its name does not bear the run's id".to_owned(),
        });
    }
    match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        Ok(found) if !found.is_dir() => {
            return removal(Outcome::Failed {
                reason: "it is not a folder".to_owned(),
            });
        }
        _ => {}
    }
    if dry {
        return removal(Outcome::Found);
    }
    match std::fs::remove_dir_all(path) {
        Ok(()) => removal(Outcome::Removed),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => removal(Outcome::Failed {
            reason: error.to_string(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: &str = "0e0e8e9c-7d7e-4b8e-9f0a-111111111111";

    #[test]
    fn a_folder_that_does_not_bear_the_id_is_never_removed() {
        let folder = tempfile::tempdir().expect("a folder");
        let removal = remove(folder.path(), RUN, false).expect("a word about it");
        assert!(matches!(removal.outcome, Outcome::Failed { .. }));
        assert!(folder.path().exists());
        let removal = remove(folder.path(), "", false).expect("a word about it");
        assert!(matches!(removal.outcome, Outcome::Failed { .. }));
        assert!(folder.path().exists());
    }

    #[test]
    fn one_that_does_is_removed_with_all_that_is_in_it_and_only_then() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(format!("driftgate-{RUN}"));
        std::fs::create_dir_all(path.join("a/b")).expect("folders");
        let found = remove(&path, RUN, true).expect("a word about it");
        assert_eq!(found.outcome, Outcome::Found);
        assert!(path.exists());
        let removed = remove(&path, RUN, false).expect("a word about it");
        assert_eq!(removed.outcome, Outcome::Removed);
        assert!(!path.exists());
        assert_eq!(remove(&path, RUN, false), None);
    }
}
