use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use include_dir::{Dir, DirEntry, include_dir};
use rayon::prelude::*;
use serde_json::Value;

use super::DemoError;
use super::git::{commit, init};
use crate::context::Environment;

/// The organisation's files, so that the demonstration needs nothing but the binary and `git`.
static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/fixtures/organisation");

/// Stands in the manifest where the commit of the entry's repository is to be.
const COMMIT_TO_COME: &str = "@commit";

/// The owner of the repositories, as the manifest writes it.
const OWNER: &str = "harbour";

/// The sample organisation on disk.
#[derive(Debug)]
pub struct Organisation {
    /// The folder with everything in it.
    pub base: PathBuf,
    /// The repository that is gated.
    pub core: PathBuf,
    /// The repositories that the manifest pins, by name.
    pub repositories: Vec<Repository>,
}

/// A repository that the manifest pins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    pub name: String,
    /// The commit that the manifest pins, in lowercase hex.
    pub pinned: String,
    /// The commit that `main` has moved on to, where it has.
    pub moved_on: Option<String>,
}

impl Organisation {
    /// Makes the organisation below `base`, with real git repositories. The same binary always
    /// makes the same commits.
    ///
    /// # Errors
    /// When files cannot be written, or `git` is missing or fails.
    pub fn make(base: &Path, environment: &Environment) -> Result<Self, DemoError> {
        let templates: Vec<&Dir<'_>> = folder("repositories")?.dirs().collect();
        let mut repositories = templates
            .par_iter()
            .map(|template| make_repository(base, template, environment))
            .collect::<Result<Vec<_>, _>>()?;
        repositories.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        let core = base.join("core");
        unpack(folder("core")?, &core)?;
        pin(&core.join("manifest.json"), &repositories)?;
        init(&core, environment)?;
        commit(&core, "Pin the templates and plugins", environment)?;
        Ok(Self {
            base: base.to_path_buf(),
            core,
            repositories,
        })
    }
}

fn make_repository(
    base: &Path,
    template: &Dir<'_>,
    environment: &Environment,
) -> Result<Repository, DemoError> {
    let name = name_of(template.path());
    let dir = base.join("repositories").join(OWNER).join(&name);
    unpack(template, &dir)?;
    init(&dir, environment)?;
    let pinned = commit(&dir, "What the manifest pins", environment)?;
    let moved_on = match FILES.get_dir(Path::new("later").join(&name)) {
        Some(later) => {
            unpack(later, &dir)?;
            Some(commit(&dir, "What came later", environment)?)
        }
        None => None,
    };
    Ok(Repository {
        name,
        pinned,
        moved_on,
    })
}

pub(super) fn folder(name: &str) -> Result<&'static Dir<'static>, DemoError> {
    FILES
        .get_dir(name)
        .ok_or_else(|| DemoError::Fixture(format!("it has no folder {name}")))
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// Writes the files of an embedded folder. Those that begin with `#!` become executable, for what
/// is embedded has no mode.
pub(super) fn unpack(dir: &Dir<'_>, to: &Path) -> Result<(), DemoError> {
    std::fs::create_dir_all(to).map_err(|error| write_error(to, error))?;
    for entry in dir.entries() {
        let path = to.join(name_of(entry.path()));
        match entry {
            DirEntry::Dir(dir) => unpack(dir, &path)?,
            DirEntry::File(file) => {
                write(&path, file.contents())?;
                if file.contents().starts_with(b"#!") {
                    let mode = std::fs::Permissions::from_mode(0o755);
                    std::fs::set_permissions(&path, mode)
                        .map_err(|error| write_error(&path, error))?;
                }
            }
        }
    }
    Ok(())
}

/// Fills the commits into the manifest.
fn pin(path: &Path, repositories: &[Repository]) -> Result<(), DemoError> {
    let text = std::fs::read(path).map_err(|error| write_error(path, error))?;
    let broken = |problem: String| DemoError::Fixture(format!("its manifest: {problem}"));
    let mut manifest: Value =
        serde_json::from_slice(&text).map_err(|error| broken(error.to_string()))?;
    let entries = manifest
        .as_object_mut()
        .into_iter()
        .flat_map(|lists| lists.values_mut())
        .filter_map(Value::as_array_mut)
        .flatten();
    for entry in entries {
        let repo = entry["repo"].as_str().unwrap_or_default();
        let repository = repositories
            .iter()
            .find(|repository| repo == format!("{OWNER}/{}", repository.name))
            .ok_or_else(|| broken(format!("there is no repository `{repo}`")))?;
        if entry["ref"] == COMMIT_TO_COME {
            entry["ref"] = repository.pinned.clone().into();
        }
    }
    let text = format!("{manifest:#}\n");
    write(path, text.as_bytes())
}

pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), DemoError> {
    std::fs::write(path, bytes).map_err(|error| write_error(path, error))
}

fn write_error(path: &Path, error: std::io::Error) -> DemoError {
    DemoError::Write {
        path: path.to_path_buf(),
        error,
    }
}

/// How many gates the core has.
pub(super) fn gates() -> Result<usize, DemoError> {
    Ok(folder("core/gates")?.files().count())
}
