use regex::bytes::Regex;

/// A path pattern of the Docker world, compiled.
#[derive(Debug, Clone)]
pub(super) struct Pattern(Regex);

/// Longer ones are mistakes or attacks.
const LONGEST: usize = 4096;

/// Which language a pattern is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// The wildcards of `COPY`: those of Go's `filepath.Match`, where `*` stops at `/` and `**` is
    /// nothing special. (Go on `[^a]`: a class matches any character, `/` too.)
    Wildcard,
    /// `.dockerignore` and `--exclude`: the same, and `**` matches any number of folders. Source:
    /// `moby/patternmatcher`.
    Ignore,
}

impl Pattern {
    /// # Errors
    /// When a class or an escape is not closed.
    pub(super) fn new(text: &str, dialect: Dialect) -> Result<Self, String> {
        let refuse = |why: &str| format!("`{text}` is no pattern: {why}");
        if text.len() > LONGEST {
            return Err(refuse("it is too long"));
        }
        let mut regex = String::from("^(?:");
        let mut chars = text.chars().peekable();
        let mut is_start = true;
        while let Some(c) = chars.next() {
            match c {
                '*' if dialect == Dialect::Ignore && chars.peek() == Some(&'*') => {
                    chars.next();
                    if chars.peek() == Some(&'/') {
                        chars.next();
                    }
                    if chars.peek().is_none() {
                        regex.push_str(ANYTHING);
                    } else if is_start && is_literal(chars.clone()) {
                        // A quirk: in front of plain text a leading `**` is "ends with", so that
                        // `**b` matches `ab`, but `**/b` matches only whole names.
                        let after_slash = text.starts_with("**/");
                        regex.push_str(if after_slash { FOLDERS } else { ANYTHING });
                    } else {
                        regex.push_str(FOLDERS);
                    }
                }
                '*' => regex.push_str("(?-u:[^/])*"),
                '?' => regex.push_str("[^/]"),
                '[' => class(&mut chars, &mut regex).map_err(&refuse)?,
                '\\' => match chars.next() {
                    Some(escaped) => literal(escaped, &mut regex),
                    None => return Err(refuse("it ends in a backslash")),
                },
                c => literal(c, &mut regex),
            }
            is_start = false;
        }
        regex.push_str(")$");
        Regex::new(&regex)
            .map(Self)
            .map_err(|_| refuse("it is too complicated"))
    }

    pub(super) fn is_match(&self, path: &[u8]) -> bool {
        self.0.is_match(path)
    }
}

const ANYTHING: &str = "(?s-u:.*)";
const FOLDERS: &str = "(?:(?s-u:.*)/)?";

fn is_literal(chars: std::iter::Peekable<std::str::Chars<'_>>) -> bool {
    !chars
        .into_iter()
        .any(|c| matches!(c, '*' | '?' | '[' | ']' | '\\'))
}

fn literal(c: char, regex: &mut String) {
    regex.push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
}

/// `[abc]`, `[a-z]`, `[^a]`, with escapes inside.
fn class(
    chars: &mut std::iter::Peekable<std::str::Chars<'_>>,
    regex: &mut String,
) -> Result<(), &'static str> {
    const OPEN: &str = "a class `[` is not closed";
    let one = |chars: &mut std::iter::Peekable<std::str::Chars<'_>>| match chars.next() {
        Some('\\') => chars.next().ok_or(OPEN),
        Some('-' | ']') => Err("a class is malformed"),
        Some(c) => Ok(c),
        None => Err(OPEN),
    };
    regex.push('[');
    if chars.peek() == Some(&'^') {
        chars.next();
        regex.push('^');
    }
    let mut count = 0;
    loop {
        match chars.peek() {
            None => return Err(OPEN),
            Some(']') if count > 0 => {
                chars.next();
                break;
            }
            Some(_) => {}
        }
        let from = one(chars)?;
        let to = if chars.peek() == Some(&'-') {
            chars.next();
            one(chars)?
        } else {
            from
        };
        count += 1;
        if from <= to {
            regex.push_str(&format!(
                "\\x{{{:X}}}-\\x{{{:X}}}",
                u32::from(from),
                u32::from(to)
            ));
        } else {
            // A range that runs backwards matches nothing; an empty class needs something in it.
            regex.push_str("\\x{0}-\\x{0}");
        }
    }
    regex.push(']');
    Ok(())
}

/// Whether a source of `COPY` is a pattern.
pub(super) fn has_wildcard(text: &str) -> bool {
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '*' | '?' | '[' => return true,
            '\\' => {
                chars.next();
            }
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests;
