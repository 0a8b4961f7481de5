use std::collections::BTreeMap;

/// What is known of variables; `None` for one that is set to something unknown.
pub(super) type Values = BTreeMap<String, Option<String>>;

/// The value of a word as it is written; `None` where it hangs on something unknown.
pub(super) fn expand(raw: &str, values: &Values) -> Option<String> {
    let mut value = String::new();
    let mut rest = raw;
    let mut quote = None;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        match (c, quote) {
            ('\'', Some('\'')) | ('"', Some('"')) => {
                quote = None;
                rest = after;
            }
            ('\'' | '"', None) => {
                quote = Some(c);
                rest = after;
            }
            ('\\', None | Some('"')) => {
                let next = after.chars().next()?;
                if next != '\n' {
                    value.push(next);
                }
                rest = &after[next.len_utf8()..];
            }
            ('`', None | Some('"')) => return None,
            ('$', None | Some('"')) => {
                let (expanded, length) = variable(after, values)?;
                value.push_str(&expanded);
                rest = after.get(length..)?;
            }
            _ => {
                value.push(c);
                rest = after;
            }
        }
    }
    Some(value)
}

/// What follows a `$`, and how many bytes of it belong to the expansion.
fn variable(after: &str, values: &Values) -> Option<(String, usize)> {
    if let Some(inside) = after.strip_prefix("((") {
        let end = inside.find("))")?;
        return Some((sum(&inside[..end], values)?.to_string(), end + 4));
    }
    if let Some(inside) = after.strip_prefix('{') {
        let end = inside.find('}')?;
        let inner = &inside[..end];
        let (name, default) = match inner.split_once(":-") {
            Some((name, default)) => (name, Some(default)),
            None => match inner.split_once('-') {
                Some((name, default)) => (name, Some(default)),
                None => (inner, None),
            },
        };
        if !is_name(name) {
            return None;
        }
        let value = get(name, values)?;
        let value = match default {
            Some(default) if value.is_empty() => expand(default, values)?,
            _ => value,
        };
        return Some((value, end + 2));
    }
    let length = after
        .bytes()
        .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        .count();
    if length > 0 {
        // `$12` is `$1` and a 2; nobody means that.
        return Some((get(&after[..length], values)?, length));
    }
    match after.chars().next() {
        Some('?') => Some((get("?", values)?, 1)),
        Some('(' | '@' | '*' | '#' | '!' | '$' | '-') => None,
        _ => Some(("$".to_owned(), 0)),
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// A variable that nobody sets may come from the runner: it is unknown, and not empty.
fn get(name: &str, values: &Values) -> Option<String> {
    values.get(name).cloned().flatten()
}

/// Sums and differences of numbers and variables.
pub(super) fn sum(text: &str, values: &Values) -> Option<i64> {
    let mut total = 0_i64;
    let mut sign = 1;
    let mut expects = true;
    let mut rest = text.trim_start();
    while let Some(c) = rest.chars().next() {
        if expects {
            let word = rest.trim_start_matches('$');
            let length = word
                .bytes()
                .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
                .count();
            let name = &word[..length];
            let number = match name.parse::<i64>() {
                Ok(number) => number,
                Err(_) if length == 0 => return None,
                Err(_) => {
                    let value = values.get(name).cloned().unwrap_or(Some(String::new()))?;
                    if value.is_empty() {
                        0
                    } else {
                        value.parse().ok()?
                    }
                }
            };
            total = total.checked_add(sign * number)?;
            rest = word[length..].trim_start();
            expects = false;
        } else {
            sign = match c {
                '+' => 1,
                '-' => -1,
                _ => return None,
            };
            rest = rest[1..].trim_start();
            expects = true;
        }
    }
    (!expects).then_some(total)
}
