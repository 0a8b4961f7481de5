use super::shell_pattern::{Direction, trim};

/// What is known about a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Known(String),
    /// An `ARG` without value: unset, unless somebody gives it when building.
    Valueless(String),
    /// Only the build can know. The text says why.
    Unknown(String),
}

/// Answers for variables.
pub(super) trait Variables {
    /// `None` if it is certainly not set.
    fn get(&self, name: &str) -> Option<Value>;
}

/// Why a word has no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ExpandError {
    Syntax(String),
    Unknown { name: String, why: String },
    TooLarge,
}

/// How a word is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quotes {
    /// Quotes are taken away, as in most instructions.
    Remove,
    /// Quotes are ordinary characters, as in heredocs.
    Keep,
}

/// Variables can grow by naming one another; no path is longer than this many bytes.
const LONGEST: usize = 64 << 10;
/// `${a:-${b:-…}}` nests no deeper.
const DEEPEST: usize = 32;

/// Expands the variables of a word as BuildKit does, and takes quotes and escapes away. The names
/// that were looked at are added to `used`.
///
/// Known forms: `$a`, `${a}`, `${a-b}`, `${a:-b}`, `${a+b}`, `${a:+b}`, `${a?b}`, `${a:?b}`, `${a#b}`,
/// `${a##b}`, `${a%b}`, `${a%%b}`. Replacing (`${a/b/c}`) is refused.
///
/// Source: the lexer of BuildKit's Dockerfile frontend, `frontend/dockerfile/shell/lex.go`.
///
/// # Errors
/// When the word does not parse, or depends on a value that is not known.
pub(super) fn expand(
    word: &str,
    escape: char,
    quotes: Quotes,
    variables: &dyn Variables,
    used: &mut Vec<String>,
) -> Result<String, ExpandError> {
    let mut lexer = Lexer {
        chars: word.chars().peekable(),
        escape,
        quotes,
        raw_escapes: false,
        variables,
        used,
        depth: 0,
        blind: false,
    };
    lexer.until(None)
}

struct Lexer<'a> {
    chars: std::iter::Peekable<std::str::Chars<'a>>,
    escape: char,
    quotes: Quotes,
    raw_escapes: bool,
    variables: &'a dyn Variables,
    used: &'a mut Vec<String>,
    depth: usize,
    /// Every variable is taken as empty: the word is only being skipped.
    blind: bool,
}

fn syntax(text: impl Into<String>) -> ExpandError {
    ExpandError::Syntax(text.into())
}

