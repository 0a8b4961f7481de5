use tokio_postgres::Row;

use super::apply::ApplyError;
use super::connection::Session;

const QUERY: &str = include_str!("catalog.sql");

/// A set of values that the database itself keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CatalogSet {
    Enum {
        name: String,
        labels: Vec<String>,
    },
    Check {
        table: String,
        name: String,
        columns: Vec<String>,
        /// `CHECK (…)`, as the server writes it.
        definition: String,
    },
}

impl CatalogSet {
    /// Everything of the kind that there is.
    pub(super) async fn all(session: &Session) -> Result<Vec<Self>, ApplyError> {
        session
            .schema(QUERY)
            .await?
            .iter()
            .map(|row| Self::of(row).map_err(|error| ApplyError::of(error, 0)))
            .collect()
    }

    fn of(row: &Row) -> Result<Self, tokio_postgres::Error> {
        let kind: &str = row.try_get(0)?;
        let space: &str = row.try_get(1)?;
        let name: String = row.try_get(3)?;
        let parts: Vec<String> = row.try_get(4)?;
        // The names that gate files use: the default schema goes without saying.
        let full = |name: &str| match space {
            "public" => name.to_owned(),
            space => format!("{space}.{name}"),
        };
        Ok(if kind == "enum" {
            Self::Enum {
                name: full(&name),
                labels: parts,
            }
        } else {
            Self::Check {
                table: full(row.try_get(2)?),
                name,
                columns: parts,
                definition: row.try_get(5)?,
            }
        })
    }

    /// The statements that would make it.
    pub(crate) fn statements(&self) -> String {
        match self {
            Self::Enum { name, labels } => {
                let labels: Vec<String> = labels.iter().map(|label| literal(label)).collect();
                format!(
                    "CREATE TYPE {} AS ENUM ({});\n",
                    path(name),
                    labels.join(", ")
                )
            }
            Self::Check {
                table,
                name,
                columns,
                definition,
            } => {
                let columns: Vec<String> = columns
                    .iter()
                    .map(|column| format!("{} text", quoted(column)))
                    .collect();
                format!(
                    "CREATE TABLE {table} ({columns}, CONSTRAINT {name} {definition});\n",
                    table = path(table),
                    columns = columns.join(", "),
                    name = quoted(name),
                )
            }
        }
    }
}

/// A name, with its schema before a dot where it has one.
pub(crate) fn path(name: &str) -> String {
    match name.split_once('.') {
        Some((space, name)) => format!("{}.{}", quoted(space), quoted(name)),
        None => quoted(name),
    }
}

pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
