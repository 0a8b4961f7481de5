use super::Dialect;
use super::codes::{CONSUMERS_DISAGREE, LIST_EMPTY, PIN_CONFLICT, REF_NOT_PINNED};
use super::rules::{Consumer, Rules};
use crate::context::Context;
use crate::gate::{Category, Change, Code, Plant, Protection};
use crate::ssot::{
    Entry, JSON_COMMENT, JSON_DUPLICATE_KEY, JSON_TRAILING_COMMA, LOCK_STALE, MANIFEST_SHAPE,
    Manifest, NAME_DUPLICATE, PROVIDER_UNKNOWN, Pin, SOURCE_ADDRESS,
};

/// Plants in the text of a manifest.
pub(super) struct TextPlants<'a> {
    pub(super) rules: &'a Rules,
    pub(super) context: &'a Context,
    pub(super) manifest: &'a Manifest,
}

/// A replacement of bytes of the text.
struct Edit {
    start: usize,
    end: usize,
    with: String,
}

impl TextPlants<'_> {
    /// What readers of the text, and the shape of it, are protected from.
    pub(super) fn of_text(&self) -> Vec<Protection> {
        let mut all = Vec::new();
        let text = &self.manifest.text;
        let mut add = |name: &str, own: &'static Code, class: fn(Dialect) -> u8, edit: Edit| {
            if let Some(expected) = self.syntax_code(own, class) {
                all.push(self.protection(name.to_owned(), expected, "", vec![edit]));
            }
        };
        let newline = if text.ends_with('\n') { "" } else { "\n" };
        add(
            "trailing comment line",
            &JSON_COMMENT,
            |dialect| {
                u8::from(matches!(
                    dialect,
                    Dialect::StripLineComments | Dialect::Jsonc
                ))
            },
            insert(text.len(), format!("{newline}// planted by a bot\n")),
        );
        if let Some(entry) = self.manifest.entries.first() {
            let start = entry.span.bytes.start + 1;
            add(
                "duplicate key",
                &JSON_DUPLICATE_KEY,
                |dialect| match dialect {
                    Dialect::StrictJson => 0,
                    Dialect::StrictJsonFirstKey => 1,
                    _ => 2,
                },
                // The last one counts in most dialects; it stays as it was.
                insert(start, "\"ref\": \"planted\", ".to_owned()),
            );
            add(
                "trailing comma",
                &JSON_TRAILING_COMMA,
                |dialect| u8::from(dialect == Dialect::Jsonc),
                insert(entry.span.bytes.end - 1, ",".to_owned()),
            );
            all.push(self.protection(
                "misspelt key".to_owned(),
                &MANIFEST_SHAPE,
                "reff",
                vec![insert(start, "\"reff\": \"planted\", ".to_owned())],
            ));
        }
        all
    }

    /// What an entry is protected from.
    pub(super) fn of_entry(&self, entry: &Entry) -> Vec<Protection> {
        let source = entry.source();
        let name = |what: &str| format!("{what}: {source}");
        let start = entry.span.bytes.start + 1;
        let copy = &self.manifest.text[entry.span.bytes.clone()];
        let mut all = vec![
            self.protection(
                name("duplicate name"),
                &NAME_DUPLICATE,
                &source.name,
                vec![insert(entry.span.bytes.end, format!(", {copy}"))],
            ),
            self.protection(
                name("unknown provider"),
                &PROVIDER_UNKNOWN,
                &source.name,
                vec![match &entry.provider {
                    Some(provider) => replace(&provider.span.bytes, "\"no-such-provider\""),
                    None => insert(start, "\"provider\": \"no-such-provider\", ".to_owned()),
                }],
            ),
            self.protection(
                name("repository that is an option"),
                &SOURCE_ADDRESS,
                &source.name,
                vec![replace(&entry.repo.span.bytes, "\"--upload-pack=planted\"")],
            ),
        ];
        if self.rules.pinned {
            all.push(self.protection(
                name("unpinned ref"),
                &REF_NOT_PINNED,
                &source.name,
                vec![replace(&entry.reference.span.bytes, "\"main\"")],
            ));
        }
        if let Ok(Pin::Commit(commit)) = Pin::parse(&entry.reference.value) {
            all.extend(self.of_pin(entry, &other_commit(&commit)));
        }
        all
    }

    fn of_pin(&self, entry: &Entry, other: &str) -> Vec<Protection> {
        let source = entry.source();
        let mut all = Vec::new();
        if self.rules.one_ref_per_repository {
            let copy = self.manifest.text[entry.span.bytes.clone()].to_owned();
            let within = |span: &std::ops::Range<usize>| {
                span.start - entry.span.bytes.start..span.end - entry.span.bytes.start
            };
            let copy = apply(
                &copy,
                vec![
                    replace(&within(&entry.name.span.bytes), "\"planted-copy\""),
                    replace(
                        &within(&entry.reference.span.bytes),
                        &format!("\"{other}\""),
                    ),
                ],
            );
            all.push(self.protection(
                format!("two pins of one repository: {source}"),
                &PIN_CONFLICT,
                "planted-copy",
                vec![insert(entry.span.bytes.end, format!(", {copy}"))],
            ));
        }
        let read = self.rules.reachable && !self.rules.unread.contains_key(&source);
        if read {
            // All entries of the repository move, so that they do not disagree among themselves.
            let edits = self
                .manifest
                .entries
                .iter()
                .filter(|e| {
                    e.repo.value == entry.repo.value && e.reference.value == entry.reference.value
                })
                .map(|e| replace(&e.reference.span.bytes, &format!("\"{other}\"")))
                .collect();
            let mut moved = self.protection(
                format!("pin of a commit that nobody has: {source}"),
                &LOCK_STALE,
                other,
                edits,
            );
            match self.context.source(&source) {
                Ok(tree) if tree.commit.is_none() => {
                    moved.plant = Err("a working copy stands in for the source".to_owned());
                }
                _ => {}
            }
            all.push(moved);
        }
        all
    }

    /// A list that loses its entries.
    pub(super) fn emptied(&self, category: Category) -> Option<Protection> {
        let list = self
            .manifest
            .lists
            .iter()
            .find(|l| l.category == category)?;
        let mut emptied = self.protection(
            format!("emptied list: {}", category.key()),
            &LIST_EMPTY,
            category.key(),
            vec![replace(&list.span.bytes, "[]")],
        );
        if self
            .rules
            .unread
            .keys()
            .any(|source| source.category == category)
        {
            emptied.plant =
                Err("an entry that is exempt from being read would go as well".to_owned());
        }
        Some(emptied)
    }

    /// The code for a slip of syntax; `None` where the gate promises nothing about it. Readers that
    /// take it differently (in another class) disagree.
    fn syntax_code(&self, own: &'static Code, class: fn(Dialect) -> u8) -> Option<&'static Code> {
        let consumers: &[Consumer] = &self.rules.consumers;
        let mut classes: Vec<_> = consumers.iter().map(|c| class(c.dialect)).collect();
        classes.dedup();
        if classes.len() > 1 {
            Some(&CONSUMERS_DISAGREE)
        } else {
            self.rules.strict.then_some(own)
        }
    }

    fn protection(
        &self,
        name: String,
        expected: &'static Code,
        mentions: &str,
        edits: Vec<Edit>,
    ) -> Protection {
        let text = apply(&self.manifest.text, edits);
        Protection {
            name,
            expected,
            mentions: mentions.to_owned(),
            plant: Ok(Plant::in_root(Change::write(&self.manifest.path, text))),
        }
    }
}

fn insert(at: usize, with: String) -> Edit {
    Edit {
        start: at,
        end: at,
        with,
    }
}

fn replace(bytes: &std::ops::Range<usize>, with: &str) -> Edit {
    Edit {
        start: bytes.start,
        end: bytes.end,
        with: with.to_owned(),
    }
}

/// Applies edits that do not overlap.
fn apply(text: &str, mut edits: Vec<Edit>) -> String {
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.start));
    let mut text = text.to_owned();
    for edit in edits {
        text.replace_range(edit.start..edit.end, &edit.with);
    }
    text
}

/// Another commit id: the first digit is the next one.
fn other_commit(commit: &str) -> String {
    let first = commit.chars().next().and_then(|c| c.to_digit(16));
    let next = char::from_digit((first.unwrap_or(0) + 1) % 16, 16).unwrap_or('0');
    format!("{next}{}", commit.get(1..).unwrap_or_default())
}
