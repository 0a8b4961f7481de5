use super::Span;
use crate::gate::Location;

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Style {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    /// A block after `|`: a line of the value is a line of the file.
    Literal,
    /// A block after `>`: lines of the file are joined.
    Folded,
}

/// A scalar with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// As YAML reads it: without quotes, escapes and indentation.
    pub value: String,
    pub span: Span,
    pub style: Style,
    /// The line and column of the first character of the content of a block; those of the span
    /// for other styles.
    pub content: (u32, u32),
}

impl Text {
    pub fn as_str(&self) -> &str {
        &self.value
    }

    /// Whether it is written so that YAML 1.2 reads nothing in it.
    pub fn is_null(&self) -> bool {
        self.style == Style::Plain
            && matches!(self.value.as_str(), "" | "~" | "null" | "Null" | "NULL")
    }

    /// What YAML 1.2 reads in it, if that is a boolean.
    pub fn as_bool(&self) -> Option<bool> {
        if self.style != Style::Plain {
            return None;
        }
        match self.value.as_str() {
            "true" | "True" | "TRUE" => Some(true),
            "false" | "False" | "FALSE" => Some(false),
            _ => None,
        }
    }

    /// The line and column in the file of a byte of the value: exact for literal blocks and for
    /// values on one line without escapes, the line of the start for others.
    pub fn place(&self, byte: usize) -> (u32, u32) {
        let mut byte = byte.min(self.value.len());
        while !self.value.is_char_boundary(byte) {
            byte -= 1;
        }
        let before = &self.value[..byte];
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let newlines = number(before.matches('\n').count());
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let column = number(before[start..].chars().count());
        let (line, first) = self.content;
        match self.style {
            Style::Literal => (line + newlines, first + column),
            Style::Folded => (line + newlines, first),
            Style::Plain | Style::SingleQuoted | Style::DoubleQuoted if newlines == 0 => {
                (line, first + column + u32::from(self.style != Style::Plain))
            }
            _ => (line, first),
        }
    }

    /// The place of a byte of the value, as reports name it.
    pub fn location(&self, path: &str, byte: usize) -> Location {
        let (line, column) = self.place(byte);
        Location::at(path, line, column)
    }
}
