use crate::gate::Location;

/// Where a value stands in its file, as it is after decoding: bytes from the start, lines and
/// columns (in characters) from 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    pub start: usize,
    pub end: usize,
    pub line: u32,
    pub column: u32,
}

impl Span {
    /// The place as reports name it.
    pub fn location(&self, path: &str) -> Location {
        if self.line == 0 {
            Location::file(path)
        } else {
            Location::at(path, self.line, self.column)
        }
    }
}
