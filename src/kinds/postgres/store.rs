use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use super::catalog::CatalogSet;
use super::plan::Key;
use super::snapshot::Snapshot;
use crate::backend::Database;
use crate::gate::{Code, Finding};

/// What the check of one migration came to.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) findings: Vec<Finding>,
    /// What it would be found as if nothing undid it; `None` where it changes nothing, or several
    /// things would be found.
    pub(super) if_not_undone: Option<&'static Code>,
}

/// What one server has been found to do in this run: several gates over the same migrations, and
/// violations planted in one of them, need not begin anew.
#[derive(Debug, Default)]
pub(super) struct Store {
    checks: Mutex<HashMap<Key, Arc<Checked>>>,
    states: Mutex<HashMap<Key, State>>,
    catalogs: Mutex<HashMap<Key, Arc<Vec<CatalogSet>>>>,
    turns: Mutex<HashMap<Key, Arc<tokio::sync::Mutex<()>>>>,
}

/// A database that nobody changes any more, and that others are copied from.
#[derive(Debug, Clone)]
pub(super) struct State {
    pub(super) database: Database,
    pub(super) snapshot: Arc<Snapshot>,
}

impl Store {
    pub(super) fn check(&self, key: &Key) -> Option<Arc<Checked>> {
        self.checks.lock().get(key).cloned()
    }

    pub(super) fn keep_check(&self, key: Key, checked: Checked) {
        self.checks.lock().insert(key, Arc::new(checked));
    }

    /// Who brings a database to a state does so alone; the next one finds it there.
    pub(super) fn turn(&self, key: Key) -> Arc<tokio::sync::Mutex<()>> {
        Arc::clone(self.turns.lock().entry(key).or_default())
    }

    /// What the database has in a state.
    pub(super) fn catalog(&self, key: &Key) -> Option<Arc<Vec<CatalogSet>>> {
        self.catalogs.lock().get(key).cloned()
    }

    pub(super) fn keep_catalog(&self, key: Key, sets: &Arc<Vec<CatalogSet>>) {
        self.catalogs.lock().insert(key, Arc::clone(sets));
    }

    pub(super) fn state(&self, key: &Key) -> Option<State> {
        self.states.lock().get(key).cloned()
    }

    /// Keeps a database as the one to copy; `false` where there is one already.
    pub(super) fn keep_state(&self, key: Key, state: State) -> bool {
        let mut states = self.states.lock();
        if states.contains_key(&key) {
            return false;
        }
        states.insert(key, state);
        true
    }
}
