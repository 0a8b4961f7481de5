use std::path::{Path, PathBuf};

use crate::context::{Environment, find_program, output_of, version_of};

/// The programs of a PostgreSQL server on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    /// The folder that holds `postgres` and `initdb`.
    pub bin: PathBuf,
    /// As they say it: `15.18`.
    pub version: String,
    pub major: u32,
}

/// Folders that hold one folder for each version, and what leads from there to the programs.
/// Debian; Red Hat's packages of the project; Alpine; Homebrew on either processor; Postgres.app.
const VERSIONED: &[(&str, &str, &str)] = &[
    ("/usr/lib/postgresql", "", "bin"),
    ("/usr", "pgsql-", "bin"),
    ("/usr/libexec", "postgresql", ""),
    ("/usr/lib", "postgresql", "bin"),
    ("/opt/homebrew/opt", "postgresql", "bin"),
    ("/usr/local/opt", "postgresql", "bin"),
    ("/home/linuxbrew/.linuxbrew/opt", "postgresql", "bin"),
    ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
];

/// Folders that hold the programs themselves.
const PLAIN: &[&str] = &[
    "/usr/local/pgsql/bin",
    "/usr/lib/postgresql/bin",
    "/usr/bin",
];

/// All installations on this machine, each once: that on `PATH` first, then that of `pg_config`,
/// then those where distributions put them, the newest first.
pub fn find_installations(environment: &Environment) -> Vec<Installation> {
    let mut folders = Vec::new();
    if let Some(program) = find_program(environment, "initdb", &[]) {
        folders.extend(program.parent().map(Path::to_owned));
        // On PATH there may be nothing but links into the folder.
        if let Ok(program) = program.canonicalize() {
            folders.extend(program.parent().map(Path::to_owned));
        }
    }
    if let Some(program) = find_program(environment, "pg_config", &[]) {
        folders.extend(output_of(&program, &["--bindir"]).map(PathBuf::from));
    }
    let first = folders.len();
    for (folder, start, end) in VERSIONED {
        folders.extend(versions(Path::new(folder), start, end));
    }
    folders.extend(PLAIN.iter().map(PathBuf::from));
    let mut found: Vec<Installation> = Vec::new();
    let mut named = 0;
    for (index, folder) in folders.into_iter().enumerate() {
        // `postgres` tells its own folder by where it really is, and finds what it needs from there.
        let Ok(bin) = folder.join("postgres").canonicalize() else {
            continue;
        };
        let Some(bin) = bin.parent().filter(|bin| bin.join("initdb").exists()) else {
            continue;
        };
        if found.iter().any(|known| known.bin == bin) {
            continue;
        }
        if let Some(installation) = look(bin) {
            found.push(installation);
            if index < first {
                named = found.len();
            }
        }
    }
    found[named..].sort_by_key(|installation| std::cmp::Reverse(installation.major));
    found
}

fn versions(folder: &Path, start: &str, end: &str) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            name.strip_prefix(start)
                .is_some_and(|rest| rest.is_empty() || rest.contains(|c: char| c.is_ascii_digit()))
        })
        .map(|entry| entry.path().join(end))
        .collect()
}

fn look(bin: &Path) -> Option<Installation> {
    let said = version_of(&bin.join("postgres")).ok()?;
    let version = version(&said)?;
    Some(Installation {
        bin: bin.to_owned(),
        major: major(version)?,
        version: version.to_owned(),
    })
}

/// `15.18` of `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`.
fn version(said: &str) -> Option<&str> {
    said.split_once("(PostgreSQL) ")?
        .1
        .split_whitespace()
        .next()
}

/// 15 of `15.18`, and of `15beta1`.
fn major(version: &str) -> Option<u32> {
    let end = version
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(version.len());
    version[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_what_the_program_says() {
        let said = "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)";
        assert_eq!(version(said), Some("15.18"));
        assert_eq!(major("15.18"), Some(15));
        assert_eq!(major("18beta1"), Some(18));
        assert_eq!(version("something else"), None);
    }
}
