use crate::gate::Location;
use crate::tree::TreePath;

/// A file of a side, as it was read.
#[derive(Debug, Clone)]
pub(in super::super) struct SourceText {
    pub(in super::super) path: TreePath,
    /// The path as reports name it.
    pub(in super::super) place: String,
    pub(in super::super) text: String,
}

impl SourceText {
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
        Self {
            path: TreePath::new(path).expect("a path"),
            place: path.to_owned(),
            text: text.to_owned(),
        }
    }
}
