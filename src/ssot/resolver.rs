use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use gix::ObjectId;
use parking_lot::Mutex;

use super::address::{Address, Pin};
use super::codes::{LOCK_STALE, SOURCE_NOT_CACHED, SOURCE_UNLOCKED, WORKING_COPY_MISSING};
use super::lock::{Lock, Locked};
use super::manifest::{Entry, Manifest};
use super::store::{Placed, Site, Store};
use crate::config::nearest;
use crate::context::{SOURCE_UNKNOWN, SourceTree, Sources, Token};
use crate::gate::{Location, Obstacle, ObstacleKind, SourceRef};
use crate::tree::{DirTree, FetchObjects, GitTree, Tree};

/// Folders that stand in for locked sources, by name or `list/name`.
pub type WorkingCopies = BTreeMap<String, PathBuf>;

/// What is known of a source: nothing before somebody asks, and nothing after silence.
type Known = Option<Result<SourceTree, Obstacle>>;

/// The sources of a run: from the manifest over the lock to the mirrors.
#[derive(Debug)]
pub struct Resolver {
    store: Arc<Store>,
    root: Arc<dyn Tree>,
    working_copies: WorkingCopies,
    read: OnceLock<Result<(Manifest, Option<Lock>), Obstacle>>,
    trees: Mutex<HashMap<SourceRef, Arc<Mutex<Known>>>>,
}

impl Resolver {
    /// Reads nothing yet: a run whose gates need no source needs no manifest.
    pub fn new(site: Site, root: Arc<dyn Tree>, working_copies: WorkingCopies) -> Self {
        Self {
            store: Arc::new(Store::new(site)),
            root,
            working_copies,
            read: OnceLock::new(),
            trees: Mutex::default(),
        }
    }

    fn read(&self) -> Result<&(Manifest, Option<Lock>), Obstacle> {
        self.read
            .get_or_init(|| {
                let manifest = self.store.manifest(self.root.as_ref())?;
                // A text that readers may understand in two ways pins nothing.
                if let Some(finding) = manifest.findings().into_iter().next() {
                    return Err(Obstacle {
                        kind: ObstacleKind::Refused,
                        code: finding.code,
                        message: format!("the manifest is not sound: {}", finding.message),
                        help: finding.help,
                        locations: finding.locations,
                        part: None,
                    });
                }
                Ok((manifest, self.store.lock()?))
            })
            .as_ref()
            .map_err(Clone::clone)
    }

    fn working_copy(&self, source: &SourceRef) -> Option<&PathBuf> {
        let full = format!("{}/{}", source.category.key(), source.name);
        self.working_copies
            .get(&full)
            .or_else(|| self.working_copies.get(&source.name))
    }

    fn resolve(&self, source: &SourceRef) -> Result<SourceTree, Obstacle> {
        if let Some(path) = self.working_copy(source) {
            if !path.is_dir() {
                return Err(Obstacle::refused(
                    &WORKING_COPY_MISSING,
                    format!("{source}: {} is not a folder", path.display()),
                ));
            }
            let label = format!("{}@working-copy", source.name);
            return Ok(SourceTree {
                tree: Arc::new(DirTree::new(path, label)),
                commit: None,
                tree_id: None,
            });
        }
        let (manifest, lock) = self.read()?;
        let entry = manifest.entry(source).ok_or_else(|| {
            let names = manifest
                .entries
                .iter()
                .filter(|entry| entry.category == source.category)
                .map(|entry| entry.name.value.as_str());
            let obstacle = Obstacle::refused(
                &SOURCE_UNKNOWN,
                format!("{} has no {source}", manifest.path),
            )
            .at(Location::file(&manifest.path));
            match nearest(&source.name, names) {
                Some(near) => obstacle.help(format!("did you mean `{near}`?")),
                None => obstacle,
            }
        })?;
        let at_ref = |obstacle: Obstacle| {
            Obstacle {
                message: format!("{source}: {}", obstacle.message),
                ..obstacle
            }
            .at(manifest.location(&entry.reference.span))
        };
        let placed = self.store.place(entry).map_err(at_ref)?;
        let locked = lock
            .as_ref()
            .and_then(|lock| lock.entries.get(source))
            .ok_or_else(|| Obstacle::refused(&SOURCE_UNLOCKED, "the lock does not have it"))
            .map_err(at_ref)?;
        check_lock(entry, &placed, locked).map_err(at_ref)?;
        self.open(source, &placed, locked).map_err(at_ref)
    }

