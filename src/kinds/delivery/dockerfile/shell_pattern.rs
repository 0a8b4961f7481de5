use regex::Regex;

/// Which end of a value a pattern is taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Prefix,
    Suffix,
}

/// `${value#pattern}` and its kin: takes the shortest (or with `greedy` the longest) match of a shell
/// pattern from one end. `*` and `?` are special, brackets are not, as in BuildKit.
///
/// # Errors
/// When a backslash stands before anything but `*`, `?`, `\`, `}` and `/`.
pub(super) fn trim(
    value: &str,
    pattern: &str,
    direction: Direction,
    greedy: bool,
) -> Result<String, String> {
    let mut pieces = pieces(pattern)?;
    match direction {
        Direction::Prefix => Ok(match prefix_length(value, &pieces, greedy)? {
            Some(length) => value[length..].to_owned(),
            None => value.to_owned(),
        }),
        // A regular expression prefers the left, so both sides are turned round.
        Direction::Suffix => {
            pieces.reverse();
            let reversed: String = value.chars().rev().collect();
            Ok(match prefix_length(&reversed, &pieces, greedy)? {
                Some(length) => reversed[length..].chars().rev().collect(),
                None => value.to_owned(),
            })
        }
    }
}

enum Piece {
    Any,
    One,
    Literal(char),
}

fn pieces(pattern: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        pieces.push(match c {
            '*' => Piece::Any,
            '?' => Piece::One,
            '\\' => match chars.next() {
                Some(escaped @ ('*' | '?' | '\\' | '}' | '/')) => Piece::Literal(escaped),
                Some(other) => return Err(format!("`\\{other}` is no escape in a pattern")),
                None => return Err("a pattern ends in a backslash".to_owned()),
            },
            c => Piece::Literal(c),
        });
    }
    Ok(pieces)
}

fn prefix_length(value: &str, pieces: &[Piece], greedy: bool) -> Result<Option<usize>, String> {
    let mut text = String::from("^");
    for piece in pieces {
        match piece {
            Piece::Any if greedy => text.push_str(".*"),
            Piece::Any => text.push_str(".*?"),
            Piece::One => text.push('.'),
            Piece::Literal(c) => text.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
        }
    }
    let regex = Regex::new(&text).map_err(|_| "a pattern is too long".to_owned())?;
    Ok(regex.find(value).map(|found| found.end()))
}
