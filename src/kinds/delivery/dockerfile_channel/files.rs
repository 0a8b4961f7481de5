use std::collections::BTreeSet;

use super::inspect::Mounted;
use crate::gate::{Finding, Location};
use crate::kinds::delivery::codes::{NOT_IN_SOURCE, OVERWRITTEN, RENAMED, VENDORED};
use crate::kinds::delivery::dockerfile::{Image, ImageFile, Origin};
use crate::kinds::delivery::equality::Item;
use crate::kinds::delivery::plan::Delivery;
use crate::kinds::delivery::source::Source;
use crate::tree::{Tree, TreePath};

/// The files of an image at the destination, sorted by where they come from.
#[derive(Debug, Default)]
pub(crate) struct Sorted {
    /// What comes from the source, by its name at the destination: to be compared.
    pub ours: Vec<Item>,
    pub findings: Vec<Finding>,
    /// The names of source files of which a finding says already what became of them.
    pub explained: BTreeSet<TreePath>,
    /// The names of files that the source does not have.
    pub extras: Vec<TreePath>,
}

/// What the sorting looks at.
pub(crate) struct Sorting<'a> {
    pub image: &'a Image,
    pub mounted: &'a Mounted<'a>,
    pub source: &'a Source<'a>,
    pub delivery: &'a Delivery,
    /// The source's files as the delivery names them, sorted by name.
    pub wanted: &'a [Item],
}

impl Sorting<'_> {
    pub(crate) fn sort(&self) -> Sorted {
        let mut sorted = Sorted::default();
        for (path, file) in &self.image.files {
            if let Some(name) = path.strip_prefix(&self.mounted.plan.dest) {
                self.file(name, file, &mut sorted);
            }
        }
        sorted
    }

    fn file(&self, name: TreePath, file: &ImageFile, sorted: &mut Sorted) {
        let at = self.mounted.at(file.at);
        let was_delivered = file
            .overwrote
            .iter()
            .any(|old| self.is_own(&old.origin, &name));
        let ours = self.mounted.in_source(&file.origin);
        let expected = ours.as_ref().map(|path| self.delivery.renames.apply(path));
        if was_delivered && expected.as_ref() != Some(&name) {
            sorted.findings.push(
                Finding::new(
                    &OVERWRITTEN,
                    format!(
                        "{name} is delivered from the source, and then overwritten from {}",
                        describe(&file.origin)
                    ),
                )
                .at(at),
            );
            sorted.explained.extend(self.covered(&name));
            return;
        }
        match (ours, expected) {
            (Some(path), Some(expected)) => {
                let is_wanted = |name| self.covered(name).next().is_some();
                if expected != name
                    && is_wanted(&expected)
                    && !is_wanted(&name)
                    && !self.delivers(&expected)
                {
                    sorted.findings.push(
                        Finding::new(&RENAMED, format!("{path} is delivered as {name}"))
                            .at(at)
                            .at(self.source.tree.location(&path)),
                    );
                    sorted.explained.insert(expected);
                    return;
                }
                // The gate leaves it out of the source, so that it needs an allowance like any other.
                if !is_wanted(&name) {
                    sorted.extras.push(name.clone());
                }
                if let Ok(Some(kind)) = self.source.tree.kind(&path) {
                    sorted.ours.push(Item {
                        name,
                        path,
                        kind,
                        executable: file.executable,
                        by: Some(at),
                    });
                }
            }
            _ => self.foreign(name, file, at, sorted),
        }
    }

    /// A file that does not come from the source.
    fn foreign(&self, name: TreePath, file: &ImageFile, at: Location, sorted: &mut Sorted) {
        let before = sorted.explained.len();
        sorted.explained.extend(self.covered(&name));
        let origin = describe(&file.origin);
        if sorted.explained.len() > before {
            let shown = if name.is_root() {
                format!("/{}", self.mounted.plan.dest)
            } else {
                name.to_string()
            };
            sorted.findings.push(
                Finding::new(
                    &VENDORED,
                    format!("{shown} is delivered from {origin}, not from the source"),
                )
                .at(at),
            );
            return;
        }
        let allowed = self.delivery.allow_extra.is_match(&name)
            || self.source.is_lost(&name, &self.delivery.renames);
        if !allowed {
            sorted.findings.push(
                Finding::new(
                    &NOT_IN_SOURCE,
                    format!("{name} is delivered from {origin}, and not in the source"),
                )
                .at(at),
            );
        }
        sorted.extras.push(name);
    }

    /// The names of the source's files at or below a name.
    fn covered(&self, name: &TreePath) -> impl Iterator<Item = TreePath> {
        let start = self.wanted.partition_point(|item| item.name < *name);
        // What stands below a name need not follow it at once (`a-b` is between `a` and `a/b`).
        self.wanted[start..]
            .iter()
            .take_while(|item| item.name.as_bytes().starts_with(name.as_bytes()))
            .filter(|item| item.name.is_within(name))
            .map(|item| item.name.clone())
    }

    /// Whether the image has the source's own file of this name.
    fn delivers(&self, name: &TreePath) -> bool {
        self.image
            .files
            .get(&self.mounted.plan.dest.join(name))
            .is_some_and(|file| self.is_own(&file.origin, name))
    }

    /// Whether this is the file of the source that belongs at this name.
    fn is_own(&self, origin: &Origin, name: &TreePath) -> bool {
        self.mounted
            .in_source(origin)
            .is_some_and(|path| self.delivery.renames.apply(&path) == *name)
    }
}

fn describe(origin: &Origin) -> String {
    match origin {
        Origin::Context { path } => format!("{path} of the checkout"),
        Origin::Inline { .. } => "a heredoc".to_owned(),
        Origin::Archive {
            archive, member, ..
        } => format!("{member} in the archive {archive}"),
        Origin::External { reference, path } => format!("/{path} of the image {reference}"),
        Origin::Built { stage, path } => format!("/{path}, which stage {stage} builds or inherits"),
        Origin::Url { url } | Origin::Git { url } => format!("the download {url}"),
    }
}
