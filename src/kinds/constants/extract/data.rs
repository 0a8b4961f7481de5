use std::ops::Range;

use super::constant::double_quoted;
use super::extraction::with_comma;
use super::{Edit, Extraction, Failure, Insertion, Member, Origin, scalar};

/// A value of JSON, YAML or TOML with the bytes where it stands.
#[derive(Debug, Clone)]
pub(super) struct Data {
    pub(super) span: Range<usize>,
    pub(super) shape: Shape,
}

#[derive(Debug, Clone)]
pub(super) enum Shape {
    Text(String),
    Number(String),
    Null,
    List(Vec<Data>, Layout),
    Map(Vec<Entry>, Layout),
}

/// One key of a map, and its value.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) key_span: Range<usize>,
    pub(super) value: Data,
}

/// How the parts of a list or map are kept apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    Commas,
    /// Each on lines of its own, behind this many bytes of marker (`- `).
    Lines,
}

/// What is wanted from a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct DataQuery {
    pub(in super::super) path: DataPath,
    /// The keys of a map instead of the values of a list.
    pub(in super::super) keys: bool,
    /// What a string is split at.
    pub(in super::super) separator: Option<String>,
}

/// The way to a value: keys, and the indices of lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct DataPath {
    pub(in super::super) written: String,
    pub(in super::super) parts: Vec<String>,
}

impl DataPath {
    /// A JSON pointer: `/a/b/0`, with `~1` for `/` and `~0` for `~`.
    ///
    /// # Errors
    /// Where it does not begin with `/`.
    pub(in super::super) fn pointer(written: &str) -> Result<Self, String> {
        let rest = match written.strip_prefix('/') {
            Some(rest) => rest,
            None if written.is_empty() => {
                return Ok(Self {
                    written: String::new(),
                    parts: Vec::new(),
                });
            }
            None => {
                return Err(format!(
                    "`{written}` is not a JSON pointer; it begins with `/`"
                ));
            }
        };
        Ok(Self {
            written: written.to_owned(),
            parts: rest
                .split('/')
                .map(|part| part.replace("~1", "/").replace("~0", "~"))
                .collect(),
        })
    }

    /// `a.b.0`, or a JSON pointer for keys with dots in them.
    ///
    /// # Errors
    /// Where a part is empty.
    pub(in super::super) fn dotted(written: &str) -> Result<Self, String> {
        if written.starts_with('/') {
            return Self::pointer(written);
        }
        let parts: Vec<String> = written.split('.').map(str::to_owned).collect();
        if parts.iter().any(String::is_empty) {
            return Err(format!("`{written}` is not a path such as `a.b.0`"));
        }
        Ok(Self {
            written: written.to_owned(),
            parts,
        })
    }
}

/// Takes the wanted set out of a document.
pub(super) fn select(
    root: &Data,
    query: &DataQuery,
    file: usize,
    text: &str,
) -> Result<Extraction, Failure> {
    let what = format!("`{}`", query.path.written);
    let mut at = root;
    let mut key_span = None;
    for part in &query.path.parts {
        let next = match &at.shape {
            Shape::Map(entries, _) => {
                entries
                    .iter()
                    .find(|entry| entry.key == *part)
                    .map(|entry| {
                        key_span = Some(entry.key_span.clone());
                        &entry.value
                    })
            }
            Shape::List(items, _) => {
                key_span = None;
                part.parse::<usize>()
                    .ok()
                    .and_then(|index| items.get(index))
            }
            _ => None,
        };
        at = next.ok_or_else(|| Failure::missing_at(&what, file, at.span.start))?;
    }
    let mut extraction = Extraction::new(
        what,
        Origin {
            file,
            span: key_span.clone().unwrap_or(at.span.clone()),
        },
        double_quoted,
    );
    if let Some(key) = key_span {
        let quoted = text[key.clone()].ends_with(['"', '\'']);
        let end = key.end - usize::from(quoted);
        extraction.renamed = vec![Edit::new(file, end..end, "Renamed")];
    }
    match (&at.shape, query.keys) {
        (Shape::Map(entries, layout), true) => {
            keys(entries, *layout, at, file, text, &mut extraction);
        }
        (Shape::List(items, layout), false) => {
            list(items, *layout, at, file, text, &mut extraction)?;
        }
        (Shape::Text(value), false) => {
            let raw = text.get(at.span.clone()).unwrap_or_default();
            extraction.members = scalar::members(
                value,
                file,
                at.span.clone(),
                raw,
                query.separator.as_deref(),
            );
            if query.separator.is_some() {
                extraction.write = scalar::plain;
                insert_part(&mut extraction, query.separator.as_deref());
            }
            extraction.emptied = vec![Edit::new(file, at.span.clone(), "\"\"")];
        }
        (Shape::Number(value), false) => {
            extraction.members = vec![Member::text(value, file, at.span.clone()).number(true)];
        }
        (Shape::Map(..), false) => {
            return Err(Failure::unreadable(
                "this is a map; `keys: true` reads its keys",
                file,
                at.span.start,
            ));
        }
        (Shape::Null, _) => return Err(Failure::unreadable("this is null", file, at.span.start)),
        (_, true) => {
            return Err(Failure::unreadable(
                "this has no keys; `keys: true` reads a map",
                file,
                at.span.start,
            ));
        }
    }
    Ok(extraction)
}

