use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gix::ObjectId;

use super::address::{Address, Pin};
use super::codes::{
    CACHE_UNUSABLE, LOCK_MALFORMED, MANIFEST_MISSING, PROVIDER_UNKNOWN, SOURCE_NOT_CACHED,
};
use super::fetch::Fetcher;
use super::lock::Lock;
use super::manifest::{Entry, Manifest};
use super::mirror::{Mirror, Probe};
use crate::config::{Provider, Settings, nearest};
use crate::context::{Cancel, Environment, GitProgram, Token};
use crate::gate::{Location, Obstacle};
use crate::tree::{SMALL_FILE, Tree, TreePath};

/// What getting at sources needs to know about a root.
#[derive(Debug, Clone)]
pub struct Site {
    /// The folder that is gated.
    pub root: PathBuf,
    /// `driftgate.lock`, beside `driftgate.yaml`.
    pub lock_file: PathBuf,
    pub settings: Arc<Settings>,
    pub environment: Arc<Environment>,
    /// Never touch the network.
    pub offline: bool,
    pub cancel: Cancel,
}

impl Site {
    /// The cache: the folder that the settings name, or `driftgate` in the user's cache folder.
    ///
    /// # Errors
    /// When nobody can know where it is.
    pub fn cache(&self) -> Result<PathBuf, Obstacle> {
        if let Some(cache) = &self.settings.cache {
            return Ok(self.root.join(cache));
        }
        let absolute = |name: &str| {
            self.environment
                .get(name)
                .map(Path::new)
                .filter(|path| path.is_absolute())
        };
        let user = absolute("XDG_CACHE_HOME")
            .map(Path::to_path_buf)
            .or_else(|| absolute("HOME").map(|home| home.join(".cache")))
            .ok_or_else(|| {
                Obstacle::refused(
                    &CACHE_UNUSABLE,
                    "neither XDG_CACHE_HOME nor HOME says where the cache is",
                )
                .help("name a folder with `cache` in driftgate.yaml")
            })?;
        Ok(user.join("driftgate"))
    }
}

/// Manifest, lock and mirrors of a root.
#[derive(Debug)]
pub(super) struct Store {
    pub(super) site: Site,
    git: GitProgram,
}

/// Where an entry is, and what of it is wanted.
#[derive(Debug, Clone)]
pub(super) struct Placed {
    pub(super) provider_name: String,
    pub(super) provider: Provider,
    pub(super) address: Address,
    pub(super) pin: Pin,
    pub(super) private: bool,
}

impl Store {
    pub(super) fn new(site: Site) -> Self {
        let secrets = site
            .settings
            .providers
            .values()
            .filter_map(|provider| provider.token_env.as_deref());
        let git = GitProgram::new(&site.environment, secrets);
        Self { site, git }
    }

    /// Reads the manifest from a tree of the root.
    ///
    /// # Errors
    /// When it is not there, or cannot be read.
    pub(super) fn manifest(&self, root: &dyn Tree) -> Result<Manifest, Obstacle> {
        read_manifest(root, &self.site.settings.manifest)
    }

