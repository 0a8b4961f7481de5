use std::collections::BTreeSet;
use std::sync::Arc;

use super::codes::UNREADABLE;
use super::extract::{Extraction, Failure, Origin, SourceText, extract, migration_order};
use super::memo::{Remembered, Worked};
use super::relation::Relation;
use super::selector::Selector;
use super::side_path::{Names, SidePath};
use super::transform::{Compared, Step, transform};
use crate::context::{Context, Memo};
use crate::gate::{Finding, Location, Obstacle, SourceRef, TreeRef};
use crate::kinds::SUBJECT_MISSING;
use crate::tree::{BlobId, SMALL_FILE, Tree, TreeError, TreePath, walk};

/// How many bytes the files of one side may have in all: 64 MiB.
const MAX_BYTES: usize = 64 << 20;

/// One place where the set is written.
#[derive(Debug)]
pub(super) struct Side {
    pub(super) name: String,
    pub(super) source: Option<SourceRef>,
    pub(super) paths: Vec<SidePath>,
    pub(super) selector: Selector,
    pub(super) steps: Vec<Step>,
    pub(super) min_size: usize,
    /// What a mirror is to the canonical side; of no use in the canonical side itself.
    pub(super) relation: Relation,
}

/// A side as it stands in the files.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) files: Vec<SourceText>,
    pub(super) extraction: Extraction,
    pub(super) values: Vec<Compared>,
    /// Transforms that had nothing to work on.
    pub(super) dead: Vec<String>,
}

/// Why a side could not be read.
#[derive(Debug)]
pub(super) enum Problem {
    /// The file or what is wanted in it is gone.
    Gone(Box<Finding>),
    /// It could not be looked at.
    Obstacle(Box<Obstacle>),
}

impl From<Obstacle> for Problem {
    fn from(obstacle: Obstacle) -> Self {
        Self::Obstacle(Box::new(obstacle))
    }
}

impl From<TreeError> for Problem {
    fn from(error: TreeError) -> Self {
        Obstacle::from(error).into()
    }
}

impl Problem {
    /// What is there and cannot be worked out.
    pub(super) fn unreadable(side: &str, message: &str, place: Location) -> Self {
        Obstacle::refused(&UNREADABLE, format!("{side}: {message}"))
            .at(place)
            .into()
    }
}

impl Read {
    /// Where a piece of the side is written.
    pub(super) fn location(&self, origin: &Origin) -> Option<Location> {
        let file = self.files.get(origin.file)?;
        Some(file.location(origin.span.start))
    }

    /// Where a compared value comes from; where the side is declared, for one that the gate adds.
    pub(super) fn location_of(&self, value: &Compared) -> Option<Location> {
        let member = value.member.and_then(|i| self.extraction.members.get(i));
        match member {
            Some(member) => self.location(&member.at),
            None => self.location(&self.extraction.declared),
        }
    }

    pub(super) fn declared(&self) -> Option<Location> {
        self.location(&self.extraction.declared)
    }

    pub(super) fn set(&self) -> BTreeSet<&str> {
        self.values.iter().map(|one| one.value.as_str()).collect()
    }
}

impl Side {
    pub(super) fn tree_ref(&self) -> TreeRef {
        match &self.source {
            None => TreeRef::Root,
            Some(source) => TreeRef::Source(source.clone()),
        }
    }

    /// The side as the context has it.
    pub(super) fn read(self: &Arc<Self>, context: &Context) -> Result<Arc<Read>, Problem> {
        if let Selector::Live(live, wanted) = &self.selector {
            return self.read_live(live, wanted, context).map(Arc::new);
        }
        match &self.source {
            None => self.read_from(context.root(), context),
            Some(source) => {
                let tree: Arc<dyn Tree> = context.source(source)?.tree;
                self.read_from(tree.as_ref(), context)
            }
        }
    }

    fn read_from(
        self: &Arc<Self>,
        tree: &dyn Tree,
        context: &Context,
    ) -> Result<Arc<Read>, Problem> {
        let remembered = remembered(context);
        let mut files = Vec::new();
        let mut bytes = 0;
        for path in self.files(tree)? {
            context.cancel().check()?;
            let file = self.file(tree, path, remembered.as_deref())?;
            bytes += file.text.len();
            if bytes > MAX_BYTES {
                let message = format!(
                    "{}: the files have more than {MAX_BYTES} bytes in all",
                    self.name
                );
                let obstacle = Obstacle::refused(&UNREADABLE, message);
                return Err(obstacle.at(Location::file(file.place.clone())).into());
            }
            files.push(file);
        }
        self.work_out(&files, context)
    }

