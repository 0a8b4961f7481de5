use regex::RegexBuilder;

use super::expand::{Values, expand, sum};

/// The result of `[ … ]`, `[[ … ]]` or `(( … ))`; `None` where it hangs on something unknown.
pub(super) fn test(text: &str, values: &mut Values) -> Option<bool> {
    let text = text.trim();
    if let Some(inside) = text
        .strip_prefix("((")
        .and_then(|rest| rest.strip_suffix("))"))
    {
        return arithmetic(inside.trim(), values);
    }
    let inside = text
        .strip_prefix("[[")
        .and_then(|rest| rest.strip_suffix("]]"))
        .or_else(|| {
            text.strip_prefix('[')
                .and_then(|rest| rest.strip_suffix(']'))
        })?;
    let tokens = tokens(inside);
    let mut reader = Reader {
        tokens: &tokens,
        at: 0,
        values,
    };
    let result = reader.either();
    if reader.at == tokens.len() {
        result
    } else {
        None
    }
}

fn arithmetic(text: &str, values: &mut Values) -> Option<bool> {
    for (operator, amount) in [("++", 1), ("--", -1)] {
        let name = text.trim_end_matches(operator).trim_start_matches(operator);
        if name.len() < text.len() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            let before = sum(name, values)?;
            values.insert(name.to_owned(), Some((before + amount).to_string()));
            return Some(if text.ends_with(operator) {
                before != 0
            } else {
                before + amount != 0
            });
        }
    }
    if let Some((name, amount)) = text.split_once("+=") {
        let after = sum(name.trim(), values)?.checked_add(sum(amount, values)?)?;
        values.insert(name.trim().to_owned(), Some(after.to_string()));
        return Some(after != 0);
    }
    for (operator, holds) in [
        ("==", (|a, b| a == b) as fn(i64, i64) -> bool),
        ("!=", |a, b| a != b),
        (">=", |a, b| a >= b),
        ("<=", |a, b| a <= b),
        (">", |a, b| a > b),
        ("<", |a, b| a < b),
    ] {
        if let Some((left, right)) = text.split_once(operator) {
            return Some(holds(sum(left, values)?, sum(right, values)?));
        }
    }
    Some(sum(text, values)? != 0)
}

/// Words as they are written, with their quotes.
fn tokens(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match (c, quote) {
            ('\\', None | Some('"')) => {
                word.push(c);
                word.extend(characters.next());
            }
            ('\'' | '"', None) => {
                quote = Some(c);
                word.push(c);
            }
            (c, Some(open)) if c == open => {
                quote = None;
                word.push(c);
            }
            (c, None) if c.is_whitespace() => {
                if !word.is_empty() {
                    all.push(std::mem::take(&mut word));
                }
            }
            (c, _) => word.push(c),
        }
    }
    if !word.is_empty() {
        all.push(word);
    }
    all
}

struct Reader<'a> {
    tokens: &'a [String],
    at: usize,
    values: &'a Values,
}

impl Reader<'_> {
    fn peek(&self) -> Option<&str> {
        self.tokens.get(self.at).map(String::as_str)
    }

    fn next(&mut self) -> Option<String> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn either(&mut self) -> Option<bool> {
        let mut result = self.both();
        while matches!(self.peek(), Some("||" | "-o")) {
            self.at += 1;
            let right = self.both();
            result = match (result, right) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            };
        }
        result
    }

    fn both(&mut self) -> Option<bool> {
        let mut result = self.one();
        while matches!(self.peek(), Some("&&" | "-a")) {
            self.at += 1;
            let right = self.one();
            result = match (result, right) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            };
        }
        result
    }

    fn one(&mut self) -> Option<bool> {
        match self.peek()? {
            "!" => {
                self.at += 1;
                self.one().map(|result| !result)
            }
            "(" => {
                self.at += 1;
                let result = self.either();
                (self.next()? == ")").then_some(result).flatten()
            }
            "-z" | "-n" => {
                let empty = self.next()? == "-z";
                let word = self.next()?;
                Some(expand(&word, self.values)?.is_empty() == empty)
            }
            word if word.starts_with('-') && word.len() == 2 => {
                // Questions about files.
                self.at += 2;
                None
            }
            _ => self.comparison(),
        }
    }

    fn comparison(&mut self) -> Option<bool> {
        let left = self.next()?;
        let left = expand(&left, self.values);
        let operator = match self.peek() {
            None | Some("&&" | "||" | "-a" | "-o" | ")") => {
                return left.map(|left| !left.is_empty());
            }
            Some(operator) => operator.to_owned(),
        };
        self.at += 1;
        let raw = self.next()?;
        let right = expand(&raw, self.values);
        let (left, right) = (left?, right?);
        let number = |text: &str| text.trim().parse::<i64>().ok();
        match operator.as_str() {
            "=" | "==" | "!=" => {
                if !raw.starts_with(['"', '\'']) && right.contains(['*', '?', '[']) {
                    return None;
                }
                Some((left == right) != (operator == "!="))
            }
            "=~" => Some(
                RegexBuilder::new(&right)
                    .size_limit(1 << 18)
                    .build()
                    .ok()?
                    .is_match(&left),
            ),
            "-eq" => Some(number(&left)? == number(&right)?),
            "-ne" => Some(number(&left)? != number(&right)?),
            "-gt" => Some(number(&left)? > number(&right)?),
            "-ge" => Some(number(&left)? >= number(&right)?),
            "-lt" => Some(number(&left)? < number(&right)?),
            "-le" => Some(number(&left)? <= number(&right)?),
            _ => None,
        }
    }
}
