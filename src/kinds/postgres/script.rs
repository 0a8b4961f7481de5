use std::ops::Range;

use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer};

/// A text of SQL, told apart into its statements.
#[derive(Debug)]
pub(super) struct Script<'a> {
    text: &'a str,
    pub(super) statements: Vec<Statement>,
}

/// One statement.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Statement {
    /// Its bytes from the first word to the last token, the semicolon included.
    pub(super) bytes: Range<usize>,
    /// Its first words in capitals, at most three.
    words: Vec<String>,
}

impl<'a> Script<'a> {
    /// `None` where not even the words can be told apart.
    pub(super) fn split(text: &'a str) -> Option<Self> {
        let tokens = Tokenizer::new(&PostgreSqlDialect {}, text)
            .tokenize_with_location()
            .ok()?;
        let lines: Vec<usize> = std::iter::once(0)
            .chain(text.match_indices('\n').map(|(at, _)| at + 1))
            .collect();
        let byte = |location: Location| byte_at(text, &lines, location);
        let mut statements = Vec::new();
        let mut open: Option<Statement> = None;
        let mut depth = 0_usize;
        let mut last = String::new();
        for TokenWithSpan { token, span } in tokens {
            if matches!(token, Token::Whitespace(_)) {
                continue;
            }
            if token == Token::SemiColon && depth == 0 {
                if let Some(mut statement) = open.take() {
                    statement.bytes.end = byte(span.end);
                    statements.push(statement);
                }
                last.clear();
                continue;
            }
            let statement = open.get_or_insert_with(|| Statement {
                bytes: byte(span.start)..byte(span.end),
                words: Vec::new(),
            });
            statement.bytes.end = byte(span.end);
            match token {
                Token::LParen => depth += 1,
                Token::RParen => depth = depth.saturating_sub(1),
                Token::Word(word) if word.quote_style.is_none() => {
                    let word = word.value.to_ascii_uppercase();
                    // The body of an SQL-standard function has semicolons of its own.
                    match word.as_str() {
                        "ATOMIC" if last == "BEGIN" => depth += 1,
                        "CASE" if depth > 0 => depth += 1,
                        "END" if depth > 0 => depth -= 1,
                        _ => {}
                    }
                    if statement.words.len() < 3 {
                        statement.words.push(word.clone());
                    }
                    last = word;
                    continue;
                }
                _ => {}
            }
            last.clear();
        }
        statements.extend(open);
        Some(Self { text, statements })
    }

    /// The first command that begins or ends a transaction.
    pub(super) fn transaction_control(&self) -> Option<&str> {
        self.statements
            .iter()
            .find(|statement| statement.controls())
            .and_then(|statement| statement.words.first())
            .map(String::as_str)
    }

    /// The text without the transaction that it puts around all of itself, so that it can run inside
    /// of another one; everything stays where it is. `None` where it has other transactions.
    pub(super) fn without_own_transaction(&self) -> Option<String> {
        let controls: Vec<usize> = (0..self.statements.len())
            .filter(|index| self.statements[*index].controls())
            .collect();
        match controls.as_slice() {
            [] => Some(self.text.to_owned()),
            [0, last]
                if *last + 1 == self.statements.len()
                    && self.statements[0].is_any(&["BEGIN", "START"])
                    && self.statements[*last].is_any(&["COMMIT", "END"]) =>
            {
                let mut bytes = self.text.as_bytes().to_vec();
                for index in [0, *last] {
                    for byte in &mut bytes[self.statements[index].bytes.clone()] {
                        if *byte != b'\n' {
                            *byte = b' ';
                        }
                    }
                }
                String::from_utf8(bytes).ok()
            }
            _ => None,
        }
    }
}

impl Statement {
    fn is_any(&self, first: &[&str]) -> bool {
        self.words
            .first()
            .is_some_and(|word| first.contains(&word.as_str()))
    }