    /// A file of the side. The tree is asked about its content each time.
    fn file(
        &self,
        tree: &dyn Tree,
        path: TreePath,
        remembered: Option<&Remembered>,
    ) -> Result<SourceText, Problem> {
        let place = tree.location(&path).path;
        // What is no regular file fails the same way where it is read.
        let key = remembered.and_then(|remembered| {
            let id = tree.facts(&path).ok()?.id;
            Some((remembered, (path.clone(), place.clone(), id)))
        });
        if let Some((remembered, key)) = &key
            && let Some(known) = remembered.text(key)
        {
            return Ok(known);
        }
        let content = tree.read(&path, SMALL_FILE)?;
        // Another content than was announced: it changed meanwhile, and is known by no id.
        let key = key.filter(|(_, key)| key.2 == BlobId::of(&content));
        let text = String::from_utf8(content).map_err(|error| {
            let message = format!("{}: {place} is not UTF-8: {error}", self.name);
            Obstacle::refused(&UNREADABLE, message).at(Location::file(place.clone()))
        })?;
        Ok(match key {
            Some((remembered, key)) => remembered.keep_parsed(key, text),
            None => SourceText::new(path, place, text),
        })
    }

    /// Takes the set out of the files.
    pub(super) fn work_out(
        self: &Arc<Self>,
        files: &[SourceText],
        context: &Context,
    ) -> Result<Arc<Read>, Problem> {
        let worked = match remembered(context) {
            Some(remembered) => remembered.set(self, files.to_vec(), |files| self.extract(files)),
            None => self.extract(files.to_vec()),
        };
        worked.map_err(|failure| self.problem(failure, files))
    }

    fn extract(&self, files: Vec<SourceText>) -> Worked {
        let extraction = extract(&self.selector, &files)?;
        let (values, dead) = transform(&extraction.members, &self.steps);
        Ok(Arc::new(Read {
            files,
            extraction,
            values,
            dead,
        }))
    }

    fn problem(&self, failure: Failure, files: &[SourceText]) -> Problem {
        let locate = |origin: &Origin| {
            files
                .get(origin.file)
                .map(|file| file.location(origin.span.start))
        };
        match failure {
            Failure::Missing { what, at } => {
                let place = match at.as_ref().and_then(locate) {
                    Some(location) => location,
                    None => match files {
                        [only] => Location::file(only.place.clone()),
                        _ => Location::file(self.written()),
                    },
                };
                self.gone(&format!("{what} is not in {}", place.path), place)
            }
            Failure::Unreadable { message, at } => {
                let place = locate(&at).unwrap_or_else(|| Location::file(self.written()));
                Problem::unreadable(&self.name, &message, place)
            }
        }
    }

    pub(super) fn gone(&self, message: &str, place: Location) -> Problem {
        let finding = Finding::new(&SUBJECT_MISSING, format!("{}: {message}", self.name))
            .at(place)
            .help(format!(
                "if `{}` was renamed or moved, say so in the gate; if it was retired, retire it from the gate, or the gate itself, in the same commit",
                self.name
            ));
        Problem::Gone(Box::new(finding))
    }

    /// All its paths, as the gate has them.
    fn written(&self) -> String {
        let written: Vec<&str> = self
            .paths
            .iter()
            .map(|path| path.written.as_str())
            .collect();
        written.join(", ")
    }

    /// The files that the side reads, in the order in which they count.
    fn files(&self, tree: &dyn Tree) -> Result<Vec<TreePath>, Problem> {
        let mut found: Vec<TreePath> = Vec::new();
        for SidePath { written, names } in &self.paths {
            let (globs, folder) = match names {
                Names::File(path) => {
                    if tree.kind(path)?.is_none() {
                        let at = tree.location(path);
                        return Err(self.gone(&format!("{} is not there", at.path), at));
                    }
                    found.push(path.clone());
                    continue;
                }
                Names::Matches { globs, folder } => (globs, folder),
            };
            let before = found.len();
            for (path, _) in walk(tree, folder)? {
                if globs.is_match(&path) && self.takes(written, &path) {
                    found.push(path);
                }
            }
            if found.len() == before {
                let place = Location::file(written.clone());
                return Err(self.gone(&format!("no file matches `{written}`"), place));
            }
        }
        found.sort();
        found.dedup();
        if matches!(self.selector, Selector::Sql(_)) {
            migration_order(&mut found);
        }
        Ok(found)
    }

    /// A pattern over migrations does not mean those that undo others, nor one over a Go package
    /// its tests, unless it says so.
    fn takes(&self, written: &str, path: &TreePath) -> bool {
        let name: &[u8] = path.name();
        match &self.selector {
            Selector::Sql(_) => !name.ends_with(b".down.sql") || written.contains("down"),
            Selector::Go(_) => !name.ends_with(b"_test.go") || written.contains("_test"),
            _ => true,
        }
    }
}

/// What is known of files already; `None` where a gate looks only once.
pub(super) fn remembered(context: &Context) -> Option<Arc<Remembered>> {
    context.memo().map(Memo::room)
}
