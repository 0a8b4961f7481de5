use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use bstr::BString;
use regex::bytes::Regex;

use super::codes::SUBSTITUTION_UNUSED;
use crate::context::Context;
use crate::gate::{Finding, Location, Obstacle};
use crate::kinds::delivery::equality::Item;
use crate::tree::{BlobId, Child, FileFacts, NodeKind, Tree, TreeError, TreePath};

/// A text of the source that is replaced on its way.
#[derive(Debug, Clone)]
pub(crate) struct Substitution {
    pub placeholder: String,
    pub value: String,
    /// Its place in the gate file.
    pub at: Location,
}

/// All substitutions of a delivery, applied at once: what was filled in is not looked at again.
#[derive(Debug)]
pub(crate) struct Substitutions<'a> {
    each: &'a [Substitution],
    /// `None` where there are none.
    pattern: Option<Regex>,
}

impl<'a> Substitutions<'a> {
    pub(crate) fn new(each: &'a [Substitution]) -> Self {
        let mut texts: Vec<_> = each.iter().map(|one| one.placeholder.as_str()).collect();
        // The first alternative that fits is taken: of two that begin alike it must be the longer one.
        texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
        let texts: Vec<_> = texts.into_iter().map(regex::escape).collect();
        Self {
            each,
            pattern: Regex::new(&texts.join("|"))
                .ok()
                .filter(|_| !each.is_empty()),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.each.is_empty()
    }

    /// Whether a text is a placeholder, or stands in a value.
    pub(super) fn knows(&self, text: &str) -> bool {
        let mut each = self.each.iter();
        each.any(|one| one.placeholder == text || one.value.contains(text))
    }

    /// The placeholders in a text, each with where it begins, in bytes.
    pub(crate) fn found<'t>(
        &'t self,
        text: &'t [u8],
    ) -> impl Iterator<Item = (usize, &'a Substitution)> + 't {
        let pattern = self.pattern.iter();
        pattern.flat_map(move |pattern| {
            pattern.find_iter(text).filter_map(move |found| {
                let placeholder = found.as_bytes();
                let is_it = |one: &&Substitution| one.placeholder.as_bytes() == placeholder;
                Some((found.start(), self.each.iter().find(is_it)?))
            })
        })
    }

    /// The text with the values; `None` where it has no placeholder.
    pub(crate) fn apply(&self, text: &[u8]) -> Option<Vec<u8>> {
        let mut rendered = Vec::with_capacity(text.len());
        let mut at = 0;
        for (start, substitution) in self.found(text) {
            rendered.extend_from_slice(&text[at..start]);
            rendered.extend_from_slice(substitution.value.as_bytes());
            at = start + substitution.placeholder.len();
        }
        if at == 0 && rendered.is_empty() {
            return None;
        }
        rendered.extend_from_slice(&text[at..]);
        Some(rendered)
    }
}

/// The source with its placeholders replaced.
#[derive(Debug)]
pub(super) struct Rendered<'a> {
    source: &'a dyn Tree,
    files: BTreeMap<TreePath, Vec<u8>>,
    /// A finding for each substitution that occurs nowhere.
    pub(super) unused: Vec<Finding>,
}

impl<'a> Rendered<'a> {
    /// Renders the files of the source that are to be delivered. `most`: the longest one, in bytes.
    ///
    /// # Errors
    /// When one cannot be read, and when cancelled.
    pub(super) fn of(
        context: &Context,
        source: &'a dyn Tree,
        items: &[Item],
        substitutions: &Substitutions<'_>,
        most: u64,
    ) -> Result<Self, Obstacle> {
        let mut rendered = Self {
            source,
            files: BTreeMap::new(),
            unused: Vec::new(),
        };
        if substitutions.each.is_empty() {
            return Ok(rendered);
        }
        let looked = context.map_parallel(items, |item| look(source, item, substitutions, most))?;
        let mut used = vec![false; substitutions.each.len()];
        for (item, looked) in items.iter().zip(looked) {
            let (occurring, bytes) = looked?;
            for (used, occurs) in used.iter_mut().zip(occurring) {
                *used |= occurs;
            }
            if let Some(bytes) = bytes {
                rendered.files.insert(item.path.clone(), bytes);
            }
        }
        for (one, _) in (substitutions.each.iter().zip(used)).filter(|(_, used)| !used) {
            let message = format!(
                "`{}` occurs in no file of the source that is delivered here",
                one.placeholder
            );
            let finding = Finding::new(&SUBSTITUTION_UNUSED, message).at(one.at.clone());
            rendered.unused.push(finding);
        }
        Ok(rendered)
    }
}

