use std::ops::Range;

use crate::kinds::delivery::dockerfile::{CopySpan, Place};
use crate::tree::TreePath;

/// A Dockerfile's text and its `COPY` instructions, to be edited.
pub(super) struct Editor {
    pub text: String,
    pub spans: Vec<CopySpan>,
}

impl Editor {
    /// The instruction that put a file where it is.
    pub(super) fn instruction(&self, at: Place) -> Option<&CopySpan> {
        self.spans
            .iter()
            .find(|span| span.at == at || span.sources.iter().any(|(place, _)| *place == at))
    }

    /// The text of the one source that a place points at, and where it stands.
    pub(super) fn source(&self, at: Place) -> Option<(&str, Range<usize>)> {
        let span = self.instruction(at)?;
        let (_, range) = span.sources.iter().find(|(place, _)| *place == at)?;
        Some((self.text.get(range.clone())?, range.clone()))
    }

    pub(super) fn replace(&self, range: Range<usize>, with: &str) -> String {
        let mut text = self.text.clone();
        text.replace_range(range, with);
        text
    }

    /// The text with more instructions after one.
    pub(super) fn after(&self, span: &CopySpan, instructions: &str) -> String {
        let end = span.whole.end;
        self.replace(end..end, &format!("\n{}", instructions.trim_end()))
    }

    /// The text with a word replaced wherever it stands alone.
    pub(super) fn rename_word(&self, word: &str, with: &str) -> String {
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let mut renamed = String::new();
        let mut rest = self.text.as_str();
        while let Some(at) = rest.find(word) {
            let (before, after) = (&rest[..at], &rest[at + word.len()..]);
            let alone = !renamed_or(before, &renamed).is_some_and(is_part)
                && !after.chars().next().is_some_and(is_part);
            renamed.push_str(before);
            renamed.push_str(if alone { with } else { word });
            rest = after;
        }
        renamed.push_str(rest);
        renamed
    }
}

/// The character before a place: the last of what was read since, or of what was written so far.
fn renamed_or(before: &str, renamed: &str) -> Option<char> {
    before
        .chars()
        .next_back()
        .or_else(|| renamed.chars().next_back())
}

/// An instruction that puts a text of its own at a path of the image.
pub(super) fn heredoc(path: &TreePath) -> String {
    format!("COPY <<DRIFTGATE /{path}\nplanted\nDRIFTGATE\n")
}

/// Whether a path can be written into a Dockerfile as it is.
pub(super) fn is_plain(path: &TreePath) -> bool {
    path.as_bytes()
        .iter()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_renamed_only_where_it_stands_alone() {
        let editor = Editor {
            text: "ARG DIR\nARG DIR_2=$DIR\nCOPY ${DIR}/a XDIR DIR".to_owned(),
            spans: Vec::new(),
        };
        assert_eq!(
            editor.rename_word("DIR", "NEW"),
            "ARG NEW\nARG DIR_2=$NEW\nCOPY ${NEW}/a XDIR NEW"
        );
    }
}
