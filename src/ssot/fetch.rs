use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::Path;
use std::time::Duration;

use gix::ObjectId;
use gix::objs::tree::EntryKind;

use super::address::Transport;
use super::answer::{Answer, obstacle};
use super::codes::{GIT_FAILED, SOURCE_COMMIT_MISSING};
use super::copy::copy_commits;
use super::mirror::{
    Found, INCOMING, Mirror, MirrorLock, Probe, REMOTE, mark_ready, open, read_commit,
};
use crate::context::{Cancel, GitCall, GitFailure, GitProgram, Token};
use crate::gate::Obstacle;

/// How long one fetch may take.
const FETCH_LIMIT: Duration = Duration::from_secs(600);

/// After a fetch without file contents, a commit with at most this many files is completed at
/// once, so that the source can be read without the network from then on. The files of larger ones
/// are fetched when a gate reads them.
const COMPLETE_UP_TO: usize = 5_000;

/// How many objects are asked for in one call; the command line holds them.
const BATCH: usize = 500;

/// What a fetch needs besides the mirror.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fetcher<'a> {
    pub(super) git: &'a GitProgram,
    pub(super) token: Option<&'a Token>,
    pub(super) cancel: &'a Cancel,
}

/// Each way asks less of the server than the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// The commit alone, without the contents of files.
    Partial,
    /// The commit alone.
    Shallow,
    /// The commit with its history.
    Deep,
    /// All branches and tags: some servers give nothing but what they advertise.
    Everything,
}

const REMOTE_WAYS: &[Way] = &[Way::Partial, Way::Shallow, Way::Deep, Way::Everything];
const LOCAL_WAYS: &[Way] = &[Way::Shallow, Way::Deep, Way::Everything];