    /// Reads the lock; `None` if there is none.
    ///
    /// # Errors
    /// When it cannot be read, or is malformed.
    pub(super) fn lock(&self) -> Result<Option<Lock>, Obstacle> {
        let path = &self.site.lock_file;
        let name = self.lock_name();
        let unreadable = |what: String| {
            Obstacle::refused(&LOCK_MALFORMED, format!("{name} cannot be read: {what}"))
                .at(Location::file(name.clone()))
        };
        match std::fs::metadata(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(error.to_string())),
            Ok(found) if !found.is_file() => return Err(unreadable("it is no file".to_owned())),
            Ok(found) if found.len() > SMALL_FILE => {
                return Err(unreadable(format!("it is larger than {SMALL_FILE} bytes")));
            }
            Ok(_) => {}
        }
        let text = std::fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
        Lock::parse(&name, &text).map(Some)
    }

    /// As messages name the lock.
    pub(super) fn lock_name(&self) -> String {
        let path = &self.site.lock_file;
        path.strip_prefix(&self.site.root)
            .unwrap_or(path)
            .display()
            .to_string()
    }

    /// Where an entry of the manifest is.
    ///
    /// # Errors
    /// When nobody can know, or may go there.
    pub(super) fn place(&self, entry: &Entry) -> Result<Placed, Obstacle> {
        let (provider_name, provider) = provider_of(&self.site.settings, entry)?;
        Ok(Placed {
            address: Address::new(provider, &entry.repo.value, &self.site.root)?,
            pin: Pin::parse(&entry.reference.value)?,
            provider_name: provider_name.to_owned(),
            provider: provider.clone(),
            private: entry.private,
        })
    }

    pub(super) fn token(&self, placed: &Placed) -> Result<Option<Token>, Obstacle> {
        placed.address.token(
            &placed.provider_name,
            &placed.provider,
            placed.private,
            &self.site.environment,
        )
    }

    /// # Errors
    /// When nobody can know where the cache is.
    pub(super) fn mirror(&self, address: &Address) -> Result<Mirror, Obstacle> {
        Ok(Mirror::new(&self.mirrors()?, address.clone()))
    }

    fn mirrors(&self) -> Result<PathBuf, Obstacle> {
        Ok(self.site.cache()?.join("mirrors"))
    }

    /// The trees of commits of one repository, fetched where they are not in the cache.
    pub(super) fn trees(
        &self,
        address: &Address,
        token: &Result<Option<Token>, Obstacle>,
        commits: &BTreeSet<String>,
    ) -> BTreeMap<String, Brought> {
        let everything = |obstacle: &Obstacle| {
            commits
                .iter()
                .map(|commit| (commit.clone(), Err(obstacle.clone())))
                .collect::<BTreeMap<_, _>>()
        };
        let mirror = match self.mirror(address) {
            Ok(mirror) => mirror,
            Err(obstacle) => return everything(&obstacle),
        };
        let mut trees = BTreeMap::new();
        let mut missing = BTreeSet::new();
        for commit in commits {
            match mirror.probe(commit) {
                Probe::Ready(tree) => {
                    trees.insert(commit.clone(), Ok((tree, Origin::Cache)));
                }
                Probe::Damaged(what) if self.site.offline => {
                    trees.insert(commit.clone(), Err(self.not_cached(&mirror, commit, &what)));
                }
                Probe::Absent if self.site.offline => {
                    let what = "it has never been fetched";
                    trees.insert(commit.clone(), Err(self.not_cached(&mirror, commit, what)));
                }
                Probe::Absent | Probe::Damaged(_) => {
                    missing.insert(commit.clone());
                }
            }
        }
        if missing.is_empty() {
            return trees;
        }
        let token = match token {
            Ok(token) => token.as_ref(),
            Err(obstacle) => {
                trees.extend(
                    everything(obstacle)
                        .into_iter()
                        .filter(|(c, _)| missing.contains(c)),
                );
                return trees;
            }
        };
        let fetched = self.fetcher(token).fetch(&mirror, &missing);
        trees.extend(
            fetched
                .into_iter()
                .map(|(commit, result)| (commit, result.map(|tree| (tree, Origin::Network)))),
        );
        trees
    }

    pub(super) fn fetcher<'a>(&'a self, token: Option<&'a Token>) -> Fetcher<'a> {
        Fetcher {
            git: &self.git,
            token,
            cancel: &self.site.cancel,
        }
    }

    pub(super) fn git(&self) -> &GitProgram {
        &self.git
    }

    fn not_cached(&self, mirror: &Mirror, commit: &str, what: &str) -> Obstacle {
        Obstacle::refused(
            &SOURCE_NOT_CACHED,
            format!(
                "commit {commit} of {} is not in the cache, and the network may not be used ({what})",
                mirror.address.url
            ),
        )
    }
}

/// The tree of a commit, or why it is not to be had.
pub(super) type Brought = Result<(ObjectId, Origin), Obstacle>;

/// Where a commit came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// It was there already: nothing was started for it.
    Cache,
    /// It was fetched just now.
    Network,
}

/// Reads the manifest at `path` of a tree.
///
/// # Errors
/// When it is not there, or cannot be read. What is wrong with its text is not an error.
pub fn read_manifest(root: &dyn Tree, path: &str) -> Result<Manifest, Obstacle> {
    let tree_path = TreePath::new(path)
        .map_err(|error| Obstacle::refused(&MANIFEST_MISSING, error.to_string()))?;
    if root.kind(&tree_path)?.is_none() {
        return Err(
            Obstacle::refused(&MANIFEST_MISSING, format!("there is no manifest {path}"))
                .at(Location::file(path)),
        );
    }
    let bytes = root.read(&tree_path, SMALL_FILE)?;
    let text = String::from_utf8(bytes).map_err(|error| {
        Obstacle::refused(
            &super::codes::JSON_SYNTAX,
            format!(
                "{path} is not UTF-8 (byte {})",
                error.utf8_error().valid_up_to()
            ),
        )
        .at(Location::file(path))
    })?;
    Ok(Manifest::read(path, &text))
}

/// The provider of an entry, with its name.
///
/// # Errors
/// When it names an unknown one, or none where none is the default.
pub fn provider_of<'a>(
    settings: &'a Settings,
    entry: &'a Entry,
) -> Result<(&'a str, &'a Provider), Obstacle> {
    let known = || {
        settings
            .providers
            .keys()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(", ")
    };
    let Some(name) = entry
        .provider
        .as_ref()
        .map(|name| name.value.as_str())
        .or(settings.default_provider.as_deref())
    else {
        return Err(Obstacle::refused(
            &PROVIDER_UNKNOWN,
            "it names no provider, and there is no default one",
        )
        .help("set `default_provider` in driftgate.yaml, or `provider` in the entry"));
    };
    settings
        .providers
        .get_key_value(name)
        .map(|(name, provider)| (name.as_str(), provider))
        .ok_or_else(|| {
            let obstacle = Obstacle::refused(
                &PROVIDER_UNKNOWN,
                format!("provider `{}` is not known", name.escape_debug()),
            );
            match nearest(name, settings.providers.keys().map(String::as_str)) {
                Some(near) => obstacle.help(format!("did you mean `{near}`? known: {}", known())),
                None if settings.providers.is_empty() => {
                    obstacle.help("add it to `providers` in driftgate.yaml")
                }
                None => obstacle.help(format!("known: {}", known())),
            }
        })
}
