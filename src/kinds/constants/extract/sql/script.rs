use std::ops::{Deref, Range};
use std::sync::Arc;

use sqlparser::tokenizer::{Location, Span};

/// A piece of SQL inside a file: all of it, or the body of a `DO` block.
#[derive(Debug)]
pub(super) struct Script {
    text: String,
    /// Where it begins in the file, in bytes.
    base: usize,
    lines: Vec<usize>,
}

/// A script, and which of a side's files it stands in.
#[derive(Debug, Clone)]
pub(super) struct Placed {
    pub(super) file: usize,
    pub(super) script: Arc<Script>,
}

impl Deref for Placed {
    type Target = Script;

    fn deref(&self) -> &Script {
        &self.script
    }
}

impl Script {
    pub(super) fn new(text: &str, base: usize) -> Self {
        let lines = std::iter::once(0)
            .chain(text.match_indices('\n').map(|(at, _)| at + 1))
            .collect();
        Self {
            text: text.to_owned(),
            base,
            lines,
        }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The byte of the file where a location of this script is.
    pub(super) fn byte(&self, location: Location) -> usize {
        let index = |n: u64| usize::try_from(n.saturating_sub(1)).unwrap_or(usize::MAX);
        let start = self
            .lines
            .get(index(location.line))
            .copied()
            .unwrap_or(self.text.len());
        let column = index(location.column);
        let within = self.text[start..]
            .char_indices()
            .nth(column)
            .map_or(self.text.len() - start, |(at, _)| at);
        self.base + start + within
    }

    pub(super) fn range(&self, span: Span) -> Range<usize> {
        self.byte(span.start)..self.byte(span.end)
    }
}
