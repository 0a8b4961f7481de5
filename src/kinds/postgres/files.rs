use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use super::codes::{NOT_SQL, TOO_FEW};
use super::migrations::Migrations;
use super::numbers::{by_number, number};
use super::spec::Order;
use crate::context::Context;
use crate::gate::{Finding, Location, Obstacle};
use crate::kinds::SUBJECT_MISSING;
use crate::tree::{NodeKind, SMALL_FILE, Tree, TreePath};

/// How many bytes all migrations may have together: 64 MiB.
const MAX_BYTES: usize = 64 << 20;

/// A file of SQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SqlFile {
    pub(super) name: String,
    pub(super) path: TreePath,
    /// As reports name it.
    pub(super) place: String,
    pub(super) text: String,
}

impl SqlFile {
    pub(super) fn location(&self) -> Location {
        Location::file(self.place.clone())
    }

    /// All that makes it what it is: its name and its content.
    pub(super) fn digest(&self) -> [u8; 32] {
        let mut digest = Sha256::new();
        for part in [&self.place, &self.text] {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part.as_bytes());
        }
        digest.finalize().into()
    }
}

/// A migration with what undoes it.
#[derive(Debug, Clone)]
pub(super) struct Migration {
    pub(super) up: SqlFile,
    pub(super) down: Option<SqlFile>,
    /// Whether the gate says that nothing has to undo it.
    pub(super) irreversible: bool,
    /// Whether it is there only to break a probe, and says just what the gate says for it.
    pub(super) is_violation: bool,
}

/// The migrations as a tree has them, in the order in which they are applied.
#[derive(Debug, Default)]
pub(crate) struct MigrationSet {
    pub(super) migrations: Vec<Migration>,
    /// What undoes migrations that are not there.
    pub(super) orphans: Vec<SqlFile>,
}

/// Why the migrations could not be read.
#[derive(Debug)]
pub(crate) enum Unread {
    Finding(Box<Finding>),
    Obstacle(Box<Obstacle>),
}

impl<T: Into<Obstacle>> From<T> for Unread {
    fn from(error: T) -> Self {
        Self::Obstacle(Box::new(error.into()))
    }
}

impl Migrations {
    /// Reads them out of the checkout.
    pub(crate) fn read(&self, context: &Context) -> Result<MigrationSet, Unread> {
        let tree = context.root();
        let (mut ups, undos) = self.files(tree, context)?;
        if ups.len() < self.min {
            let many = |n: usize| match n {
                0 => "no migration".to_owned(),
                1 => "1 migration".to_owned(),
                n => format!("{n} migrations"),
            };
            let folder = tree.location(&self.folder);
            let obstacle = Obstacle::vacuous(
                &TOO_FEW,
                format!(
                    "{} has {} named `{}`, at least {} expected",
                    folder.path,
                    many(ups.len()),
                    self.up.as_str(),
                    self.min
                ),
            );
            return Err(obstacle.at(folder).into());
        }
        match self.order {
            Order::Byte => ups.sort_by(|a, b| a.name.cmp(&b.name)),
            Order::Number => ups.sort_by(|a, b| {
                by_number(number(&a.name), number(&b.name)).then_with(|| a.name.cmp(&b.name))
            }),
        }
        let mut undos: BTreeMap<String, SqlFile> = undos
            .into_iter()
            .map(|file| (self.undo.stem(&file.name).to_owned(), file))
            .collect();
        let migrations = ups
            .into_iter()
            .map(|up| Migration {
                is_violation: self.violations.contains(&up.text),
                down: undos.remove(self.up.stem(&up.name)),
                irreversible: self
                    .irreversible
                    .iter()
                    .any(|entry| entry.pattern.is_match(&up.name)),
                up,
            })
            .collect();
        Ok(MigrationSet {
            migrations,
            orphans: undos.into_values().collect(),
        })
    }

    /// What goes forward, and what undoes.
    fn files(
        &self,
        tree: &dyn Tree,
        context: &Context,
    ) -> Result<(Vec<SqlFile>, Vec<SqlFile>), Unread> {
        let folder = tree.location(&self.folder);
        match tree.kind(&self.folder)? {
            Some(NodeKind::Dir) => {}
            None if !self.folder.is_root() => {
                let finding = Finding::new(
                    &SUBJECT_MISSING,
                    format!("the folder of the migrations {} is not there", folder.path),
                );
                return Err(Unread::Finding(Box::new(finding.at(folder))));
            }
            other => {
                let what = other.map_or("nothing", NodeKind::noun);
                let finding = Finding::new(
                    &SUBJECT_MISSING,
                    format!("{} is no folder of migrations but {what}", folder.path),
                );
                return Err(Unread::Finding(Box::new(finding.at(folder))));
            }
        }
        let mut ups = Vec::new();
        let mut undos = Vec::new();
        let mut bytes = 0;
        for child in tree.children(&self.folder)? {
            let Ok(name) = std::str::from_utf8(&child.name) else {
                continue;
            };
            let undoes = self.undo.is_match(name);
            if child.kind == NodeKind::Dir || !(undoes || self.up.is_match(name)) {
                continue;
            }
            context.cancel().check()?;
            let path = self.folder.join(&child.name);
            let place = tree.location(&path).path;
            let content = tree.read(&path, SMALL_FILE)?;
            bytes += content.len();
            if bytes > MAX_BYTES {
                let obstacle = Obstacle::refused(
                    &NOT_SQL,
                    format!("the migrations have more than {MAX_BYTES} bytes in all"),
                );
                return Err(obstacle.at(folder).into());
            }
            let text = match String::from_utf8(content) {
                Ok(text) if !text.contains('\0') => text,
                Ok(_) => return Err(not_sql(&place, "it has a NUL byte")),
                Err(error) => {
                    let valid = error.utf8_error().valid_up_to();
                    return Err(not_sql(
                        &place,
                        &format!("it is not UTF-8 from byte {valid} on"),
                    ));
                }
            };
            let file = SqlFile {
                name: name.to_owned(),
                path,
                place,
                text,
            };
            if undoes {
                undos.push(file);
            } else {
                ups.push(file);
            }
        }
        Ok((ups, undos))
    }
}

impl MigrationSet {
    /// The names of the migrations that a pattern of `irreversible` is about.
    pub(super) fn names(&self) -> BTreeSet<&str> {
        self.migrations
            .iter()
            .map(|migration| migration.up.name.as_str())
            .collect()
    }
}

fn not_sql(place: &str, why: &str) -> Unread {
    let finding = Finding::new(
        &NOT_SQL,
        format!("{place} cannot be sent to the server: {why}"),
    );
    Unread::Finding(Box::new(finding.at(Location::file(place))))
}
