use std::path::Path;

use globset::{GlobBuilder, GlobMatcher};

/// A path pattern: `*` and `?` stop at `/`, `**` does not, `[a-z]` and `{a,b}` work, case counts.
/// A pattern that ends in `/` means all that is below that folder.
#[derive(Debug, Clone)]
pub struct Pattern {
    text: String,
    matcher: GlobMatcher,
}

impl Pattern {
    /// # Errors
    /// Says why the text is not a pattern, as the end of a sentence that names it.
    pub fn new(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("it is empty".to_owned());
        }
        if text.starts_with('/') {
            return Err("it starts with `/`; paths are relative".to_owned());
        }
        if text.split('/').any(|part| part == "..") {
            return Err("it leads out of the tree with `..`".to_owned());
        }
        let plain = text.strip_prefix("./").unwrap_or(text);
        let pattern = match plain.strip_suffix('/') {
            Some(folder) => format!("{folder}/**"),
            None => plain.to_owned(),
        };
        let pattern = keep_classes_from_slashes(&pattern)?;
        let matcher = GlobBuilder::new(&pattern)
            .literal_separator(true)
            .backslash_escape(true)
            .build()
            .map_err(|error| error.kind().to_string())?
            .compile_matcher();
        Ok(Self {
            text: text.to_owned(),
            matcher,
        })
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub fn is_match(&self, path: impl AsRef<Path>) -> bool {
        self.matcher.is_match(path)
    }
}

/// `globset` lets `[!x]` and ranges such as `[.-0]` match `/`; here no class does.
fn keep_classes_from_slashes(pattern: &str) -> Result<String, String> {
    let mut out = String::with_capacity(pattern.len() + 4);
    let mut rest = pattern;
    while let Some(open) = rest.find(['[', '\\']) {
        let (before, from) = rest.split_at(open);
        out.push_str(before);
        if from.starts_with('\\') {
            let end = from.chars().take(2).map(char::len_utf8).sum();
            out.push_str(&from[..end]);
            rest = &from[end..];
            continue;
        }
        let negated = from[1..].starts_with(['!', '^']);
        let start = if negated { 2 } else { 1 };
        // A `]` that comes first is a member.
        let skip = usize::from(from[start..].starts_with(']'));
        let Some(close) = from[start + skip..].find(']') else {
            return Err("a `[` is never closed".to_owned());
        };
        let body = &from[start..start + skip + close];
        if body.contains('/') || spans_slash(body) {
            return Err("a character class contains `/`, which only `**` matches".to_owned());
        }
        out.push('[');
        if negated {
            out.push('!');
        }
        match (negated, body.strip_prefix(']')) {
            (false, _) => out.push_str(body),
            (true, Some(others)) => {
                out.push_str("]/");
                out.push_str(others);
            }
            (true, None) if body.starts_with('-') && body != "-" => {
                return Err("write a `-` at the end of a negated class".to_owned());
            }
            (true, None) => {
                out.push('/');
                out.push_str(body);
            }
        }
        out.push(']');
        rest = &from[start + body.len() + 1..];
    }
    out.push_str(rest);
    Ok(out)
}

/// Whether a range in the body of a class goes over `/`.
fn spans_slash(body: &str) -> bool {
    let chars: Vec<char> = body.chars().collect();
    chars
        .windows(3)
        .any(|window| window[1] == '-' && window[0] < '/' && window[2] > '/')
}
