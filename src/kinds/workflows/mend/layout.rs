use crate::gate::Edit;
use crate::kinds::workflows::model::WorkflowFile;
use crate::kinds::workflows::yaml::{Node, Span};

/// How a file is laid out, as far as one needs to know to add something to it. Nothing that is there
/// is moved: comments stay where they are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout<'a> {
    text: &'a str,
}

impl<'a> Layout<'a> {
    pub(super) fn of(file: &'a WorkflowFile) -> Self {
        Self { text: &file.text }
    }

    /// What ends a line of the file.
    pub(super) fn newline(self) -> &'static str {
        if self.text.contains("\r\n") {
            "\r\n"
        } else {
            "\n"
        }
    }

    /// The spaces before a value that begins its line; `None` where something else stands before it.
    pub(super) fn indent(self, span: Span) -> Option<String> {
        let before = self.text.get(..span.start)?;
        let line = &before[before.rfind('\n').map_or(0, |newline| newline + 1)..];
        line.chars().all(|c| c == ' ').then(|| line.to_owned())
    }

    /// Puts a line before the one that a value begins.
    pub(super) fn line_before(self, span: Span, line: &str) -> Option<Edit> {
        let indent = self.indent(span)?;
        Some(Edit::insert(
            span.start - indent.len(),
            format!("{indent}{line}{}", self.newline()),
        ))
    }

    /// Puts lines behind the one that a value ends.
    pub(super) fn lines_after(self, end: usize, lines: &str) -> Edit {
        // A block ends behind its last newline.
        let at = match self.text.get(..end) {
            Some(before) if before.ends_with('\n') => end,
            _ => self
                .text
                .get(end..)
                .and_then(|rest| rest.find('\n'))
                .map_or(self.text.len(), |newline| end + newline + 1),
        };
        let gap = match self.text.get(..at) {
            Some(before) if !before.ends_with('\n') => self.newline(),
            _ => "",
        };
        Edit::insert(at, format!("{gap}{lines}"))
    }

    /// Whether a list or mapping is written in brackets.
    pub(super) fn is_flow(self, node: &Node) -> bool {
        let written = self.text.get(node.span.start..);
        written.is_some_and(|written| written.starts_with(['[', '{']))
    }

    /// Adds words to a value that is a word, a list in brackets, or a list of lines.
    pub(super) fn add_words(self, node: &Node, words: &[&str]) -> Option<Edit> {
        if node.alias.is_some() {
            return None;
        }
        let joined = words.join(", ");
        let written = self.text.get(node.span.start..node.span.end)?;
        let Some(items) = node.as_list() else {
            let word = written.trim_end();
            return Some(Edit {
                start: node.span.start,
                end: node.span.start + word.len(),
                with: format!("[{word}, {joined}]"),
            });
        };
        if self.is_flow(node) {
            let close = node.span.start + written.rfind(']')?;
            let last = items.last()?.span.end;
            let between = self.text.get(last..close)?;
            let comma = if between.contains(',') { " " } else { ", " };
            return Some(Edit::insert(
                last + between.find(',').map_or(0, |comma| comma + 1),
                format!("{comma}{joined}"),
            ));
        }
        let last = items.last()?.span;
        let before = self.text.get(..last.start)?;
        let line = &before[before.rfind('\n').map_or(0, |newline| newline + 1)..];
        let dash = line.rfind('-')?;
        let lines: String = words
            .iter()
            .map(|word| {
                format!("{}{word}{}", &line[..=dash], self.newline()).replacen('-', "- ", 1)
            })
            .collect();
        Some(self.lines_after(last.end, &lines))
    }
}