impl Lexer<'_> {
    fn until(&mut self, stop: Option<char>) -> Result<String, ExpandError> {
        let mut result = String::new();
        while let Some(&c) = self.chars.peek() {
            if result.len() > LONGEST {
                return Err(ExpandError::TooLarge);
            }
            if stop == Some(c) {
                self.chars.next();
                return Ok(result);
            }
            match c {
                '\'' if self.quotes == Quotes::Remove => self.single_quoted(&mut result)?,
                '"' if self.quotes == Quotes::Remove => self.double_quoted(&mut result)?,
                '$' => result.push_str(&self.dollar()?),
                c if c == self.escape => {
                    self.chars.next();
                    if self.raw_escapes {
                        result.push(c);
                    }
                    match self.chars.next() {
                        Some(escaped) => result.push(escaped),
                        None => break,
                    }
                }
                c => {
                    self.chars.next();
                    result.push(c);
                }
            }
        }
        match stop {
            Some(stop) => Err(syntax(format!(
                "a substitution is not closed with `{stop}`"
            ))),
            None if result.len() > LONGEST => Err(ExpandError::TooLarge),
            None => Ok(result),
        }
    }

    fn single_quoted(&mut self, result: &mut String) -> Result<(), ExpandError> {
        self.chars.next();
        loop {
            match self.chars.next() {
                Some('\'') => return Ok(()),
                Some(c) => result.push(c),
                None => return Err(syntax("a single quote is not closed")),
            }
        }
    }

    fn double_quoted(&mut self, result: &mut String) -> Result<(), ExpandError> {
        self.chars.next();
        loop {
            match self.chars.peek() {
                None => return Err(syntax("a double quote is not closed")),
                Some('"') => {
                    self.chars.next();
                    return Ok(());
                }
                Some('$') => result.push_str(&self.dollar()?),
                Some(&c) => {
                    self.chars.next();
                    if c != self.escape {
                        result.push(c);
                        continue;
                    }
                    if self.raw_escapes {
                        result.push(c);
                    }
                    match self.chars.peek() {
                        None => {}
                        // All others keep the escape before them.
                        Some(&next) if matches!(next, '"' | '$') || next == self.escape => {
                            self.chars.next();
                            result.push(next);
                        }
                        Some(_) => result.push(c),
                    }
                }
            }
        }
    }

    fn dollar(&mut self) -> Result<String, ExpandError> {
        self.chars.next();
        if self.chars.peek() != Some(&'{') {
            let name = self.name();
            if name.is_empty() {
                return Ok("$".to_owned());
            }
            return self.value(&name);
        }
        self.chars.next();
        let name = self.name();
        if name.is_empty() {
            return Err(syntax("`${` is not followed by a name"));
        }
        let (empty_is_unset, operator) = match self.chars.next() {
            None => return Err(syntax("a substitution is not closed with `}`")),
            Some('}') => return self.value(&name),
            Some(':') => (true, self.chars.next()),
            Some(c) => (false, Some(c)),
        };
        let Some(operator) = operator else {
            return Err(syntax("a substitution is not closed with `}`"));
        };
        let is_trim = matches!(operator, '#' | '%');
        if !matches!(operator, '-' | '+' | '?' | '#' | '%') || (is_trim && empty_is_unset) {
            let colon = if empty_is_unset { ":" } else { "" };
            return Err(syntax(format!(
                "the substitution `${{{name}{colon}{operator}…}}` is not supported"
            )));
        }
        if self.depth >= DEEPEST {
            return Err(syntax("substitutions are nested too deeply"));
        }
        self.depth += 1;
        let before = std::mem::replace(&mut self.raw_escapes, is_trim);
        // The word of a substitution that is not taken may be unknown.
        let word = self.lenient_word();
        self.raw_escapes = before;
        self.depth -= 1;
        self.substitute(&name, empty_is_unset, operator, word?)
    }

    /// The word of a substitution; the inner error is one of a value that may not be needed.
    fn lenient_word(&mut self) -> Result<Result<String, ExpandError>, ExpandError> {
        let start = self.chars.clone();
        match self.until(Some('}')) {
            Err(error @ ExpandError::Unknown { .. }) => {
                // Read on behind the word, as if everything were empty.
                self.chars = start;
                let before = std::mem::replace(&mut self.blind, true);
                let skipped = self.until(Some('}'));
                self.blind = before;
                skipped.map(|_| Err(error))
            }
            Err(error) => Err(error),
            Ok(word) => Ok(Ok(word)),
        }
    }

    fn substitute(
        &mut self,
        name: &str,
        empty_is_unset: bool,
        operator: char,
        word: Result<String, ExpandError>,
    ) -> Result<String, ExpandError> {
        if self.blind {
            return Ok(String::new());
        }
        self.note(name);
        let value = match self.variables.get(name) {
            Some(Value::Known(value)) => Some(value),
            // Nobody gives it a value, so the substitution decides.
            Some(Value::Valueless(_)) | None => None,
            Some(Value::Unknown(why)) => {
                return Err(ExpandError::Unknown {
                    name: name.to_owned(),
                    why,
                });
            }
        };
        let present = value
            .as_ref()
            .filter(|value| !(empty_is_unset && value.is_empty()));
        match operator {
            '-' => match present {
                Some(value) => Ok(value.clone()),
                None => word,
            },
            '+' => match present {
                Some(_) => word,
                None => Ok(String::new()),
            },
            '?' => match present {
                Some(value) => Ok(value.clone()),
                None => Err(ExpandError::Unknown {
                    name: name.to_owned(),
                    why: match word {
                        Ok(message) if !message.is_empty() => message,
                        _ => "the Dockerfile demands a value".to_owned(),
                    },
                }),
            },
            _ => {
                let word = word?;
                let (greedy, pattern) = match word.strip_prefix(operator) {
                    Some(rest) => (true, rest),
                    None => (false, word.as_str()),
                };
                let direction = if operator == '#' {
                    Direction::Prefix
                } else {
                    Direction::Suffix
                };
                trim(&value.unwrap_or_default(), pattern, direction, greedy).map_err(syntax)
            }
        }
    }

    fn name(&mut self) -> String {
        let mut name = String::new();
        while let Some(&c) = self.chars.peek() {
            if name.is_empty() && matches!(c, '@' | '*' | '#' | '?' | '-' | '$' | '!') {
                self.chars.next();
                return c.to_string();
            }
            let is_positional = name.bytes().next().is_some_and(|c| c.is_ascii_digit());
            if is_positional && !c.is_ascii_digit() {
                break;
            }
            if !c.is_alphanumeric() && c != '_' {
                break;
            }
            self.chars.next();
            name.push(c);
        }
        name
    }

    fn note(&mut self, name: &str) {
        if !self.used.iter().any(|used| used == name) {
            self.used.push(name.to_owned());
        }
    }

    fn value(&mut self, name: &str) -> Result<String, ExpandError> {
        if self.blind {
            return Ok(String::new());
        }
        self.note(name);
        match self.variables.get(name) {
            Some(Value::Known(value)) => Ok(value),
            // What is not set stands for nothing.
            None => Ok(String::new()),
            Some(Value::Valueless(why) | Value::Unknown(why)) => Err(ExpandError::Unknown {
                name: name.to_owned(),
                why,
            }),
        }
    }
}

#[cfg(test)]
mod tests;
