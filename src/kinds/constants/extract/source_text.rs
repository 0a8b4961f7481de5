use std::ops::Deref;
use std::sync::Arc;

use super::parses::Parses;
use crate::gate::Location;
use crate::tree::TreePath;

/// A file of a side, as it was read. A clone shares the text.
#[derive(Debug, Clone)]
pub(in super::super) struct SourceText(Arc<Text>);

#[derive(Debug)]
pub(in super::super) struct Text {
    pub(in super::super) path: TreePath,
    /// The path as reports name it.
    pub(in super::super) place: String,
    pub(in super::super) text: String,
    parses: Option<Parses>,
}

impl Deref for SourceText {
    type Target = Text;

    fn deref(&self) -> &Text {
        &self.0
    }
}

/// Parses are made of the text, and make no difference.
impl PartialEq for SourceText {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
            || (&self.path, &self.place, &self.text) == (&other.path, &other.place, &other.text)
    }
}

impl Eq for SourceText {}

impl SourceText {
    pub(in super::super) fn new(path: TreePath, place: String, text: String) -> Self {
        Self(Arc::new(Text {
            path,
            place,
            text,
            parses: None,
        }))
    }

    /// One that keeps its parses, for it will be asked for them again.
    pub(in super::super) fn parsed_once(path: TreePath, place: String, text: String) -> Self {
        Self(Arc::new(Text {
            path,
            place,
            text,
            parses: Some(Parses::default()),
        }))
    }

    pub(super) fn parses(&self) -> Option<&Parses> {
        self.parses.as_ref()
    }

    /// The line and column, both from 1, of a byte of the text.
    pub(in super::super) fn line_and_column(&self, byte: usize) -> (u32, u32) {
        let mut byte = byte.min(self.text.len());
        while !self.text.is_char_boundary(byte) {
            byte -= 1;
        }
        let before = &self.text[..byte];
        let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let column = before[start..].chars().filter(|c| *c != '\u{feff}').count() + 1;
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        (number(line), number(column))
    }

    pub(in super::super) fn location(&self, byte: usize) -> Location {
        let (line, column) = self.line_and_column(byte);
        Location::at(self.place.clone(), line, column)
    }

    #[cfg(test)]
    pub(in super::super) fn of(path: &str, text: &str) -> Self {
        let path_of = TreePath::new(path).expect("a path");
        Self::new(path_of, path.to_owned(), text.to_owned())
    }
}
