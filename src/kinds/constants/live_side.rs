use std::ops::Range;

use super::extract::{Extraction, Failure, Origin, SourceText, SqlWanted, extract};
use super::side::{Problem, Read, Side};
use super::transform::transform;
use crate::context::Context;
use crate::gate::Location;
use crate::kinds::postgres::{CatalogSet, Live, LiveCatalog, LiveProblem};
use crate::tree::TreePath;

impl SqlWanted {
    /// Whether a set of the catalog can be the wanted one.
    pub(super) fn is(&self, set: &CatalogSet) -> bool {
        match (self, set) {
            (Self::Enum(wanted), CatalogSet::Enum { name, .. }) => wanted == name,
            (
                Self::Check { table, name },
                CatalogSet::Check {
                    table: of,
                    name: called,
                    ..
                },
            ) => name == called && table.as_ref().is_none_or(|table| table == of),
            (
                Self::Column { table, column },
                CatalogSet::Check {
                    table: of, columns, ..
                },
            ) => table == of && columns.as_slice() == [column.as_str()],
            _ => false,
        }
    }

    /// The names by which migrations call it.
    fn names(&self) -> Vec<&str> {
        let bare = |name: &'_ str| -> usize { name.rfind('.').map_or(0, |dot| dot + 1) };
        match self {
            Self::Enum(name) => vec![&name[bare(name)..]],
            Self::Check { name, .. } => vec![name],
            Self::Column { table, column } => vec![&table[bare(table)..], column],
        }
    }
}

impl Side {
    /// The set as a real database has it.
    pub(super) fn read_live(
        &self,
        live: &Live,
        wanted: &SqlWanted,
        context: &Context,
    ) -> Result<Read, Problem> {
        let catalog = live.read(context).map_err(|problem| match problem {
            LiveProblem::Finding(mut finding) => {
                finding.message = format!("{}: {}", self.name, finding.message);
                Problem::Gone(finding)
            }
            LiveProblem::Obstacle(obstacle) => Problem::Obstacle(obstacle),
        })?;
        let folder = context.root().location(live.folder());
        let said = self.said(&catalog, wanted, folder)?;
        let files: Vec<SourceText> = catalog
            .files
            .into_iter()
            .map(|file| SourceText::new(file.path, file.place, file.text))
            .collect();
        let extraction = placed(said, wanted, &files);
        let (values, dead) = transform(&extraction.members, &self.steps);
        Ok(Read {
            files,
            extraction,
            values,
            dead,
        })
    }

    /// The set as it stands in the statements that would make what the database has.
    fn said(
        &self,
        catalog: &LiveCatalog,
        wanted: &SqlWanted,
        folder: Location,
    ) -> Result<Extraction, Problem> {
        let found = catalog.sets.iter().filter(|set| wanted.is(set));
        let text: String = found.map(CatalogSet::statements).collect();
        let statements = SourceText::new(TreePath::root(), folder.path.clone(), text);
        extract(&self.selector, &[statements]).map_err(|failure| match failure {
            Failure::Missing { what, .. } => {
                let message = format!("{what} is not in the migrated database");
                self.gone(&message, folder)
            }
            // The place would be one in a text that nobody can open.
            Failure::Unreadable { message, .. } => {
                Problem::unreadable(&self.name, &message, folder)
            }
        })
    }
}

/// Members with the places in the migrations where they come from, as far as their text tells.
/// None can be changed there: what a database has is changed by one more migration.
fn placed(said: Extraction, wanted: &SqlWanted, files: &[SourceText]) -> Extraction {
    let names = wanted.names();
    let about: Vec<(usize, usize)> = files
        .iter()
        .enumerate()
        .filter_map(|(index, file)| {
            let places: Option<Vec<usize>> =
                names.iter().map(|name| file.text.find(name)).collect();
            Some((index, places?.first().copied().unwrap_or(0)))
        })
        .collect();
    let declared = match about.last() {
        Some((file, at)) => Origin {
            file: *file,
            span: *at..*at + names.first().map_or(0, |name| name.len()),
        },
        None => Origin {
            file: files.len().saturating_sub(1),
            span: 0..0,
        },
    };
    let mut extraction = Extraction {
        declared: declared.clone(),
        insertion: None,
        emptied: Vec::new(),
        renamed: Vec::new(),
        ..said
    };
    for member in &mut extraction.members {
        let written = (extraction.write)(&member.value);
        member.at = about
            .iter()
            .rev()
            .find_map(|(index, _)| {
                let at = files[*index].text.find(&written)?;
                let span: Range<usize> = at..at + written.len();
                Some(Origin { file: *index, span })
            })
            .unwrap_or_else(|| declared.clone());
        member.literal = false;
        member.item = None;
        member.refers = None;
    }
    extraction
}
