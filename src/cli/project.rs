use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{CliError, Global};
use crate::config::{CONFIG_NAME, Settings, find_root, load_settings, read_file, read_gate_files};
use crate::context::{Cancel, Environment};
use crate::gate::Lane;
use crate::kinds::{LoadedGates, load_gates};
use crate::run::Limits;
use crate::ssot::{LOCK_NAME, Site};

/// The folder of gates below the root, where the command line names none.
const GATES_NAME: &str = "gates";

/// The checkout that is gated, its settings, and where its gates are.
#[derive(Debug, Clone)]
pub(super) struct Project {
    /// Absolute.
    pub root: PathBuf,
    /// The settings file; the lock stands beside it.
    pub config: PathBuf,
    /// The folder of gate files.
    pub gates: PathBuf,
    /// That folder as the command line names it, if it does: then it must exist.
    gates_named: Option<PathBuf>,
    pub settings: Arc<Settings>,
}

impl Project {
    /// Finds the root and reads the settings.
    ///
    /// # Errors
    /// When there is no root, or the settings are wrong.
    pub(super) fn open(global: &Global) -> Result<Self, CliError> {
        let root = root(global)?;
        let config = match &global.config {
            Some(config) => absolute(config)?,
            None => root.join(CONFIG_NAME),
        };
        let named = global.config.as_deref().unwrap_or(&config);
        let name = name_of(&root, &config, named);
        let settings = load_settings(&read_file(&config, &name)?)?;
        Ok(Self {
            gates: match &global.gates {
                Some(gates) => absolute(gates)?,
                None => root.join(GATES_NAME),
            },
            gates_named: global.gates.clone(),
            root,
            config,
            settings: Arc::new(settings),
        })
    }

    /// What getting at its sources needs to know.
    pub(super) fn site(
        &self,
        environment: Arc<Environment>,
        offline: bool,
        cancel: Cancel,
    ) -> Site {
        Site {
            root: self.root.clone(),
            lock_file: self.config.with_file_name(LOCK_NAME),
            settings: Arc::clone(&self.settings),
            environment,
            offline,
            cancel,
        }
    }

    /// What bounds a run in a lane: the lane's settings, and where they say nothing what is usual.
    pub(super) fn limits(&self, lane: Lane) -> Limits {
        let lane = self.settings.lane(lane);
        let usual = Limits::default();
        Limits {
            retries: lane.retries.unwrap_or(usual.retries),
            timeout: lane.timeout.unwrap_or(usual.timeout),
            ..usual
        }
    }

    /// Reads all gate files; none if the root has no folder of gates.
    ///
    /// # Errors
    /// All that is wrong with all of them.
    pub(super) fn load_gates(&self) -> Result<LoadedGates, CliError> {
        if self.gates_named.is_none() && self.gates.symlink_metadata().is_err() {
            return Ok(LoadedGates::new());
        }
        let named = self.gates_named.as_deref().unwrap_or(&self.gates);
        let files = read_gate_files(&self.gates, &|path| {
            let below = path.strip_prefix(&self.gates).unwrap_or(path);
            name_of(&self.root, path, &named.join(below))
        })?;
        Ok(load_gates(&files)?)
    }
}

fn root(global: &Global) -> Result<PathBuf, CliError> {
    if let Some(root) = &global.root {
        let root = absolute(root)?;
        if !root.is_dir() {
            return Err(
                CliError::usage(format!("root {} is not a folder", root.display()))
                    .help("name the checkout that is to be gated with --root"),
            );
        }
        if global.config.is_none() && root.join(CONFIG_NAME).symlink_metadata().is_err() {
            return Err(
                CliError::usage(format!("{} has no {CONFIG_NAME}", root.display()))
                    .help("create one (it may be empty), or name one elsewhere with --config"),
            );
        }
        return Ok(root);
    }
    let here = absolute(Path::new("."))?;
    find_root(&here).ok_or_else(|| {
        CliError::usage(format!(
            "no {CONFIG_NAME} in {} or any folder above it",
            here.display()
        ))
        .help(format!(
            "create {CONFIG_NAME} in the root of the checkout (it may be empty), or name the checkout with --root"
        ))
    })
}

/// The path with symlinks and dots resolved as far as it exists.
fn absolute(path: &Path) -> Result<PathBuf, CliError> {
    path.canonicalize()
        .or_else(|_| std::path::absolute(path))
        .map_err(|error| CliError::usage(format!("failed to resolve {}: {error}", path.display())))
}

/// What messages call a file: relative to the root where it stands below it, and otherwise as the
/// command line names it, which is the same on every machine.
fn name_of(root: &Path, path: &Path, named: &Path) -> String {
    path.strip_prefix(root)
        .unwrap_or(named)
        .to_string_lossy()
        .into_owned()
}
