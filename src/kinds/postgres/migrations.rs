use serde_saphyr::Spanned;

use super::spec::{FileTransaction, MigrationsSpec, Order};
use crate::config::{GateFile, SpecError};
use crate::gate::{Location, Pattern};
use crate::tree::TreePath;

/// A set of migrations, as it was loaded.
#[derive(Debug, Clone)]
pub(crate) struct Migrations {
    pub(super) folder: TreePath,
    pub(super) up: NamePattern,
    pub(super) undo: NamePattern,
    pub(super) order: Order,
    pub(super) transaction: FileTransaction,
    pub(super) down: bool,
    pub(super) repeatable: bool,
    pub(super) consecutive: bool,
    pub(super) min: usize,
    pub(super) irreversible: Vec<Irreversible>,
    /// What `prove` plants to break a probe. A migration that says nothing else is never in earnest,
    /// for it breaks the gate's own probe, and need not be undone.
    pub(super) violations: Vec<String>,
}

/// Migrations that nothing has to undo.
#[derive(Debug, Clone)]
pub(super) struct Irreversible {
    pub(super) pattern: Pattern,
    pub(super) at: Location,
}

/// A pattern of file names that ends in a plain text, such as `*.up.sql`.
#[derive(Debug, Clone)]
pub(super) struct NamePattern {
    pattern: Pattern,
    suffix: String,
}

impl NamePattern {
    fn new(text: &str) -> Result<Self, String> {
        if text.contains('/') {
            return Err(format!(
                "`{text}` is no pattern of file names: it has a `/`"
            ));
        }
        let pattern = Pattern::new(text)
            .map_err(|problem| format!("`{text}` is not a pattern: {problem}"))?;
        let from = text
            .rfind(['*', '?', ']', '}', '\\'])
            .map_or(0, |at| at + 1);
        Ok(Self {
            pattern,
            suffix: text[from..].to_owned(),
        })
    }

    pub(super) fn is_match(&self, name: &str) -> bool {
        self.pattern.is_match(name)
    }

    /// The name that a migration and what undoes it have in common.
    pub(super) fn stem<'a>(&self, name: &'a str) -> &'a str {
        let stem = name.strip_suffix(self.suffix.as_str()).unwrap_or(name);
        stem.strip_suffix(".up").unwrap_or(stem)
    }

    /// The file name for a stem, where the pattern tells it.
    pub(super) fn name(&self, stem: &str) -> Option<String> {
        let name = format!("{stem}{}", self.suffix);
        self.is_match(&name).then_some(name)
    }

    pub(super) fn as_str(&self) -> &str {
        self.pattern.as_str()
    }
}

impl Migrations {
    /// Reads what a gate file says of its migrations.
    pub(crate) fn load(
        file: &GateFile,
        spec: &MigrationsSpec,
        errors: &mut Vec<SpecError>,
    ) -> Option<Self> {
        let before = errors.len();
        let folder = TreePath::new(&spec.folder.value)
            .map_err(|error| {
                errors.push(SpecError::at(
                    file,
                    spec.folder.referenced,
                    error.to_string(),
                ));
            })
            .ok();
        let mut names = |given: Option<&Spanned<String>>, otherwise: &str| match given {
            None => NamePattern::new(otherwise).ok(),
            Some(given) => NamePattern::new(&given.value)
                .map_err(|problem| errors.push(SpecError::at(file, given.referenced, problem)))
                .ok(),
        };
        let up = names(spec.up.as_ref(), "*.up.sql");
        let undo = names(spec.undo.as_ref(), "*.down.sql");
        if let Some(min) = &spec.min
            && min.value == 0
        {
            errors.push(SpecError::at(
                file,
                min.referenced,
                "`min` is 0; a gate over no migration is never green",
            ));
        }
        let irreversible = irreversible(file, spec, errors);
        let migrations = Self {
            folder: folder?,
            up: up?,
            undo: undo?,
            order: spec.order,
            transaction: spec.transaction,
            down: spec.down,
            repeatable: spec.repeatable,
            consecutive: spec.consecutive,
            min: spec.min.as_ref().map_or(1, |min| min.value),
            irreversible,
            violations: Vec::new(),
        };
        (errors.len() == before).then_some(migrations)
    }
}

fn irreversible(
    file: &GateFile,
    spec: &MigrationsSpec,
    errors: &mut Vec<SpecError>,
) -> Vec<Irreversible> {
    let mut all = Vec::new();
    for entry in &spec.irreversible {
        if !spec.down {
            errors.push(
                SpecError::at(
                    file,
                    entry.file.referenced,
                    "nothing has to be undone, for `down` is false",
                )
                .help("drop `irreversible`, or `down: false`"),
            );
        }
        if entry.reason.value.trim().is_empty() {
            errors.push(SpecError::at(
                file,
                entry.reason.referenced,
                "`reason` is empty; say why it cannot be undone",
            ));
        }
        let at = entry.file.referenced;
        let number = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
        match Pattern::new(&entry.file.value) {
            Ok(pattern) => all.push(Irreversible {
                pattern,
                at: Location::at(&file.name, number(at.line()), number(at.column())),
            }),
            Err(problem) => errors.push(SpecError::at(
                file,
                at,
                format!("`{}` is not a pattern: {problem}", entry.file.value),
            )),
        }
    }
    all
}
