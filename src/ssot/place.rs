use std::ops::Range;

/// A place in a text: line, and column in characters, both counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    pub line: u32,
    pub column: u32,
}

/// A piece of a text: its bytes, and the place where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    pub bytes: Range<usize>,
    pub start: Place,
}

/// Turns byte offsets into places.
#[derive(Debug)]
pub(crate) struct Places<'a> {
    text: &'a str,
    line_starts: Vec<usize>,
}

impl<'a> Places<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let line_starts = std::iter::once(0)
            .chain(text.match_indices('\n').map(|(index, _)| index + 1))
            .collect();
        Self { text, line_starts }
    }

    /// An offset past the end, or inside a character, counts as the character before it.
    pub(crate) fn at(&self, offset: usize) -> Place {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.line_starts.partition_point(|start| *start <= offset);
        let start = self.line_starts[line - 1];
        Place {
            line: number(line),
            column: number(self.text[start..offset].chars().count() + 1),
        }
    }

    pub(super) fn span(&self, bytes: Range<usize>) -> Span {
        Span {
            start: self.at(bytes.start),
            bytes,
        }
    }
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_lines_start_at_one() {
        let places = Places::new("aé\n\u{1F600}b");
        let at = |offset| {
            let place = places.at(offset);
            (place.line, place.column)
        };
        assert_eq!(at(0), (1, 1));
        assert_eq!(at(3), (1, 3));
        assert_eq!(at(4), (2, 1));
        assert_eq!(at(8), (2, 2));
        assert_eq!(at(6), (2, 1));
        assert_eq!(at(999), (2, 3));
    }
}