    fn open(
        &self,
        source: &SourceRef,
        placed: &Placed,
        locked: &Locked,
    ) -> Result<SourceTree, Obstacle> {
        let token = self.store.token(placed);
        let commits = BTreeSet::from([locked.commit.clone()]);
        let (tree, _) = self
            .store
            .trees(&placed.address, &token, &commits)
            .remove(&locked.commit)
            .ok_or_else(|| Obstacle::refused(&SOURCE_NOT_CACHED, "its commit was not brought"))??;
        let tree_id = tree.to_string();
        if tree_id != locked.tree {
            return Err(Obstacle::refused(
                &LOCK_STALE,
                format!(
                    "the lock says that commit {} has tree {}, but it has {tree_id}",
                    locked.commit, locked.tree
                ),
            ));
        }
        let short: String = locked.commit.chars().take(12).collect();
        let fetcher = Lazy {
            store: Arc::clone(&self.store),
            address: placed.address.clone(),
            token,
        };
        let git_dir = self.store.mirror(&placed.address)?.dir;
        let opened = GitTree::open(
            &git_dir,
            tree,
            format!("{}@{short}", source.name),
            Some(Arc::new(fetcher)),
        )?;
        Ok(SourceTree {
            tree: Arc::new(opened),
            commit: Some(locked.commit.clone()),
            tree_id: Some(locked.tree.clone()),
        })
    }
}

/// The lock must be about the very entry that the manifest has.
fn check_lock(entry: &Entry, placed: &Placed, locked: &Locked) -> Result<(), Obstacle> {
    let stale = |what: &str, locked: &str, manifest: &str| {
        Obstacle::refused(
            &LOCK_STALE,
            format!("the lock has {what} {locked}, the manifest {manifest}"),
        )
    };
    if locked.repo != entry.repo.value {
        return Err(stale("repository", &locked.repo, &entry.repo.value));
    }
    if locked.provider != placed.provider_name {
        return Err(stale("provider", &locked.provider, &placed.provider_name));
    }
    if locked.reference != entry.reference.value {
        return Err(stale("ref", &locked.reference, &entry.reference.value));
    }
    match &placed.pin {
        Pin::Commit(commit) if *commit != locked.commit => {
            Err(stale("commit", &locked.commit, commit))
        }
        _ => Ok(()),
    }
}

impl Sources for Resolver {
    fn tree(&self, source: &SourceRef) -> Result<SourceTree, Obstacle> {
        let slot = Arc::clone(self.trees.lock().entry(source.clone()).or_default());
        let mut slot = slot.lock();
        if let Some(known) = slot.as_ref() {
            return known.clone();
        }
        let result = self.resolve(source);
        // Silence is worth another try; everything else is an answer.
        let is_silence = result
            .as_ref()
            .is_err_and(|obstacle| obstacle.kind == ObstacleKind::Unreachable);
        if !is_silence {
            *slot = Some(result.clone());
        }
        result
    }
}

/// Fetches what a partial mirror lacks when a gate reads it.
#[derive(Debug)]
struct Lazy {
    store: Arc<Store>,
    address: Address,
    token: Result<Option<Token>, Obstacle>,
}

impl FetchObjects for Lazy {
    fn fetch_objects(&self, ids: &[ObjectId]) -> Result<(), Obstacle> {
        let url = &self.address.url;
        if self.store.site.offline {
            return Err(Obstacle::refused(
                &SOURCE_NOT_CACHED,
                format!("a file of {url} is not in the cache, and the network may not be used"),
            ));
        }
        let token = self.token.as_ref().map_err(Clone::clone)?.as_ref();
        let mirror = self.store.mirror(&self.address)?;
        let lock = mirror.lock(&self.store.site.cancel)?;
        self.store
            .fetcher(token)
            .objects(&mirror, &lock, &mirror.dir, ids)
    }
}
