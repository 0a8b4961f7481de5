use std::ops::Range;

use parse_dockerfile::{Flag, Instruction, Source as ParsedSource, UnescapedString};

use super::Place;
use super::heredoc::take_run_heredocs;
use super::text::Text;

/// Where a `COPY` or `ADD` stands in the text: what an edit of it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopySpan {
    pub at: Place,
    /// From the keyword to the end of its last line, without the line end.
    pub whole: Range<usize>,
    /// Where the first flag would begin.
    pub after_keyword: usize,
    /// Whether it sets modes.
    pub has_chmod: bool,
    /// Its sources that are paths.
    pub sources: Vec<(Place, Range<usize>)>,
}

/// The text of a Dockerfile, and where each `COPY` and `ADD` stands in it; `None` for what does not
/// parse.
pub fn copy_spans(bytes: &[u8]) -> Option<(String, Vec<CopySpan>)> {
    let text = Text::new(bytes).ok()?;
    let escape = super::parse::escape(&text).ok()?;
    let masked = take_run_heredocs(&text, escape).ok()?.masked;
    let mut spans = Vec::new();
    for instruction in parse_dockerfile::parse_iter(&masked).ok()? {
        match instruction.ok()? {
            Instruction::Copy(copy) => {
                let keyword = &copy.copy.span;
                spans.push(span(&text, keyword, &copy.options, &copy.src, &copy.dest));
            }
            Instruction::Add(add) => {
                let keyword = &add.add.span;
                spans.push(span(&text, keyword, &add.options, &add.src, &add.dest));
            }
            _ => {}
        }
    }
    Some((text.text, spans))
}

fn span(
    text: &Text,
    keyword: &Range<usize>,
    flags: &[Flag<'_>],
    sources: &[ParsedSource<'_>],
    dest: &UnescapedString<'_>,
) -> CopySpan {
    let end = text
        .text
        .get(dest.span.end..)
        .and_then(|rest| rest.find('\n'))
        .map_or(text.text.len(), |at| dest.span.end + at);
    CopySpan {
        at: text.place(keyword.start),
        whole: keyword.start..end,
        after_keyword: keyword.end,
        has_chmod: flags.iter().any(|flag| flag.name.value == "chmod"),
        sources: sources
            .iter()
            .filter_map(|source| match source {
                ParsedSource::Path(path) => Some((text.place(path.span.start), path.span.clone())),
                _ => None,
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_copy_is_found_with_its_sources_whatever_stands_between() {
        let dockerfile = "FROM scratch\nCOPY --chown=1 a b \\\n  /dest/\nRUN cat <<EOF\nCOPY not this\nEOF\nADD [\"c\", \"/d\"]\n";
        let (text, spans) = copy_spans(dockerfile.as_bytes()).unwrap();
        let wholes: Vec<_> = spans.iter().map(|s| &text[s.whole.clone()]).collect();
        assert_eq!(
            wholes,
            ["COPY --chown=1 a b \\\n  /dest/", "ADD [\"c\", \"/d\"]"]
        );
        let sources: Vec<_> = spans
            .iter()
            .flat_map(|s| &s.sources)
            .map(|(at, range)| (at.line, &text[range.clone()]))
            .collect();
        assert_eq!(sources, [(2, "a"), (2, "b"), (7, "c")]);
        assert_eq!(&text[spans[0].after_keyword..][..9], " --chown=");
    }
}