impl Fetcher<'_> {
    /// Makes commits ready in the mirror; returns the ids of their trees, or why not.
    pub(super) fn fetch(
        &self,
        mirror: &Mirror,
        commits: &BTreeSet<String>,
    ) -> BTreeMap<String, Result<ObjectId, Obstacle>> {
        let all = |obstacle: &Obstacle| {
            commits
                .iter()
                .map(|commit| (commit.clone(), Err(obstacle.clone())))
                .collect()
        };
        match self.fetch_locked(mirror, commits) {
            Ok(results) => results,
            Err(obstacle) => all(&obstacle),
        }
    }

    fn fetch_locked(
        &self,
        mirror: &Mirror,
        commits: &BTreeSet<String>,
    ) -> Result<BTreeMap<String, Result<ObjectId, Obstacle>>, Obstacle> {
        let lock = mirror.lock(self.cancel)?;
        let mut results = BTreeMap::new();
        let mut wanted = Vec::new();
        let mut damaged = false;
        for commit in commits {
            // Another run may have brought it while we waited for the lock.
            match mirror.probe(commit) {
                Probe::Ready(tree) => {
                    results.insert(commit.clone(), Ok(tree));
                }
                probe => {
                    damaged |= matches!(probe, Probe::Damaged(_));
                    wanted.push(commit.as_str());
                }
            }
        }
        if wanted.is_empty() {
            return Ok(results);
        }
        if damaged {
            // Everything that is wanted has to come from the new one.
            results.clear();
            wanted = commits.iter().map(String::as_str).collect();
        }
        let dir = mirror.prepare(&lock, damaged)?;
        let mut ready = false;
        for (commit, result) in self.bring(mirror, &lock, &dir, &wanted) {
            let result = result.and_then(|tree| {
                mark_ready(&dir, &commit)?;
                Ok(tree)
            });
            ready |= result.is_ok();
            results.insert(commit, result);
        }
        if ready {
            mirror.settle(&lock, &dir)?;
        } else if dir != mirror.dir {
            let _ = std::fs::remove_dir_all(&dir);
        }
        Ok(results)
    }

    fn bring(
        &self,
        mirror: &Mirror,
        lock: &MirrorLock,
        dir: &Path,
        wanted: &[&str],
    ) -> Vec<(String, Result<ObjectId, Obstacle>)> {
        let ways = if mirror.address.transport == Transport::Local {
            LOCAL_WAYS
        } else {
            REMOTE_WAYS
        };
        let url = mirror.address.url.as_str();
        let each = |result: &dyn Fn(&str) -> Result<ObjectId, Obstacle>| {
            wanted
                .iter()
                .map(|commit| ((*commit).to_owned(), result(commit)))
                .collect()
        };
        if let Some(path) = mirror.address.local_path()
            && dir != mirror.dir
            && copy_commits(&path, dir, wanted)
        {
            return each(&|commit| self.check(mirror, lock, dir, commit));
        }
        // All of them in one go; one that is missing spoils it for the others.
        match self.call(mirror, lock, dir, ways[0], wanted) {
            Ok(()) => return each(&|commit| self.check(mirror, lock, dir, commit)),
            Err(failure) if is_final(&failure) => {
                return each(&|_| Err(obstacle(&failure, url)));
            }
            Err(failure) if wanted.len() == 1 => {
                return each(&|commit| self.step(mirror, lock, dir, commit, &ways[1..], &failure));
            }
            Err(_) => {}
        }
        each(
            &|commit| match self.call(mirror, lock, dir, ways[0], &[commit]) {
                Ok(()) => self.check(mirror, lock, dir, commit),
                Err(failure) => self.step(mirror, lock, dir, commit, &ways[1..], &failure),
            },
        )
    }

    /// Tries the ways that are left.
    fn step(
        &self,
        mirror: &Mirror,
        lock: &MirrorLock,
        dir: &Path,
        commit: &str,
        ways: &[Way],
        failure: &GitFailure,
    ) -> Result<ObjectId, Obstacle> {
        let url = mirror.address.url.as_str();
        if is_final(failure) {
            return Err(obstacle(failure, url));
        }
        // A server that does not give the commit will not give it with its history either.
        let not_given = answer(failure) == Some(Answer::CommitMissing);
        let Some(index) = ways
            .iter()
            .position(|way| !not_given || *way == Way::Everything)
        else {
            return Err(obstacle(failure, url));
        };
        match self.call(mirror, lock, dir, ways[index], &[commit]) {
            Ok(()) => self.check(mirror, lock, dir, commit),
            Err(failure) => self.step(mirror, lock, dir, commit, &ways[index + 1..], &failure),
        }
    }

    fn call(
        &self,
        mirror: &Mirror,
        lock: &MirrorLock,
        dir: &Path,
        way: Way,
        commits: &[&str],
    ) -> Result<(), GitFailure> {
        let mut args: Vec<String> = [
            "fetch",
            "--quiet",
            "--no-tags",
            "--no-write-fetch-head",
            "--force",
        ]
        .map(str::to_owned)
        .into();
        args.extend(
            match way {
                Way::Partial => &["--depth=1", "--filter=blob:none"][..],
                Way::Shallow => &["--depth=1", "--no-filter"],
                Way::Deep => &["--no-filter"],
                Way::Everything => &["--filter=blob:none"],
            }
            .iter()
            .filter(|arg| mirror.address.transport != Transport::Local || !arg.contains("filter"))
            .map(|arg| (*arg).to_owned()),
        );
        args.push(REMOTE.to_owned());
        if way == Way::Everything {
            args.push(format!("+refs/heads/*:{INCOMING}/heads/*"));
            args.push(format!("+refs/tags/*:{INCOMING}/tags/*"));
        } else {
            args.extend(
                commits
                    .iter()
                    .map(|commit| format!("+{commit}:{INCOMING}/{commit}")),
            );
        }
        self.git(mirror, lock, dir, &args)
    }

    fn git(
        &self,
        mirror: &Mirror,
        lock: &MirrorLock,
        dir: &Path,
        args: &[String],
    ) -> Result<(), GitFailure> {
        let args: Vec<&OsStr> = args.iter().map(OsStr::new).collect();
        self.git
            .run(&GitCall {
                git_dir: Some(dir),
                args: &args,
                token: self.token.map(|token| (token, mirror.address.url.as_str())),
                hold: Some(&lock.0),
                timeout: FETCH_LIMIT,
                cancel: self.cancel,
            })
            .map(drop)
    }

    /// Looks at what came, and completes it.
    fn check(
        &self,
        mirror: &Mirror,
        lock: &MirrorLock,
        dir: &Path,
        commit: &str,
    ) -> Result<ObjectId, Obstacle> {
        let url = mirror.address.url.as_str();
        let unreadable = |message: String| {
            Obstacle::refused(
                &GIT_FAILED,
                format!("what {url} sent for commit {commit} cannot be read: {message}"),
            )
        };
        let tree = match read_commit(dir, commit).map_err(unreadable)? {
            Found::Commit(tree) => tree,
            Found::Nothing => {
                return Err(Obstacle::refused(
                    &SOURCE_COMMIT_MISSING,
                    format!("{url} does not have commit {commit}"),
                ));
            }
            Found::Other(kind) => {
                return Err(Obstacle::refused(
                    &SOURCE_COMMIT_MISSING,
                    format!("{commit} is a {kind} in {url}, not a commit"),
                ));
            }
        };
        let missing = missing_blobs(dir, tree).map_err(unreadable)?;
        if missing.len() <= COMPLETE_UP_TO {
            self.objects(mirror, lock, dir, &missing)?;
        }
        Ok(tree)
    }

    /// Brings single objects into the repository at `dir`.
    pub(super) fn objects(
        &self,
        mirror: &Mirror,
        lock: &MirrorLock,
        dir: &Path,
        ids: &[ObjectId],
    ) -> Result<(), Obstacle> {
        for batch in ids.chunks(BATCH) {
            let mut args: Vec<String> = [
                // Nothing to negotiate: the objects are known to be missing.
                "-c",
                "fetch.negotiationAlgorithm=noop",
                "fetch",
                "--quiet",
                "--no-tags",
                "--no-write-fetch-head",
                "--filter=blob:none",
                REMOTE,
            ]
            .map(str::to_owned)
            .into();
            args.extend(batch.iter().map(ToString::to_string));
            self.git(mirror, lock, dir, &args)
                .map_err(|failure| obstacle(&failure, &mirror.address.url))?;
        }
        Ok(())
    }
}

