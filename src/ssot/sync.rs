use std::collections::{BTreeMap, BTreeSet};

use super::address::{Address, Pin};
use super::codes::{LOCK_STALE, LOCK_UNWRITABLE, SOURCE_NOT_CACHED};
use super::lock::{Lock, Locked};
use super::manifest::{Entry, Manifest};
use super::outcome::{Change, EntryOutcome, LockOutcome, SyncEvent, SyncOutcome, Synced};
use super::pool::in_parallel;
use super::refs;
use super::store::{Brought, Placed, Site, Store};
use crate::context::Token;
use crate::gate::{Location, Obstacle};
use crate::tree::Tree;

/// How `sync` goes about it.
#[derive(Debug, Clone, Copy)]
pub struct SyncOptions {
    /// Refuse to move: every entry must stand in the lock as the manifest has it.
    pub locked: bool,
    /// How many repositories are fetched from at the same time.
    pub jobs: usize,
}

impl Default for SyncOptions {
    fn default() -> Self {
        Self {
            locked: false,
            jobs: 8,
        }
    }
}

/// An entry on its way.
struct Way<'a> {
    entry: &'a Entry,
    placed: Placed,
    /// What the lock has of it, if that is still what the manifest asks for.
    prior: Option<Locked>,
    /// What was locked before, whatever the manifest asks for now.
    before: Option<Locked>,
    /// The commit to have, once it is known.
    commit: Option<String>,
}

/// What is asked of one repository (names or commits), and the token to ask with.
type Asked = (BTreeSet<String>, Result<Option<Token>, Obstacle>);

