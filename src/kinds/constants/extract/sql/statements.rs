use std::sync::{Arc, OnceLock};

use sqlparser::ast::Statement;
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer};

use super::plain::plain;
use super::script::Script;

/// More words than this in one definition are refused: a chain of them nests as deep.
const MAX_WORDS: usize = 5_000;

/// One statement, parsed when somebody asks for it.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) script: Arc<Script>,
    pub(super) tokens: Vec<TokenWithSpan>,
    /// Whether it stands in a branch or a loop, so that only running it tells whether it happens.
    pub(super) uncertain: bool,
    parsed: OnceLock<Result<Statement, String>>,
}

impl Piece {
    /// The statement, or why it was not understood.
    pub(super) fn statement(&self) -> Result<&Statement, &str> {
        let parsed = self.parsed.get_or_init(|| parse(&self.tokens));
        parsed.as_ref().map_err(String::as_str)
    }
}

fn parse(tokens: &[TokenWithSpan]) -> Result<Statement, String> {
    let words = tokens
        .iter()
        .filter(|token| !matches!(token.token, Token::Whitespace(_)))
        .count();
    if words > MAX_WORDS {
        return Err(format!("it has more than {MAX_WORDS} words"));
    }
    let dialect = PostgreSqlDialect {};
    let mut parser = Parser::new(&dialect).with_tokens_with_locations(tokens.to_vec());
    parser
        .parse_statement()
        .and_then(|statement| {
            // A statement that was understood to its half is not understood.
            let _ = parser.consume_token(&Token::SemiColon);
            parser.expect_token(&Token::EOF).map(|_| statement)
        })
        .map_err(|error| error.to_string())
}

/// A place where not even the words could be told apart.
#[derive(Debug)]
pub(super) struct Untokenized {
    pub(super) script: Script,
    pub(super) at: usize,
    pub(super) message: String,
}

/// Splits a script into its statements, and `DO` blocks into those of their bodies.
pub(super) fn split(text: &str) -> Result<Vec<Piece>, Untokenized> {
    // A byte order mark is no part of the script.
    let skip = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let mut pieces = Vec::new();
    let text = plain(&text[skip..]);
    split_script(Script::new(&text, skip), false, &mut pieces)?;
    Ok(pieces)
}

fn split_script(script: Script, is_body: bool, pieces: &mut Vec<Piece>) -> Result<(), Untokenized> {
    let dialect = PostgreSqlDialect {};
    let tokens = match Tokenizer::new(&dialect, script.text()).tokenize_with_location() {
        Ok(tokens) => tokens,
        Err(error) => {
            return Err(Untokenized {
                at: script.byte(error.location),
                message: error.message,
                script,
            });
        }
    };
    let script = Arc::new(script);
    let mut splitter = Splitter {
        script: &script,
        current: Vec::new(),
        depth: 0,
        blocks: Vec::new(),
        pieces,
    };
    for token in tokens {
        splitter.take(token, is_body)?;
    }
    splitter.finish()
}

struct Splitter<'a> {
    script: &'a Arc<Script>,
    current: Vec<TokenWithSpan>,
    depth: usize,
    /// The open blocks, branches and loops; `true` where only running tells what happens in them.
    blocks: Vec<bool>,
    pieces: &'a mut Vec<Piece>,
}

impl Splitter<'_> {
    fn take(&mut self, token: TokenWithSpan, is_body: bool) -> Result<(), Untokenized> {
        match &token.token {
            Token::LParen => self.depth += 1,
            Token::RParen => self.depth = self.depth.saturating_sub(1),
            Token::SemiColon if self.depth == 0 => {
                self.current.push(token);
                return self.finish();
            }
            Token::Word(word) if is_body && self.depth == 0 => {
                let name = word.value.to_ascii_uppercase();
                let first = first_word(&self.current);
                let opens = ["IF", "ELSIF", "ELSEIF", "WHEN", "CASE"];
                match name.as_str() {
                    // What follows these words is a statement of its own.
                    "THEN" if opens.iter().any(|word| is(first, word)) => {
                        if is(first, "IF") {
                            self.blocks.push(!asks_the_schema(&self.current));
                        } else if is(first, "CASE") {
                            self.blocks.push(true);
                        } else if let Some(block) = self.blocks.last_mut() {
                            *block = true;
                        }
                        self.current.clear();
                        return Ok(());
                    }
                    "LOOP" if !is(first, "END") => {
                        self.blocks.push(true);
                        self.current.clear();
                        return Ok(());
                    }
                    "ELSE" if first.is_none() => {
                        if let Some(block) = self.blocks.last_mut() {
                            *block = true;
                        }
                        return Ok(());
                    }
                    "BEGIN" if first.is_none() || is(first, "DECLARE") => {
                        self.blocks.push(false);
                        self.current.clear();
                        return Ok(());
                    }
                    "EXCEPTION" if first.is_none() => return Ok(()),
                    "END" if first.is_none() => {
                        self.blocks.pop();
                    }
                    _ => {}
                }
            }
            _ => {}
        }
        self.current.push(token);
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Untokenized> {
        let tokens = std::mem::take(&mut self.current);
        self.depth = 0;
        if first_word(&tokens).is_none() {
            return Ok(());
        }
        if is(first_word(&tokens), "DO") {
            let body = tokens.iter().find_map(|token| match &token.token {
                Token::DollarQuotedString(body) => Some((body, token.span.start)),
                _ => None,
            });
            if let Some((body, start)) = body {
                let tag = body.tag.as_ref().map_or(0, String::len);
                let base = self.script.byte(start) + tag + 2;
                let script = Script::new(&body.value, base);
                return split_script(script, true, self.pieces);
            }
        }
        self.pieces.push(Piece {
            script: Arc::clone(self.script),
            tokens,
            uncertain: self.blocks.contains(&true),
            parsed: OnceLock::new(),
        });
        Ok(())
    }
}

/// Whether a condition asks what is there already, as those do that make a migration repeatable:
/// on a database that has had the migrations before, it is known to hold.
fn asks_the_schema(condition: &[TokenWithSpan]) -> bool {
    condition.iter().any(|token| match &token.token {
        Token::Word(word) => {
            let name = word.value.to_ascii_lowercase();
            name.starts_with("pg_") || name.starts_with("to_reg") || name == "information_schema"
        }
        _ => false,
    })
}

/// The words of a statement as they are written, in lower case.
pub(super) fn words(tokens: &[TokenWithSpan]) -> impl Iterator<Item = String> {
    tokens.iter().filter_map(|token| match &token.token {
        Token::Word(word) => Some(word.value.to_lowercase()),
        _ => None,
    })
}

/// The first word of a statement; empty where it begins with something else.
pub(super) fn first_word(tokens: &[TokenWithSpan]) -> Option<&str> {
    tokens.iter().find_map(|token| match &token.token {
        Token::Whitespace(_) => None,
        Token::Word(word) => Some(word.value.as_str()),
        _ => Some(""),
    })
}

pub(super) fn is(word: Option<&str>, wanted: &str) -> bool {
    word.is_some_and(|word| word.eq_ignore_ascii_case(wanted))
}
