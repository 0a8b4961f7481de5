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
            Self::Enum(name) => mentions(name),
            Self::Column { table, .. } => mentions(table),
            Self::Check { table, name } => {
                mentions(name)
                    || table.as_ref().is_some_and(|table| mentions(table))
                    || (mentions("check") && self.may_be_implied(tokens))
            }
        }
    }

    /// Whether the text of a string that is executed may be about it.
    pub(super) fn may_concern_text(&self, text: &str) -> bool {
        // By words, for a short name is a part of many others.
        let words: std::collections::HashSet<String> = text
            .split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'))
            .map(str::to_lowercase)
            .collect();
        let has = |name: &str| words.contains(&name.to_lowercase());
        match self {
            Self::Enum(name) => has(name),
            Self::Column { table, .. } => has(table),
            Self::Check { name, .. } => has(name),
        }
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

/// A name as PostgreSQL stores it.
pub(super) fn stored(name: &str, quoted: bool) -> String {
    if quoted {
        name.to_owned()
    } else {
        name.to_lowercase()
    }
}
