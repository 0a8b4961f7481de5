use super::error::Located;
use super::image_path::absolute;
use super::pattern::{Dialect, Pattern};
use super::{ErrorKind, Place};

/// An ordered list of patterns, of which later ones overrule earlier ones: an ignore file, or the
/// values of `--exclude`.
#[derive(Debug, Default)]
pub(super) struct IgnoreList {
    rules: Vec<Rule>,
}

#[derive(Debug)]
pub(super) struct Rule {
    /// As it is written.
    pub(super) text: String,
    /// In the ignore file, counted from 1; 0 for flags.
    pub(super) line: u32,
    pattern: Pattern,
    /// `!pattern`: takes back what earlier ones matched.
    includes: bool,
}

/// What the patterns said about a folder, to be handed to its children: a pattern that matched a
/// folder matches all that is in it.
#[derive(Debug, Clone, Default)]
pub(super) struct Inherited(Vec<bool>);

/// More patterns than any ignore file has.
const MOST_RULES: usize = 2_000;

impl IgnoreList {
    /// Reads an ignore file: `#` in the first column begins a comment, blanks around a pattern go, a
    /// leading slash means nothing, `..` is resolved against the context's root.
    ///
    /// Source: `moby/patternmatcher`, `ignorefile` and `New`.
    ///
    /// # Errors
    /// With the line that is no pattern.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Located> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut list = Self::default();
        for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
            let line_number = u32::try_from(index + 1).unwrap_or(u32::MAX);
            let refuse = |why: String| {
                Located::new(
                    ErrorKind::IgnoreFile(why),
                    Place {
                        line: line_number,
                        column: 1,
                    },
                )
            };
            let line =
                std::str::from_utf8(line).map_err(|_| refuse("it is not UTF-8".to_owned()))?;
            if line.starts_with('#') {
                continue;
            }
            list.push(line, line_number).map_err(refuse)?;
        }
        Ok(list)
    }

    /// The values of `--exclude`, in order.
    ///
    /// # Errors
    /// Names the one that is no pattern.
    pub(super) fn of_flags(patterns: &[String]) -> Result<Self, String> {
        let mut list = Self::default();
        for pattern in patterns {
            list.push(pattern, 0)?;
        }
        Ok(list)
    }

    fn push(&mut self, written: &str, line: u32) -> Result<(), String> {
        let text = written.trim();
        if text.is_empty() {
            return Ok(());
        }
        if self.rules.len() >= MOST_RULES {
            return Err(format!("there are more than {MOST_RULES} patterns"));
        }
        let (includes, pattern) = match text.strip_prefix('!') {
            Some(rest) => (true, rest.trim()),
            None => (false, text),
        };
        if pattern.is_empty() {
            return Err("`!` is followed by no pattern".to_owned());
        }
        // Cleaned like a path; a pattern that leads out of the context can match nothing in it.
        let leads_out = clean(pattern).is_none();
        let cleaned = absolute("/", pattern);
        let cleaned = cleaned.trim_start_matches('/');
        if cleaned.is_empty() || leads_out {
            // `.` and `/` stand for the context itself, which cannot be ignored.
            return Ok(());
        }
        self.rules.push(Rule {
            text: text.to_owned(),
            line,
            pattern: Pattern::new(cleaned, Dialect::Ignore)?,
            includes,
        });
        Ok(())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Whether anything below an ignored folder may be taken back.
    pub(super) fn has_inclusions(&self) -> bool {
        self.rules.iter().any(|rule| rule.includes)
    }

    /// The rule that keeps `path` out, if one does. `parent` is what was said about its folder, and
    /// the second part of the answer is for its children.
    pub(super) fn check(&self, path: &[u8], parent: &Inherited) -> (Option<&Rule>, Inherited) {
        let mut matched = vec![false; self.rules.len()];
        let mut decided: Option<&Rule> = None;
        for (index, rule) in self.rules.iter().enumerate() {
            let by_parent = parent.0.get(index).copied().unwrap_or_default();
            if !by_parent {
                // A rule that would change nothing is not asked.
                if rule.includes != decided.is_some() {
                    continue;
                }
                if !rule.pattern.is_match(path) {
                    continue;
                }
            }
            matched[index] = true;
            decided = if rule.includes { None } else { Some(rule) };
        }
        (decided, Inherited(matched))
    }

    /// The same for a path whose folders were not visited.
    pub(super) fn check_alone(&self, path: &[u8]) -> Option<&Rule> {
        let mut inherited = Inherited::default();
        let mut answer = None;
        let ends = path
            .iter()
            .enumerate()
            .filter(|(_, byte)| **byte == b'/')
            .map(|(at, _)| at)
            .chain([path.len()]);
        for end in ends {
            let (rule, next) = self.check(&path[..end], &inherited);
            answer = rule;
            inherited = next;
        }
        answer
    }
}

/// `None` for a path that leads above its start.
fn clean(path: &str) -> Option<()> {
    let mut depth = 0i32;
    if path.starts_with('/') {
        return Some(());
    }
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                depth -= 1;
                if depth < 0 {
                    return None;
                }
            }
            _ => depth += 1,
        }
    }
    Some(())
}

#[cfg(test)]
mod tests;
