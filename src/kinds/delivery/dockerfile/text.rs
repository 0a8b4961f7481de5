use super::Place;

/// A Dockerfile's text, with the places of its bytes.
#[derive(Debug, Clone)]
pub(super) struct Text {
    pub(super) text: String,
    lines: Vec<usize>,
}

impl Text {
    /// Takes the bytes of a file. A byte-order mark is dropped, as the builder does.
    ///
    /// # Errors
    /// With the line that is not UTF-8.
    pub(super) fn new(bytes: &[u8]) -> Result<Self, u32> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(error) => {
                let before = &bytes[..error.valid_up_to()];
                let lines = before.iter().filter(|byte| **byte == b'\n').count();
                return Err(u32::try_from(lines + 1).unwrap_or(u32::MAX));
            }
        };
        let lines = std::iter::once(0)
            .chain(text.match_indices('\n').map(|(at, _)| at + 1))
            .collect();
        Ok(Self { text, lines })
    }

    pub(super) fn place(&self, offset: usize) -> Place {
        let line = self
            .lines
            .partition_point(|start| *start <= offset)
            .saturating_sub(1);
        let start = self.lines.get(line).copied().unwrap_or_default();
        let column = self
            .text
            .get(start..offset)
            .map_or(0, |before| before.chars().count());
        Place {
            line: u32::try_from(line + 1).unwrap_or(u32::MAX),
            column: u32::try_from(column + 1).unwrap_or(u32::MAX),
        }
    }

    /// The physical lines from `offset` on, each with its offset and without its line end.
    pub(super) fn lines_from(&self, offset: usize) -> impl Iterator<Item = (usize, &str)> {
        let mut at = offset;
        self.text
            .get(offset..)
            .unwrap_or_default()
            .split_inclusive('\n')
            .map(move |line| {
                let start = at;
                at += line.len();
                (start, line.trim_end_matches(['\r', '\n']))
            })
    }
}

/// Whether a line goes on in the next one: it ends in the escape, which is not itself escaped, and
/// perhaps spaces.
pub(super) fn continues(line: &str, escape: char) -> bool {
    let line = line.trim_end_matches([' ', '\t']);
    let Some(before) = line.strip_suffix(escape) else {
        return false;
    };
    escape != '\\' || !before.ends_with('\\')
}

/// A logical line without its escapes: continued lines are joined, comments and empty lines between
/// them are dropped.
pub(super) fn join_lines(text: &str, escape: char) -> String {
    let mut joined = String::new();
    for (index, line) in text.lines().enumerate() {
        let trimmed = line.trim_start();
        if index > 0 && (trimmed.is_empty() || trimmed.starts_with('#')) {
            continue;
        }
        if continues(line, escape) {
            let line = line.trim_end_matches([' ', '\t']);
            joined.push_str(line.strip_suffix(escape).unwrap_or(line));
        } else {
            joined.push_str(line);
            joined.push('\n');
        }
    }
    joined.truncate(joined.trim_end_matches('\n').len());
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_lines_and_characters_from_one() {
        let text = Text::new("\u{feff}a\né b\n".as_bytes()).expect("is UTF-8");
        assert_eq!(text.place(0), Place { line: 1, column: 1 });
        assert_eq!(text.place(2), Place { line: 2, column: 1 });
        assert_eq!(text.place(5), Place { line: 2, column: 3 });
        assert_eq!(Text::new(b"a\n\xff").err(), Some(2));
    }

    #[test]
    fn continued_lines_are_joined_without_the_comments_between_them() {
        assert_eq!(join_lines("a \\\n# no\n\n  b \\ \nc", '\\'), "a   b c");
        assert_eq!(join_lines("a `\nb", '`'), "a b");
        assert_eq!(join_lines("a \\\\\nb", '\\'), "a \\\\\nb");
    }
}
