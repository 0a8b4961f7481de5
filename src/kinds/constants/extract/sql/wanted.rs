use std::collections::HashSet;

use sqlparser::tokenizer::{Token, TokenWithSpan};

/// Which set is wanted from a schema. Names are as PostgreSQL stores them: unquoted ones in lower
/// case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super::super) enum Wanted {
    /// A CHECK constraint by its name, which may be an implied one.
    Check { table: Option<String>, name: String },
    /// The CHECK constraint of one column.
    Column { table: String, column: String },
    /// The labels of an enum type.
    Enum(String),
}

impl Wanted {
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Check { table: None, name } => format!("constraint {name}"),
            Self::Check {
                table: Some(table),
                name,
            } => format!("constraint {name} of table {table}"),
            Self::Column { table, column } => format!("the CHECK on {table}.{column}"),
            Self::Enum(name) => format!("enum {name}"),
        }
    }

    /// Whether a statement that could not be understood may be about the wanted set.
    pub(super) fn may_concern(&self, tokens: &[TokenWithSpan]) -> bool {
        let mentions = |wanted: &str| {
            tokens.iter().any(|token| match &token.token {
                Token::Word(word) => stored(&word.value, word.quote_style.is_some()) == wanted,
                _ => false,
            })
        };
        match self {
            Self::Enum(name) => mentions(bare(name)),
            Self::Column { table, .. } => mentions(bare(table)),
            Self::Check { table, name } => {
                mentions(name)
                    || table.as_ref().is_some_and(|table| mentions(bare(table)))
                    || (mentions("check") && self.may_be_implied(tokens))
            }
        }
    }

    /// Whether a text that could not be parsed, or is executed, may be about it. `open` says that
    /// parts of the text come from elsewhere.
    pub(super) fn may_concern_text(&self, text: &str, open: bool) -> bool {
        // By words, for a short name is a part of many others.
        let words: HashSet<String> = text
            .split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'))
            .map(str::to_lowercase)
            .collect();
        let has = |name: &str| words.contains(&bare(name).to_lowercase());
        let verbs = ["alter", "drop"];
        let parts = [
            "check",
            "column",
            "constraint",
            "drop",
            "rename",
            "type",
            "value",
        ];
        let redefines = verbs.iter().any(|word| has(word)) && parts.iter().any(|word| has(word));
        match self {
            _ if redefines && open => true,
            Self::Enum(name) => has(name),
            Self::Column { table, .. } => has(table),
            Self::Check { table, name } => {
                let is_table = |word: &String| {
                    name.strip_prefix(word.as_str())
                        .is_some_and(|rest| rest.starts_with('_') && !word.is_empty())
                };
                has(name)
                    || (redefines
                        && (table.as_ref().is_some_and(|table| has(table))
                            || words.iter().any(is_table)))
            }
        }
    }

    /// Whether a function with this body may change it when it is called.
    pub(super) fn may_be_changed_by(&self, body: &str) -> bool {
        let changes = ["alter", "drop"]
            .iter()
            .any(|verb| body.to_lowercase().contains(verb));
        changes && self.may_concern_text(body, false)
    }

    /// `table_column_check` is the name that a nameless constraint of `table` gets.
    fn may_be_implied(&self, tokens: &[TokenWithSpan]) -> bool {
        let Self::Check { name, .. } = self else {
            return false;
        };
        tokens.iter().any(|token| match &token.token {
            Token::Word(word) => name
                .strip_prefix(&stored(&word.value, word.quote_style.is_some()))
                .is_some_and(|rest| rest.starts_with('_')),
            _ => false,
        })
    }
}

/// A name without its schema.
fn bare(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// A name as PostgreSQL stores it.
pub(super) fn stored(name: &str, quoted: bool) -> String {
    if quoted {
        name.to_owned()
    } else {
        name.to_lowercase()
    }
}
