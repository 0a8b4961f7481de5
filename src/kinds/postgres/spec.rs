use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::expectation::ExpectedRow;
use crate::backend::{BackendName, PostgresSpec};
use crate::config::gate_spec;

gate_spec! {
    /// Migrations and constraints, tried on a real PostgreSQL database.
    pub struct PostgresGateSpec {
        /// Where the database server runs.
        #[serde(default)]
        pub backend: BackendName,
        /// The database server. All gates of a run that say the same of it have one in common.
        pub postgres: Option<PostgresSpec>,
        /// What is applied, and how.
        pub migrations: Option<MigrationsSpec>,
        /// What the migrated database must answer.
        #[serde(default)]
        pub probes: Vec<ProbeSpec>,
    }
}

/// A folder of migrations.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MigrationsSpec {
    /// The folder in which they stand; those in folders below it do not count.
    #[schemars(with = "String")]
    pub folder: Spanned<String>,
    /// The names in the folder that go forward; `*.up.sql` without the key. One that `undo` matches
    /// never goes forward.
    #[schemars(with = "Option<String>")]
    pub up: Option<Spanned<String>>,
    /// The names that undo them; `*.down.sql` without the key.
    #[schemars(with = "Option<String>")]
    pub undo: Option<Spanned<String>>,
    /// The order in which they are applied.
    #[serde(default)]
    pub order: Order,
    /// Whether each file runs in a transaction of its own.
    #[serde(default)]
    pub transaction: FileTransaction,
    /// Whether each migration must have one that undoes it, and leaves the schema as it was.
    #[serde(default = "yes")]
    pub down: bool,
    /// Whether each can be applied a second time right after the first, and changes nothing then.
    #[serde(default)]
    pub repeatable: bool,
    /// Whether the numbers must follow each other without a gap.
    #[serde(default)]
    pub consecutive: bool,
    /// How many there are at the least; 1 without the key.
    #[schemars(with = "Option<usize>")]
    pub min: Option<Spanned<usize>>,
    /// Those that nothing has to undo, each with its reason.
    #[serde(default)]
    pub irreversible: Vec<IrreversibleSpec>,
}

fn yes() -> bool {
    true
}

/// How migrations are sorted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// By the bytes of their names, as `sort` in the C locale does.
    #[default]
    Byte,
    /// By the number in front of their names, and by name where it is the same.
    Number,
}

/// Who begins the transaction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FileTransaction {
    /// Each file is sent as it is, as one simple query.
    #[default]
    None,
    /// Each file is run between `BEGIN` and `COMMIT`.
    File,
}

/// Migrations that cannot be undone.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IrreversibleSpec {
    /// A file name, or a pattern for several.
    #[schemars(with = "String")]
    pub file: Spanned<String>,
    /// Why.
    #[schemars(with = "String")]
    pub reason: Spanned<String>,
}

/// A question to the migrated database, asked in a transaction that is rolled back.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProbeSpec {
    /// How findings call it.
    #[schemars(with = "String")]
    pub name: Spanned<String>,
    /// Statements that run before it in the same transaction, and must succeed.
    #[schemars(with = "Option<String>")]
    pub setup: Option<Spanned<String>>,
    /// The one statement that is asked.
    #[schemars(with = "String")]
    pub sql: Spanned<String>,
    /// The rows that it must answer, in order: each a list of values, or a map by column.
    #[schemars(with = "Option<Vec<ExpectedRow>>")]
    pub expect: Option<Spanned<Vec<ExpectedRow>>>,
    /// The error that it must answer instead.
    pub expect_error: Option<ExpectErrorSpec>,
    /// How long it may take: `10s` without the key.
    #[schemars(with = "Option<String>")]
    pub timeout: Option<Spanned<String>>,
    /// Statements after which the probe no longer holds. `prove` runs them as a last migration;
    /// without the key it drops the constraint that `expect_error` names.
    #[schemars(with = "Option<String>")]
    pub violation: Option<Spanned<String>>,
}

/// An error of the server.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpectErrorSpec {
    /// Its five characters: `23505`.
    #[schemars(with = "String")]
    pub sqlstate: Spanned<String>,
    /// The constraint or unique index that it names.
    pub constraint: Option<String>,
    /// The table that it names.
    pub table: Option<String>,
}
