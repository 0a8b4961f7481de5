/// What a constant expression is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Constant {
    Text(String),
    Number(i128),
}

/// The longest string that concatenation may make, in bytes.
const LONGEST: usize = 1 << 20;

/// Applies an integer operator, or joins two strings with `+`.
pub(super) fn combine(operator: &str, left: Constant, right: Constant) -> Option<Constant> {
    let (a, b) = match (left, right) {
        (Constant::Text(a), Constant::Text(b)) if operator == "+" => {
            return (a.len() + b.len() < LONGEST).then(|| Constant::Text(a + &b));
        }
        (Constant::Number(a), Constant::Number(b)) => (a, b),
        _ => return None,
    };
    let shift = || u32::try_from(b).ok().filter(|b| *b < 100);
    let value = match operator {
        "+" => a.checked_add(b)?,
        "-" => a.checked_sub(b)?,
        "*" => a.checked_mul(b)?,
        "/" => a.checked_div(b)?,
        "%" => a.checked_rem(b)?,
        "<<" => a.checked_mul(1i128.checked_shl(shift()?)?)?,
        ">>" => a >> shift()?,
        "&" => a & b,
        "|" => a | b,
        "^" => a ^ b,
        "&^" => a & !b,
        _ => return None,
    };
    Some(Constant::Number(value))
}

/// An integer literal as Go, TypeScript and Python write it.
pub(super) fn integer(text: &str) -> Option<i128> {
    let lower: String = text
        .chars()
        .filter(|c| *c != '_')
        .map(|c| c.to_ascii_lowercase())
        .collect();
    if !lower.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let parse = |rest: &str, radix| i128::from_str_radix(rest, radix).ok();
    match lower.as_bytes() {
        [b'0', b'x', ..] => parse(&lower[2..], 16),
        [b'0', b'b', ..] => parse(&lower[2..], 2),
        [b'0', b'o', ..] => parse(&lower[2..], 8),
        [b'0', _, ..] => parse(&lower[1..], 8),
        _ => parse(&lower, 10),
    }
}

/// A string literal in double quotes. JSON's escapes mean the same in Go, TypeScript and Python.
pub(super) fn double_quoted(value: &str) -> String {
    serde_json::Value::from(value).to_string()
}

/// The character of a `\xNN`, `\uNNNN` or `\UNNNNNNNN` escape: the digits after the letter.
pub(super) fn hex_escape(escape: &str, digits: usize) -> Option<char> {
    let digits = escape.get(1..=digits)?;
    if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    char::from_u32(u32::from_str_radix(digits, 16).ok()?)
}
