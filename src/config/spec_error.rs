use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use serde_saphyr::Location as YamlLocation;

use super::GateFile;

/// What is wrong with a gate file or with `driftgate.yaml`, and where.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}: {message}", self.place())]
pub struct SpecError {
    pub file: String,
    /// Line and column in characters, both counted from 1; `None` for the whole file.
    pub at: Option<(u32, u32)>,
    pub message: String,
    pub help: Option<String>,
    text: Option<std::sync::Arc<str>>,
}

impl SpecError {
    /// An error about a whole file.
    pub fn file(file: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            at: None,
            message: message.into(),
            help: None,
            text: None,
        }
    }

    /// An error at a place that the YAML reader reported, as with the `referenced` location of a
    /// `Spanned` value.
    pub fn at(file: &GateFile, location: YamlLocation, message: impl Into<String>) -> Self {
        let number = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
        let known = location.line() > 0;
        Self {
            file: file.name.clone(),
            at: known.then(|| (number(location.line()), number(location.column()))),
            message: message.into(),
            help: None,
            text: Some(file.text.clone()),
        }
    }

    /// An error at a line and column, both counted from 1.
    pub fn at_line(file: &GateFile, line: u32, column: u32, message: impl Into<String>) -> Self {
        Self {
            file: file.name.clone(),
            at: Some((line, column)),
            message: message.into(),
            help: None,
            text: Some(file.text.clone()),
        }
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// `file:line:column`.
    pub fn place(&self) -> String {
        match self.at {
            Some((line, column)) => format!("{}:{line}:{column}", self.file),
            None => self.file.clone(),
        }
    }

    /// The error with the lines it is about, as compilers show it.
    pub fn render(&self, colour: bool) -> String {
        let renderer = if colour {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        let title = Level::ERROR.primary_title(self.message.as_str());
        let mut group = match self.span() {
            Some((text, span)) => title.element(
                Snippet::source(text)
                    .path(self.file.as_str())
                    .annotation(AnnotationKind::Primary.span(span)),
            ),
            None => Group::with_title(title)
                .element(annotate_snippets::Origin::path(self.file.as_str())),
        };
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        renderer.render(&[group])
    }

    /// The text, and the bytes from the place to the end of its word.
    fn span(&self) -> Option<(&str, std::ops::Range<usize>)> {
        let (line, column) = self.at?;
        let text = self.text.as_deref()?;
        // YAML ends lines at a lone carriage return too; compilers' snippets do not, and would show
        // another line.
        if text.replace("\r\n", "\n").contains('\r') {
            return None;
        }
        let mut start = 0;
        for _ in 1..line {
            start += text[start..].find('\n')? + 1;
        }
        let rest = &text[start..];
        let rest = &rest[..rest.find('\n').unwrap_or(rest.len())];
        let skip = rest
            .char_indices()
            .nth(column.saturating_sub(1) as usize)
            .map_or(rest.len(), |(index, _)| index);
        let tail = &rest[skip..];
        // At a blank, the blank itself, however many bytes it takes.
        let first = tail.chars().next().map_or(0, char::len_utf8);
        let word = tail
            .find(|c: char| c.is_whitespace() || matches!(c, ':' | ',' | '}' | ']'))
            .map_or(tail.len(), |end| end.max(first));
        let start = start + skip;
        Some((text, start..(start + word).min(text.len())))
    }
}

/// ` (did you mean …?)` material: the nearest of the names, if any is near.
pub(crate) fn nearest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    names
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(word, name), name))
        .filter(|(distance, name)| *distance <= (name.len().max(word.len()) / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_at_a_wide_blank_is_shown_with_that_blank() {
        let file = GateFile::new("gates/a.yaml", "id:\u{2028}x\n");
        let error = SpecError::at_line(&file, 1, 4, "unexpected blank");
        let shown = error.render(false);
        assert!(shown.contains("gates/a.yaml:1:4"), "{shown}");
    }

    #[test]
    fn a_lone_carriage_return_leaves_out_the_snippet_and_keeps_the_place() {
        let file = GateFile::new("gates/a.yaml", "id: a\rkind: b\nabout: c\n");
        let error = SpecError::at_line(&file, 2, 7, "unknown kind");
        assert_eq!(error.to_string(), "gates/a.yaml:2:7: unknown kind");
        assert!(!error.render(false).contains("about: c"));
    }
}
