use sha2::{Digest, Sha256};

use super::files::{Migration, MigrationSet};
use super::migrations::Migrations;

/// What a state of a database, or the check of a migration, follows from.
pub(super) type Key = [u8; 32];

/// Migrations with all that tells whether they have been applied and checked before.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    pub(super) rules: &'a Migrations,
    pub(super) migrations: &'a [Migration],
    /// The state before the first migration, then that after each of them.
    states: Vec<Key>,
}

impl<'a> Plan<'a> {
    pub(super) fn new(rules: &'a Migrations, set: &'a MigrationSet) -> Self {
        let mut states = vec![Key::default()];
        for migration in &set.migrations {
            let mut digest = Sha256::new();
            digest.update(states.last().copied().unwrap_or_default());
            digest.update(migration.up.digest());
            digest.update([rules.transaction as u8]);
            states.push(digest.finalize().into());
        }
        Self {
            rules,
            migrations: &set.migrations,
            states,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.migrations.len()
    }

    /// The state after the first `applied` migrations.
    pub(super) fn state(&self, applied: usize) -> Key {
        self.states.get(applied).copied().unwrap_or_default()
    }

    /// The check of the migration at `index`, counted from 0: it follows from the state before it,
    /// from itself, and from what undoes it. `None` where nothing of it is to be checked.
    pub(super) fn check(&self, index: usize) -> Option<Key> {
        let migration = self.migrations.get(index)?;
        let down = self.undone(migration);
        if migration.is_violation || down.is_none() && !self.rules.repeatable {
            return None;
        }
        let mut digest = Sha256::new();
        digest.update(self.state(index + 1));
        digest.update([u8::from(self.rules.repeatable), u8::from(down.is_some())]);
        if let Some(down) = down {
            digest.update(down.digest());
        }
        Some(digest.finalize().into())
    }

    /// The file with which a migration is undone for a trial.
    pub(super) fn undone<'b>(&self, migration: &'b Migration) -> Option<&'b super::files::SqlFile> {
        let wanted = self.rules.down && !migration.irreversible;
        migration.down.as_ref().filter(|_| wanted)
    }
}