/// Which of the substitutions occur in a file, and the file with them, where it has any.
fn look(
    source: &dyn Tree,
    item: &Item,
    substitutions: &Substitutions<'_>,
    most: u64,
) -> Result<(Vec<bool>, Option<Vec<u8>>), Obstacle> {
    let mut occurring = vec![false; substitutions.each.len()];
    if item.kind != NodeKind::File {
        return Ok((occurring, None));
    }
    let bytes = source.read(&item.path, most)?;
    for (_, found) in substitutions.found(&bytes) {
        for (occurs, one) in occurring.iter_mut().zip(substitutions.each) {
            *occurs |= std::ptr::eq(one, found);
        }
    }
    let rendered = substitutions.apply(&bytes);
    Ok((occurring, rendered))
}

impl Tree for Rendered<'_> {
    fn label(&self) -> &str {
        self.source.label()
    }

    fn kind(&self, path: &TreePath) -> Result<Option<NodeKind>, TreeError> {
        self.source.kind(path)
    }

    fn children(&self, dir: &TreePath) -> Result<Vec<Child>, TreeError> {
        self.source.children(dir)
    }

    fn facts(&self, path: &TreePath) -> Result<FileFacts, TreeError> {
        let facts = self.source.facts(path)?;
        Ok(match self.files.get(path) {
            Some(bytes) => FileFacts {
                id: BlobId::of(bytes),
                size: Some(bytes.len() as u64),
                ..facts
            },
            None => facts,
        })
    }

    fn open(&self, path: &TreePath) -> Result<Box<dyn Read + Send + '_>, TreeError> {
        match self.files.get(path) {
            Some(bytes) => Ok(Box::new(Cursor::new(bytes.as_slice()))),
            None => self.source.open(path),
        }
    }

    fn link(&self, path: &TreePath) -> Result<BString, TreeError> {
        self.source.link(path)
    }

    fn link_id(&self, path: &TreePath) -> Result<BlobId, TreeError> {
        self.source.link_id(path)
    }

    fn submodule(&self, path: &TreePath) -> Result<Option<String>, TreeError> {
        self.source.submodule(path)
    }

    fn location(&self, path: &TreePath) -> Location {
        self.source.location(path)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(pairs: &[(&str, &str)]) -> Vec<Substitution> {
        let one = |(placeholder, value): &(&str, &str)| Substitution {
            placeholder: (*placeholder).to_owned(),
            value: (*value).to_owned(),
            at: Location::file("gates/a.yaml"),
        };
        pairs.iter().map(one).collect()
    }

    fn rendered(pairs: &[(&str, &str)], text: &str) -> Option<String> {
        let all = all(pairs);
        let bytes = Substitutions::new(&all).apply(text.as_bytes())?;
        Some(String::from_utf8(bytes).expect("UTF-8"))
    }

    #[test]
    fn all_occurrences_are_replaced_once_and_at_once() {
        let pairs = [
            ("{{A}}", "{{B}}"),
            ("{{B}}", "b"),
            ("$A.", ""),
            ("$A.B", "x"),
        ];
        assert_eq!(
            rendered(&pairs, "{{A}} {{B}}{{A}} $A.B$A.c").as_deref(),
            Some("{{B}} b{{B}} xc")
        );
        assert_eq!(rendered(&pairs, "{A} {{ A }} $AxB"), None);
        assert_eq!(rendered(&[], "{{A}}"), None);
        // A value may be empty, and nothing may be left.
        assert_eq!(rendered(&[("$A.", "")], "$A.").as_deref(), Some(""));
    }

    proptest! {
        #[test]
        fn a_text_is_rendered_exactly_where_it_has_a_placeholder(text in "[{A}x]{0,12}") {
            let all = all(&[("{A}", "value")]);
            let substitutions = Substitutions::new(&all);
            let count = text.matches("{A}").count();
            prop_assert_eq!(substitutions.found(text.as_bytes()).count(), count);
            let expected = (count > 0).then(|| text.replace("{A}", "value").into_bytes());
            prop_assert_eq!(substitutions.apply(text.as_bytes()), expected);
        }
    }
}
