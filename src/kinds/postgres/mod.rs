//! The kind `postgres`: migrations and constraints as a real database has them.

mod apply;
mod catalog;
mod chain;
mod check;
mod codes;
mod connection;
mod expectation;
mod files;
mod kind;
mod live;
mod load;
mod load_probe;
mod migrations;
mod numbers;
mod plan;
mod plants;
mod probe;
mod protections;
mod rows;
mod rules;
mod script;
mod server;
mod servers;
mod snapshot;
mod spec;
mod step;
mod store;
mod violations;

pub(crate) use catalog::{CatalogSet, literal, path, quoted};
pub(crate) use codes::{MIGRATION_FAILS, NOT_SQL, TOO_FEW};
pub use kind::PostgresKind;
pub(crate) use live::{Live, LiveCatalog, LiveProblem};
pub use live::{LiveMigrationsSpec, LiveSpec};
pub(crate) use server::{SERVER_LOST, SERVER_REFUSES};
pub use spec::{MigrationsSpec, PostgresGateSpec};
