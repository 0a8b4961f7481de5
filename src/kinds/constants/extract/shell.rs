use tree_sitter::Node;

use super::go::{origin, rename};
use super::syntax::{Syntax, children, descendants};
use super::{Edit, Extraction, Failure, Insertion, Member, SourceText, data, scalar};

/// An array `NAME=(…)`, or the words of a variable `NAME="…"`.
pub(super) fn extract(
    file: usize,
    source: &SourceText,
    name: &str,
    words: bool,
) -> Result<Extraction, Failure> {
    let syntax = Syntax::parse_ascii(file, source, &tree_sitter_bash::LANGUAGE.into())?;
    let what = format!("{} {name}", if words { "variable" } else { "array" });
    let found: Vec<(Node<'_>, Node<'_>)> = descendants(syntax.root(), &["variable_assignment"])
        .into_iter()
        .filter_map(|node| Some((node, node.child_by_field_name("name")?)))
        .filter(|(_, name_node)| {
            let written = syntax.text(*name_node);
            written == name
                || written
                    .strip_prefix(name)
                    .is_some_and(|rest| rest.starts_with('['))
        })
        .collect();
    let (assignment, name_node) = match found.as_slice() {
        [] => return Err(syntax.absent(&what)),
        [one] => *one,
        [_, second, ..] => {
            return Err(syntax.unreadable(
                format!("`{name}` is assigned more than once; only running the script would tell which counts"),
                second.0,
            ));
        }
    };
    syntax.sound(assignment)?;
    settled(&syntax, assignment, name)?;
    let refuse = || {
        syntax.unreadable(
            format!("`{name}` is not written as plain words"),
            assignment,
        )
    };
    let appends = (0..assignment.child_count())
        .filter_map(|index| assignment.child(index))
        .any(|child| child.kind() == "+=");
    if appends || name_node.kind() != "variable_name" {
        return Err(refuse());
    }
    let mut extraction = Extraction::new(what, origin(file, name_node), single_quoted);
    extraction.renamed = vec![rename(file, name_node, name)];
    let Some(value) = assignment.child_by_field_name("value") else {
        return Ok(extraction);
    };
    if words {
        let (inner, span) = plain_text(&syntax, value).ok_or_else(refuse)?;
        extraction.write = scalar::plain;
        let raw = syntax.text.get(span.clone()).unwrap_or_default();
        if raw != inner {
            return Err(refuse());
        }
        // Blanks of any sort separate words, so each word is found by itself.
        let mut offset = 0;
        for word in inner.split_whitespace() {
            let at = inner[offset..]
                .find(word)
                .map_or(offset, |found| offset + found);
            let start = span.start + at;
            let item = match extraction.members.last() {
                Some(previous) => previous.at.span.end..start + word.len(),
                None => start..start + word.len(),
            };
            offset = at + word.len();
            extraction
                .members
                .push(Member::text(word, file, start..start + word.len()).item(item));
        }
        extraction.emptied = vec![Edit::new(file, span, "")];
        data::insert_part(&mut extraction, Some(" "));
        return Ok(extraction);
    }
    if value.kind() != "array" {
        return Err(refuse());
    }
    let elements = children(value);
    for (index, element) in elements.iter().enumerate() {
        let (word, _) = plain_text(&syntax, *element)
            .ok_or_else(|| syntax.unreadable("this element is not a plain word", *element))?;
        let item = match elements.get(index + 1) {
            Some(next) => element.start_byte()..next.start_byte(),
            None if index > 0 => elements[index - 1].end_byte()..element.end_byte(),
            None => element.byte_range(),
        };
        extraction
            .members
            .push(Member::text(word, file, element.byte_range()).item(item));
    }
    extraction.insertion = elements.last().map(|last| Insertion {
        file,
        at: last.end_byte(),
        before: " ".to_owned(),
        after: String::new(),
    });
    extraction.emptied = vec![Edit::new(file, value.byte_range(), "()")];
    Ok(extraction)
}

/// Commands that set a variable which they are given by name.
const SETTERS: &[&str] = &["eval", "getopts", "mapfile", "printf", "read", "readarray"];

/// # Errors
/// When the assignment happens only under a condition, or a command may set the variable too.
fn settled(syntax: &Syntax<'_>, assignment: Node<'_>, name: &str) -> Result<(), Failure> {
    let mut above = assignment.parent();
    while let Some(node) = above {
        let kinds = [
            "case_statement",
            "for_statement",
            "if_statement",
            "list",
            "while_statement",
        ];
        if kinds.contains(&node.kind()) {
            return Err(syntax.unreadable(
                format!("only running the script would tell whether `{name}` is assigned here"),
                assignment,
            ));
        }
        above = node.parent();
    }
    let has_name = |node: Node<'_>| {
        syntax
            .text(node)
            .split(|c: char| !(c.is_alphanumeric() || c == '_'))
            .any(|word| word == name)
    };
    for command in descendants(syntax.root(), &["command", "unset_command"]) {
        let sets = command.kind() == "unset_command"
            || command
                .child_by_field_name("name")
                .is_some_and(|node| SETTERS.contains(&syntax.text(node)));
        if sets && has_name(command) {
            return Err(syntax.unreadable(
                format!("`{name}` is changed here; only running the script would tell to what"),
                command,
            ));
        }
    }
    Ok(())
}

fn single_quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', "'\\''"))
}

/// The text of a word without expansions, and the bytes between its quotes.
fn plain_text(syntax: &Syntax<'_>, node: Node<'_>) -> Option<(String, std::ops::Range<usize>)> {
    let text = syntax.text(node);
    let span = node.byte_range();
    match node.kind() {
        "raw_string" => {
            let inner = text.strip_prefix('\'')?.strip_suffix('\'')?;
            Some((inner.to_owned(), span.start + 1..span.end - 1))
        }
        "string" => {
            if children(node)
                .iter()
                .any(|child| child.kind() != "string_content")
            {
                return None;
            }
            let inner = text.strip_prefix('"')?.strip_suffix('"')?;
            let mut value = String::with_capacity(inner.len());
            let mut chars = inner.chars().peekable();
            while let Some(c) = chars.next() {
                match (c, chars.peek()) {
                    ('\\', Some('"' | '\\' | '$' | '`')) => value.extend(chars.next()),
                    ('\\', Some('\n')) => {
                        chars.next();
                    }
                    _ => value.push(c),
                }
            }
            Some((value, span.start + 1..span.end - 1))
        }
        "word" | "number" => {
            let globs = ['*', '?', '[', '{', '~', '$', '`'];
            if text.contains(globs) {
                return None;
            }
            let mut value = String::with_capacity(text.len());
            let mut chars = text.chars();
            while let Some(c) = chars.next() {
                match c {
                    '\\' => value.extend(chars.next().filter(|c| *c != '\n')),
                    c => value.push(c),
                }
            }
            Some((value, span))
        }
        "concatenation" => {
            let mut value = String::new();
            for part in children(node) {
                value.push_str(&plain_text(syntax, part)?.0);
            }
            Some((value, span))
        }
        _ => None,
    }
}
