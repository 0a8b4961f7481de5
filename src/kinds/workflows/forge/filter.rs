use regex_lite::Regex;

/// A pattern of a branch, tag or path filter, as the forges match it.
///
/// `*` is any text without `/`, `**` any text, `**/` any folders or none, `?` and `+` repeat what
/// comes before them, `[]` is a set of letters and digits, `\` makes the next character plain, and
/// a leading `!` takes away what was included before. Names that begin with a dot are like others,
/// and case counts. (docs.github.com, workflow syntax, filter pattern cheat sheet; Gitea and
/// nektos/act follow it: modules/actions/workflowpattern.)
#[derive(Debug, Clone)]
pub struct Glob {
    /// As the workflow writes it.
    pub pattern: String,
    /// Whether it begins with `!`.
    pub negative: bool,
    regex: Regex,
}

/// A pattern that no forge takes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{pattern}` is not a filter pattern: {problem}")]
pub struct FilterError {
    pub pattern: String,
    pub problem: &'static str,
}

impl Glob {
    /// # Errors
    /// Says what is wrong with the pattern.
    pub fn new(pattern: &str) -> Result<Self, FilterError> {
        let fail = |problem| FilterError {
            pattern: pattern.to_owned(),
            problem,
        };
        let (negative, body) = match pattern.strip_prefix('!') {
            Some(body) => (true, body),
            None => (false, pattern),
        };
        let regex = translate(body).map_err(fail)?;
        Ok(Self {
            pattern: pattern.to_owned(),
            negative,
            regex: Regex::new(&regex).map_err(|_| fail("it repeats nothing, or is too long"))?,
        })
    }

    /// # Errors
    /// Says what is wrong with the first pattern that is none.
    pub fn all<'a>(patterns: impl IntoIterator<Item = &'a str>) -> Result<Vec<Self>, FilterError> {
        patterns.into_iter().map(Self::new).collect()
    }

    /// Whether it matches a name, apart from a leading `!`.
    pub fn is_match(&self, name: &str) -> bool {
        self.regex.is_match(name)
    }
}

/// Whether `branches`, `tags` or `paths` let one of the names through: the last pattern that
/// matches a name decides about it.
pub fn included_by<'a>(patterns: &[Glob], names: impl IntoIterator<Item = &'a str>) -> bool {
    names.into_iter().any(|name| {
        let last = patterns.iter().rev().find(|glob| glob.is_match(name));
        last.is_some_and(|glob| !glob.negative)
    })
}

/// Whether `branches-ignore`, `tags-ignore` or `paths-ignore` take all of the names away.
pub fn excluded_by<'a>(patterns: &[Glob], names: impl IntoIterator<Item = &'a str>) -> bool {
    names.into_iter().all(|name| {
        patterns
            .iter()
            .any(|glob| glob.is_match(name) != glob.negative)
    })
}

fn translate(pattern: &str) -> Result<String, &'static str> {
    let mut regex = String::from(r"\A(?:");
    let mut rest = pattern.chars().peekable();
    let mut first = true;
    while let Some(c) = rest.next() {
        match c {
            '*' if rest.next_if_eq(&'*').is_some() => {
                if rest.next_if_eq(&'/').is_some() {
                    regex.push_str("(?s:.*/)?");
                } else {
                    regex.push_str("(?s:.*)");
                }
            }
            '*' => regex.push_str("[^/]*"),
            '?' | '+' if !first => regex.push(c),
            '[' => set(&mut rest, &mut regex)?,
            '\\' => {
                let plain = rest.next().ok_or("nothing follows the last `\\`")?;
                push_plain(&mut regex, plain);
            }
            c => push_plain(&mut regex, c),
        }
        first = false;
    }
    regex.push_str(r")\z");
    Ok(regex)
}

/// `[a-z0-9_]`, after its bracket.
fn set(
    rest: &mut std::iter::Peekable<std::str::Chars<'_>>,
    regex: &mut String,
) -> Result<(), &'static str> {
    let mut inside = String::new();
    loop {
        match rest.next() {
            None => return Err("`[` without `]`"),
            Some(']') => break,
            Some(c) => inside.push(c),
        }
    }
    if inside.is_empty() {
        return Err("`[]` is empty");
    }
    let chars: Vec<char> = inside.chars().collect();
    let mut at = 0;
    regex.push('[');
    while let Some(&from) = chars.get(at) {
        match (chars.get(at + 1), chars.get(at + 2)) {
            (Some('-'), Some(&to)) => {
                if !from.is_ascii_alphanumeric() || !to.is_ascii_alphanumeric() || from > to {
                    return Err("a range in `[]` goes from a letter or digit up to another");
                }
                push_plain(regex, from);
                regex.push('-');
                push_plain(regex, to);
                at += 3;
            }
            _ => {
                push_plain(regex, from);
                at += 1;
            }
        }
    }
    regex.push(']');
    Ok(())
}

fn push_plain(regex: &mut String, c: char) {
    regex.push_str(&regex_lite::escape(c.encode_utf8(&mut [0; 4])));
}