fn answer(failure: &GitFailure) -> Option<Answer> {
    match failure {
        GitFailure::Failed { stderr } => Some(Answer::of(stderr)),
        _ => None,
    }
}

/// Whether asking for less would not help.
fn is_final(failure: &GitFailure) -> bool {
    !matches!(
        answer(failure),
        Some(Answer::CommitMissing | Answer::Incapable | Answer::Unknown)
    )
}

/// The files of a tree whose contents are not in the repository. Submodules belong to others.
///
/// # Errors
/// When a folder of the tree cannot be read.
fn missing_blobs(dir: &Path, root: ObjectId) -> Result<Vec<ObjectId>, String> {
    let repository = open(dir)?;
    let mut seen = BTreeSet::from([root]);
    let mut pending = vec![root];
    let mut missing = Vec::new();
    while let Some(id) = pending.pop() {
        let object = repository
            .find_object(id)
            .map_err(|error| error.to_string())?;
        for entry in gix::objs::TreeRefIter::from_bytes(&object.data, id.kind()) {
            let entry = entry.map_err(|error| error.to_string())?;
            let id = entry.oid.to_owned();
            match entry.mode.kind() {
                EntryKind::Commit => {}
                EntryKind::Tree => {
                    if seen.insert(id) {
                        pending.push(id);
                    }
                }
                _ => {
                    if seen.insert(id) && !repository.has_object(id) {
                        missing.push(id);
                    }
                }
            }
        }
    }
    Ok(missing)
}