    /// Whether it begins or ends a transaction. Savepoints do neither.
    fn controls(&self) -> bool {
        let second = self.words.get(1).map(String::as_str);
        match self.words.first().map(String::as_str) {
            Some("BEGIN" | "COMMIT" | "END" | "ABORT") => true,
            Some("START") => second == Some("TRANSACTION"),
            Some("PREPARE") => second == Some("TRANSACTION"),
            Some("ROLLBACK") => !self.words.iter().any(|word| word == "TO"),
            _ => false,
        }
    }
}

/// The byte at a line and column, both in characters and counted from 1.
fn byte_at(text: &str, lines: &[usize], location: Location) -> usize {
    let index = |n: u64| usize::try_from(n.saturating_sub(1)).unwrap_or(usize::MAX);
    let start = lines
        .get(index(location.line))
        .copied()
        .unwrap_or(text.len());
    text[start..]
        .char_indices()
        .nth(index(location.column))
        .map_or(text.len(), |(at, _)| start + at)
}

/// The line and column, both counted from 1, of a character of a text, counted from 1 as the server
/// does.
pub(super) fn place(text: &str, character: usize) -> (u32, u32) {
    let mut line = 1;
    let mut column = 1;
    for c in text.chars().take(character.saturating_sub(1)) {
        if c == '\n' {
            line += 1;
            column = 1;
        } else {
            column += 1;
        }
    }
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<&str> {
        Script::split(text)
            .expect("words")
            .statements
            .iter()
            .map(|statement| &text[statement.bytes.clone()])
            .collect()
    }

    #[test]
    fn semicolons_in_strings_comments_bodies_and_parentheses_end_no_statement() {
        let text = "-- a;\nSELECT ';' /* ; */;\n\nCREATE FUNCTION f() RETURNS int AS $x$ SELECT 1; $x$ LANGUAGE sql;\n\
                    CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2);\n\
                    CREATE FUNCTION g() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END;\nSELECT 'é'";
        let found = texts(text);
        assert_eq!(found.len(), 5, "{found:#?}");
        assert_eq!(found[0], "SELECT ';' /* ; */;");
        assert_eq!(found[4], "SELECT 'é'");
    }

    #[test]
    fn comments_and_lone_semicolons_are_no_statements() {
        assert_eq!(texts(";; -- x\n/* y; */ ;"), Vec::<&str>::new());
    }

    #[test]
    fn a_transaction_around_all_is_taken_off_and_nothing_moves() {
        let text = "-- é\nBEGIN;\nSELECT 1;\nCOMMIT;\n";
        let plain = Script::split(text)
            .expect("words")
            .without_own_transaction()
            .expect("one transaction");
        assert_eq!(plain, "-- é\n      \nSELECT 1;\n       \n");
    }

    #[test]
    fn several_transactions_are_left_alone() {
        for text in [
            "BEGIN; SELECT 1; COMMIT; SELECT 2;",
            "SELECT 1; COMMIT;",
            "BEGIN; SELECT 1; ROLLBACK;",
            "BEGIN; COMMIT; BEGIN; COMMIT;",
        ] {
            let script = Script::split(text).expect("words");
            assert_eq!(script.without_own_transaction(), None, "{text}");
            assert!(script.transaction_control().is_some(), "{text}");
        }
    }

    #[test]
    fn savepoints_and_blocks_control_no_transaction() {
        let text = "SAVEPOINT a; ROLLBACK TO SAVEPOINT a; ROLLBACK TO a; DO $$ BEGIN NULL; END $$;";
        let script = Script::split(text).expect("words");
        assert_eq!(script.transaction_control(), None);
    }

    #[test]
    fn places_count_characters() {
        let text = "a\né é\n  x";
        assert_eq!(place(text, 1), (1, 1));
        assert_eq!(place(text, 5), (2, 3));
        assert_eq!(place(text, 9), (3, 3));
        assert_eq!(place(text, 99), (3, 4));
    }
}
