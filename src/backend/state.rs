use std::path::{Path, PathBuf};

use crate::context::Environment;

/// Where runs leave what has to outlive them: ledgers, and the logs of what failed.
///
/// `DRIFTGATE_STATE`, else the user's folder for state, else none.
pub fn state_folder(environment: &Environment) -> Option<PathBuf> {
    if let Some(folder) = environment.get("DRIFTGATE_STATE") {
        return Some(PathBuf::from(folder).join("driftgate"));
    }
    below_home(environment, "XDG_STATE_HOME", ".local/state")
}

/// Where things go that are made once and can be made again.
pub(super) fn cache_folder(environment: &Environment) -> Option<PathBuf> {
    below_home(environment, "XDG_CACHE_HOME", ".cache")
}

/// As the XDG base directory specification has it: a relative path is ignored.
fn below_home(environment: &Environment, variable: &str, usual: &str) -> Option<PathBuf> {
    environment
        .get(variable)
        .map(PathBuf::from)
        .filter(|folder| folder.is_absolute())
        .or_else(|| Some(Path::new(environment.get("HOME")?).join(usual)))
        .map(|folder| folder.join("driftgate"))
}

/// The folder of ledgers.
pub(super) fn ledgers(state: &Path) -> PathBuf {
    state.join("runs")
}

/// The folder of kept logs: `DRIFTGATE_LOGS`, else beside the ledgers.
pub(super) fn logs(environment: &Environment, state: &Path) -> PathBuf {
    match environment.get("DRIFTGATE_LOGS") {
        Some(folder) => folder.into(),
        None => state.join("logs"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(variables: &[(&str, &str)]) -> Option<PathBuf> {
        state_folder(&variables.iter().copied().collect())
    }

    #[test]
    fn logs_are_kept_where_the_caller_wants_them_or_beside_the_ledgers() {
        let of = |variables: &[(&str, &str)]| {
            logs(
                &variables.iter().copied().collect(),
                Path::new("/s/driftgate"),
            )
        };
        assert_eq!(of(&[]), Path::new("/s/driftgate/logs"));
        assert_eq!(of(&[("DRIFTGATE_LOGS", "/l")]), Path::new("/l"));
    }

    #[test]
    fn the_state_is_where_it_is_said_to_be_or_where_the_user_has_such_things() {
        assert_eq!(
            folder(&[("HOME", "/h")]),
            Some("/h/.local/state/driftgate".into())
        );
        assert_eq!(
            folder(&[("HOME", "/h"), ("XDG_STATE_HOME", "/s")]),
            Some("/s/driftgate".into())
        );
        assert_eq!(
            folder(&[("XDG_STATE_HOME", "/s"), ("DRIFTGATE_STATE", "/d")]),
            Some("/d/driftgate".into())
        );
        assert_eq!(folder(&[("XDG_STATE_HOME", "relative")]), None);
    }
}