/// One more part at the end of a separated string.
pub(super) fn insert_part(extraction: &mut Extraction, separator: Option<&str>) {
    if let (Some(separator), Some(last)) = (separator, extraction.members.last())
        && last.literal
    {
        extraction.insertion = Some(Insertion {
            file: last.at.file,
            at: last.at.span.end,
            before: separator.to_owned(),
            after: String::new(),
        });
    }
}

fn keys(
    entries: &[Entry],
    layout: Layout,
    map: &Data,
    file: usize,
    text: &str,
    extraction: &mut Extraction,
) {
    let spans: Vec<Range<usize>> = entries
        .iter()
        .map(|entry| entry.key_span.start..entry.value.span.end.max(entry.key_span.end))
        .collect();
    for (index, entry) in entries.iter().enumerate() {
        let mut member = Member::text(&entry.key, file, entry.key_span.clone());
        member.item = part(layout, &spans, index, text);
        extraction.members.push(member);
    }
    if let (Some(last), Some(entry)) = (spans.last(), entries.last()) {
        let between = text
            .get(entry.key_span.end..entry.value.span.end)
            .filter(|between| !between.contains('\n'));
        extraction.insertion = between.map(|between| Insertion {
            file,
            at: last.end,
            before: match layout {
                Layout::Commas => ", ".to_owned(),
                Layout::Lines => format!("\n{}", indent(text, last.start)),
            },
            after: between.to_owned(),
        });
    }
    match layout {
        Layout::Commas => extraction.emptied = vec![Edit::new(file, map.span.clone(), "{}")],
        Layout::Lines => {}
    }
}

fn list(
    items: &[Data],
    layout: Layout,
    list: &Data,
    file: usize,
    text: &str,
    extraction: &mut Extraction,
) -> Result<(), Failure> {
    let spans: Vec<Range<usize>> = items.iter().map(|item| item.span.clone()).collect();
    for (index, item) in items.iter().enumerate() {
        let mut member = match &item.shape {
            Shape::Text(value) => Member::text(value, file, item.span.clone()),
            Shape::Number(value) => Member::text(value, file, item.span.clone()).number(true),
            _ => {
                return Err(Failure::unreadable(
                    "this element is neither a string nor a number",
                    file,
                    item.span.start,
                ));
            }
        };
        member.item = part(layout, &spans, index, text);
        extraction.members.push(member);
    }
    extraction.insertion = spans.last().map(|last| Insertion {
        file,
        at: last.end,
        before: match layout {
            Layout::Commas => ", ".to_owned(),
            Layout::Lines => format!("\n{}", indent(text, last.start)),
        },
        after: String::new(),
    });
    extraction.emptied = vec![Edit::new(file, list.span.clone(), "[]")];
    Ok(())
}

fn part(layout: Layout, spans: &[Range<usize>], index: usize, text: &str) -> Option<Range<usize>> {
    match layout {
        Layout::Commas => with_comma(text, spans, index),
        // The last of a block cannot go without the block.
        Layout::Lines if spans.len() < 2 => None,
        Layout::Lines => {
            let line = text[..spans[index].start].rfind('\n').map_or(0, |n| n + 1);
            let marker = text[line..spans[index].start].trim();
            let start = if marker.is_empty() || marker == "-" {
                line
            } else {
                spans[index].start
            };
            Some(line_end(text, start..spans[index].end))
        }
    }
}

fn line_end(text: &str, range: Range<usize>) -> Range<usize> {
    let end = text[range.end..]
        .find('\n')
        .map_or(text.len(), |newline| range.end + newline + 1);
    range.start..end
}

/// What stands before a part on its line: the indentation, and the dash of a list.
fn indent(text: &str, at: usize) -> &str {
    let line = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    &text[line..at]
}
