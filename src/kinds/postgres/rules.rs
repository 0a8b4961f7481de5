use std::time::Duration;

use super::expectation::ExpectedRow;
use super::migrations::Migrations;
use crate::backend::StagePlan;
use crate::gate::{Header, Location};

/// A gate of this kind, as it was loaded.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) header: Header,
    /// The database server.
    pub(super) stage: StagePlan,
    pub(super) migrations: Option<Migrations>,
    pub(super) probes: Vec<Probe>,
}

/// A question to the migrated database.
#[derive(Debug)]
pub(super) struct Probe {
    pub(super) name: String,
    pub(super) setup: Option<String>,
    pub(super) sql: String,
    pub(super) expected: Expected,
    pub(super) timeout: Duration,
    pub(super) violation: Option<String>,
    /// Where it stands in the gate file.
    pub(super) at: Location,
}

/// What a probe must be answered with.
#[derive(Debug)]
pub(super) enum Expected {
    Rows(Vec<ExpectedRow>),
    Error(ExpectedError),
}

/// An error of the server; what is `None` may be anything.
#[derive(Debug)]
pub(super) struct ExpectedError {
    pub(super) sqlstate: String,
    pub(super) constraint: Option<String>,
    pub(super) table: Option<String>,
}

impl std::fmt::Display for ExpectedError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SQLSTATE {}", self.sqlstate)?;
        if let Some(constraint) = &self.constraint {
            write!(f, " of {constraint}")?;
        }
        if let Some(table) = &self.table {
            write!(f, " on table {table}")?;
        }
        Ok(())
    }
}