/// What happens to an entry: its way, or why there is none.
type Started<'a> = Result<Way<'a>, (&'a Entry, Obstacle)>;

/// Makes the sources that the manifest names ready in the cache, and writes the lock. An entry that
/// cannot be had does not keep the others from being synced.
pub fn sync(
    site: Site,
    root: &dyn Tree,
    options: SyncOptions,
    on_event: &(dyn Fn(SyncEvent<'_>) + Sync),
) -> SyncOutcome {
    let store = Store::new(site);
    let manifest = match store.manifest(root) {
        Ok(manifest) => manifest,
        Err(obstacle) => return obstacle.into(),
    };
    let findings = manifest.findings();
    if !findings.is_empty() {
        return SyncOutcome {
            findings,
            ..SyncOutcome::default()
        };
    }
    let old = match store.lock() {
        Ok(lock) => lock,
        Err(obstacle) => return obstacle.into(),
    };
    let old_entries = old.clone().unwrap_or_default().entries;
    let mut started: Vec<Started<'_>> = manifest
        .entries
        .iter()
        .map(|entry| {
            let before = old_entries.get(&entry.source()).cloned();
            start(&store, entry, before, options)
        })
        .collect();
    name_commits(&store, &mut started, options, on_event);
    let mut brought = bring(&store, &started, options, on_event);
    let mut outcome = SyncOutcome::default();
    let mut lock = Lock::default();
    for way in started {
        let (entry, before, result) = match way {
            Ok(way) => {
                let before = way.before.clone();
                let result = finish(&way, &mut brought, options);
                (way.entry, before, result)
            }
            Err((entry, obstacle)) => {
                let before = old_entries.get(&entry.source()).cloned();
                (entry, before, Err(obstacle))
            }
        };
        match &result {
            Ok((locked, _)) => {
                lock.entries.insert(entry.source(), locked.clone());
            }
            // What could not be had today stays locked as it was, if it is still what is wanted.
            Err(_) => {
                if let Some(before) = before.filter(|before| is_current(&store, entry, before)) {
                    lock.entries.insert(entry.source(), before);
                }
            }
        }
        let done = EntryOutcome {
            source: entry.source(),
            repo: entry.repo.value.clone(),
            reference: entry.reference.value.clone(),
            result: result
                .map(|(_, synced)| synced)
                .map_err(|obstacle| name_entry(&manifest, entry, obstacle)),
        };
        on_event(SyncEvent::Done(&done));
        outcome.entries.push(done);
    }
    settle_lock(&store, old.as_ref(), &lock, options, &mut outcome);
    outcome
}

fn start<'a>(
    store: &Store,
    entry: &'a Entry,
    before: Option<Locked>,
    options: SyncOptions,
) -> Started<'a> {
    let placed = store.place(entry).map_err(|obstacle| (entry, obstacle))?;
    let prior = before
        .clone()
        .filter(|before| is_current(store, entry, before));
    if options.locked && prior.is_none() {
        let message = match &before {
            Some(before) => format!(
                "the lock has {} at {}, the manifest {} at {}",
                before.repo, before.reference, entry.repo.value, entry.reference.value
            ),
            None => "the lock does not have it".to_owned(),
        };
        let obstacle = Obstacle::refused(&LOCK_STALE, message)
            .help("run `driftgate sync` without `--locked`, and commit driftgate.lock");
        return Err((entry, obstacle));
    }
    let commit = match (&placed.pin, &prior) {
        (Pin::Commit(commit), _) => Some(commit.clone()),
        (Pin::Name(_), Some(prior)) if options.locked || store.site.offline => {
            Some(prior.commit.clone())
        }
        (Pin::Name(name), None) if store.site.offline => {
            let obstacle = Obstacle::refused(
                &SOURCE_NOT_CACHED,
                format!("the commit of `{name}` is not locked, and the network may not be used"),
            );
            return Err((entry, obstacle));
        }
        (Pin::Name(_), _) => None,
    };
    Ok(Way {
        entry,
        placed,
        prior,
        before,
        commit,
    })
}

/// Whether what was locked is what the manifest asks for.
fn is_current(store: &Store, entry: &Entry, locked: &Locked) -> bool {
    let same_provider = super::store::provider_of(&store.site.settings, entry)
        .is_ok_and(|(name, _)| name == locked.provider);
    let same_commit = match Pin::parse(&entry.reference.value) {
        Ok(Pin::Commit(commit)) => commit == locked.commit,
        Ok(Pin::Name(_)) => true,
        Err(_) => false,
    };
    same_provider
        && same_commit
        && entry.repo.value == locked.repo
        && entry.reference.value == locked.reference
}

/// Finds the commits of branches and tags, one question for each repository.
fn name_commits(
    store: &Store,
    started: &mut [Started<'_>],
    options: SyncOptions,
    on_event: &(dyn Fn(SyncEvent<'_>) + Sync),
) {
    let mut questions: BTreeMap<Address, Asked> = BTreeMap::new();
    for way in started.iter().flatten() {
        if let (None, Pin::Name(name)) = (&way.commit, &way.placed.pin) {
            let (names, token) = questions
                .entry(way.placed.address.clone())
                .or_insert_with(|| (BTreeSet::new(), Ok(None)));
            names.insert(name.clone());
            merge_token(token, store.token(&way.placed));
        }
    }
    if questions.is_empty() {
        return;
    }
    let questions: Vec<_> = questions.into_iter().collect();
    let answers = in_parallel(&questions, options.jobs, |(address, (names, token))| {
        on_event(SyncEvent::Resolving { url: &address.url });
        let token = token.as_ref().map_err(Clone::clone)?.as_ref();
        refs::resolve(store.git(), address, token, names, &store.site.cancel)
    });
    let answers: BTreeMap<&Address, _> = questions
        .iter()
        .map(|(address, _)| address)
        .zip(answers)
        .collect();
    for slot in started.iter_mut() {
        let Ok(way) = slot else { continue };
        let Pin::Name(name) = &way.placed.pin else {
            continue;
        };
        if way.commit.is_some() {
            continue;
        }
        let answer = match answers.get(&way.placed.address) {
            Some(Ok(commits)) => commits.get(name).cloned(),
            Some(Err(obstacle)) => Some(Err(obstacle.clone())),
            None => None,
        };
        match answer {
            Some(Ok(commit)) => way.commit = Some(commit),
            Some(Err(obstacle)) => *slot = Err((way.entry, obstacle)),
            None => {}
        }
    }
}

/// One of several entries of a repository being private makes the token needed for all of them.
fn merge_token(
    token: &mut Result<Option<Token>, Obstacle>,
    other: Result<Option<Token>, Obstacle>,
) {
    if token.is_ok() && !matches!(other, Ok(None)) {
        *token = other;
    }
}

fn bring(
    store: &Store,
    started: &[Started<'_>],
    options: SyncOptions,
    on_event: &(dyn Fn(SyncEvent<'_>) + Sync),
) -> BTreeMap<(Address, String), Brought> {
    let mut wanted: BTreeMap<Address, Asked> = BTreeMap::new();
    for way in started.iter().flatten() {
        if let Some(commit) = &way.commit {
            let (commits, token) = wanted
                .entry(way.placed.address.clone())
                .or_insert_with(|| (BTreeSet::new(), Ok(None)));
            commits.insert(commit.clone());
            merge_token(token, store.token(&way.placed));
        }
    }
    let wanted: Vec<_> = wanted.into_iter().collect();
    let results = in_parallel(&wanted, options.jobs, |(address, (commits, token))| {
        on_event(SyncEvent::Bringing { url: &address.url });
        store.trees(address, token, commits)
    });
    wanted
        .iter()
        .zip(results)
        .flat_map(|((address, _), results)| {
            results
                .into_iter()
                .map(|(commit, result)| ((address.clone(), commit), result))
        })
        .collect()
}

fn finish(
    way: &Way<'_>,
    brought: &mut BTreeMap<(Address, String), Brought>,
    options: SyncOptions,
) -> Result<(Locked, Synced), Obstacle> {
    let nothing = || Obstacle::refused(&SOURCE_NOT_CACHED, "no commit was found for it".to_owned());
    let commit = way.commit.clone().ok_or_else(nothing)?;
    let (tree, origin) = brought
        .get(&(way.placed.address.clone(), commit.clone()))
        .cloned()
        .ok_or_else(nothing)??;
    let tree = tree.to_string();
    if let Some(prior) = way.prior.as_ref().filter(|_| options.locked)
        && prior.tree != tree
    {
        return Err(Obstacle::refused(
            &LOCK_STALE,
            format!(
                "the lock says that commit {commit} has tree {}, but it has {tree}",
                prior.tree
            ),
        ));
    }
    let locked = Locked {
        repo: way.entry.repo.value.clone(),
        provider: way.placed.provider_name.clone(),
        reference: way.entry.reference.value.clone(),
        commit: commit.clone(),
        tree: tree.clone(),
    };
    let change = match &way.before {
        None => Change::Added,
        Some(before) if before.commit == commit => Change::Unchanged,
        Some(before) => Change::Moved {
            from: before.commit.clone(),
        },
    };
    Ok((
        locked,
        Synced {
            commit,
            tree,
            change,
            origin,
        },
    ))
}

/// Says which entry it is about, and where that stands.
fn name_entry(manifest: &Manifest, entry: &Entry, obstacle: Obstacle) -> Obstacle {
    let span = match obstacle.code.name {
        "provider-unknown" => entry
            .provider
            .as_ref()
            .map_or(&entry.name.span, |provider| &provider.span),
        "source-repository-missing" => &entry.repo.span,
        "source-commit-missing" | "source-ref-missing" | "lock-stale" => &entry.reference.span,
        _ => &entry.name.span,
    };
    Obstacle {
        message: format!("{}: {}", entry.source(), obstacle.message),
        locations: std::iter::once(manifest.location(span))
            .chain(obstacle.locations)
            .collect(),
        ..obstacle
    }
}

fn settle_lock(
    store: &Store,
    old: Option<&Lock>,
    new: &Lock,
    options: SyncOptions,
    outcome: &mut SyncOutcome,
) {
    if let Some(old) = old {
        let gone = old
            .entries
            .keys()
            .filter(|source| !outcome.entries.iter().any(|entry| entry.source == **source));
        for source in gone {
            if options.locked {
                outcome.obstacles.push(
                    Obstacle::refused(
                        &LOCK_STALE,
                        format!("{source}: the lock has it, the manifest does not"),
                    )
                    .at(Location::file(store.lock_name())),
                );
            } else {
                outcome.removed.push(source.clone());
            }
        }
    }
    outcome.lock =
        if options.locked || old == Some(new) || (old.is_none() && new.entries.is_empty()) {
            LockOutcome::Unchanged
        } else {
            match new.write(&store.site.lock_file) {
                Ok(()) => LockOutcome::Written,
                Err(error) => {
                    let name = store.lock_name();
                    outcome.obstacles.push(
                        Obstacle::refused(
                            &LOCK_UNWRITABLE,
                            format!("{name} cannot be written: {error}"),
                        )
                        .at(Location::file(name)),
                    );
                    LockOutcome::Unchanged
                }
            }
        };
}
