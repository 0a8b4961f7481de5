use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::Value;
use uuid::Uuid;

use super::cast::{Member, Role};
use super::check::Bound;
use super::client::Server;
use super::codes::{DATABASE_SILENT, WORLD_SILENT};
use super::database::Database;
use super::failure::Failure;
use super::identity::Identity;
use super::journal::Journal;
use super::rules::Rules;
use super::stop::Outcome;
use super::world::World;
use crate::backend::{Ailing, DaemonRelay};
use crate::gate::Obstacle;

/// One life of a concierge: the server it lives on, the ways to look at it, and who appeared so far.
#[derive(Debug)]
pub(super) struct Life {
    pub(super) server: Server,
    /// The id under which the concierge is installed.
    pub(super) concierge: Uuid,
    /// What tells the names of this life from those of others.
    pub(super) nonce: String,
    pub(super) rules: Arc<Rules>,
    pub(super) journal: Arc<Journal>,
    /// What the concierge's identity must equal, where the gate says it.
    pub(super) identity: Option<Identity>,
    /// Containers are labelled with the beginning of its digest.
    pub(super) server_database_url: Option<String>,
    pub(super) network: String,
    /// A life on another installation beside this one.
    pub(super) neighbour: Option<Box<Life>>,
    pub(super) database: Option<Database>,
    pub(super) world: Option<World>,
    /// What the server asks the container engine through.
    daemon: Option<Arc<DaemonRelay>>,
    cast: Mutex<BTreeMap<Role, Member>>,
    notes: Mutex<BTreeMap<&'static str, Value>>,
    /// Where one check is to fail.
    pub(super) bound: Option<Bound>,
}

/// What a life is made of.
#[derive(Debug)]
pub(super) struct LifeParts {
    pub(super) server: Server,
    pub(super) concierge: Uuid,
    pub(super) rules: Arc<Rules>,
    pub(super) journal: Arc<Journal>,
    pub(super) server_database_url: Option<String>,
    pub(super) network: String,
    pub(super) database: Option<Database>,
    pub(super) world: Option<World>,
    pub(super) daemon: Option<Arc<DaemonRelay>>,
}

impl Life {
    pub(super) fn new(parts: LifeParts) -> Self {
        let nonce = Uuid::new_v4().simple().to_string();
        Self {
            server: parts.server,
            concierge: parts.concierge,
            nonce: nonce[..8].to_owned(),
            rules: parts.rules,
            journal: parts.journal,
            identity: None,
            server_database_url: parts.server_database_url,
            network: parts.network,
            neighbour: None,
            database: parts.database,
            world: parts.world,
            daemon: parts.daemon,
            cast: Mutex::default(),
            notes: Mutex::default(),
            bound: None,
        }
    }

    /// The server's database.
    ///
    /// # Errors
    /// Without one. A check that needs it says so, and is left out then.
    pub(super) fn db(&self) -> Outcome<&Database> {
        self.database.as_ref().ok_or_else(|| {
            Obstacle::refused(&DATABASE_SILENT, "there is no database to look at").into()
        })
    }

    /// Where the containers are.
    ///
    /// # Errors
    /// Where they cannot be seen. A check that needs it says so, and is left out then.
    pub(super) fn world(&self) -> Outcome<&World> {
        self.world.as_ref().ok_or_else(|| {
            Obstacle::refused(&WORLD_SILENT, "there are no containers to look at").into()
        })
    }

    /// Lets the container engine ail for the server until what this returns is dropped.
    ///
    /// # Errors
    /// Where the server asks it directly. A check that needs it says so, and is left out then.
    pub(super) fn ail(&self) -> Outcome<Ailing<'_>> {
        let daemon = self.daemon.as_deref().ok_or_else(|| {
            Obstacle::refused(&WORLD_SILENT, "the server asks the container engine itself")
        })?;
        Ok(daemon.ail())
    }

    pub(super) fn enter(&self, role: Role, member: Member) {
        self.cast.lock().insert(role, member);
    }

    /// Who plays this role.
    ///
    /// # Errors
    /// Where nobody does yet: the check lacks a dependency.
    pub(super) fn member(&self, role: Role) -> Outcome<Member> {
        self.cast.lock().get(&role).cloned().ok_or_else(|| {
            Failure::new(
                format!("a {} from the checks before", role.as_str()),
                "nobody; this is a bug of the check's dependencies",
            )
            .into()
        })
    }

    /// Keeps something for a later check.
    pub(super) fn remember(&self, key: &'static str, value: impl Into<Value>) {
        self.notes.lock().insert(key, value.into());
    }

    /// What an earlier check kept.
    ///
    /// # Errors
    /// When nothing was kept: the check lacks a dependency.
    pub(super) fn recall(&self, key: &'static str) -> Outcome<Value> {
        self.notes.lock().get(key).cloned().ok_or_else(|| {
            Failure::new(
                format!("`{key}` from the checks before"),
                "nothing; this is a bug of the check's dependencies",
            )
            .into()
        })
    }

    /// The same as text.
    ///
    /// # Errors
    /// When nothing was kept.
    pub(super) fn recall_text(&self, key: &'static str) -> Outcome<String> {
        Ok(self.recall(key)?.as_str().unwrap_or_default().to_owned())
    }
}
