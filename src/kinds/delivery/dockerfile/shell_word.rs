use std::collections::BTreeMap;

use tree_sitter::Node;

use super::image_path::image_path;
use crate::tree::TreePath;

/// A word of a shell command, as far as it is known without running it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// The text with known variables put in.
    pub(super) text: String,
    /// From this byte on the text is not what the command gets: a pattern, an unknown variable, the
    /// output of a command.
    pub(super) known: usize,
}

impl Word {
    pub(super) fn exact(text: impl AsRef<str>) -> Self {
        let text = text.as_ref().to_owned();
        let known = text.len();
        Self { text, known }
    }

    pub(super) fn is_exact(&self) -> bool {
        self.known == self.text.len()
    }

    fn push(&mut self, other: &Self) {
        if self.is_exact() {
            self.known += other.known;
        }
        self.text.push_str(&other.text);
    }

    fn push_unknown(&mut self, text: &str) {
        self.text.push_str(text);
        // The text must not end where the known part does.
        if text.is_empty() {
            self.text.push('?');
        }
    }

    /// The image path that it names, and whether that is the whole of it; otherwise it names
    /// something below the path. `None` where not even that is known.
    pub(super) fn path(&self, cwd: Option<&TreePath>) -> Option<(TreePath, bool)> {
        let known = self.text.get(..self.known)?;
        let (text, is_whole) = if self.is_exact() {
            (known, true)
        } else {
            match known.rfind('/') {
                Some(slash) => (&known[..=slash], false),
                // A pattern stays where the command stands; a variable may lead anywhere.
                None if self.text[self.known..].starts_with(['*', '?', '[', '{']) => ("", false),
                None => return None,
            }
        };
        let path = if text.starts_with('/') {
            image_path(&TreePath::root(), text.as_bytes())
        } else {
            image_path(cwd?, text.as_bytes())
        };
        Some((path, is_whole))
    }
}

/// Reads a word of a parsed script.
pub(super) fn word(node: Node<'_>, script: &str, variables: &BTreeMap<String, String>) -> Word {
    let source = script.get(node.byte_range()).unwrap_or_default();
    match node.kind() {
        "word" | "number" | "command_name" | "special_variable_name" | "variable_name" => {
            if node.kind() == "command_name"
                && let Some(child) = node.named_child(0)
            {
                return word(child, script, variables);
            }
            plain(source)
        }
        "raw_string" => Word::exact(
            source
                .strip_prefix('\'')
                .and_then(|text| text.strip_suffix('\''))
                .unwrap_or(source),
        ),
        "string" => {
            let mut result = pieces(node, script, variables, node.start_byte() + 1, true);
            if result.text.ends_with('"') {
                result.text.pop();
                result.known = result.known.min(result.text.len());
            }
            result
        }
        "concatenation" => pieces(node, script, variables, node.start_byte(), false),
        "simple_expansion" | "expansion" => {
            let name = source
                .strip_prefix("${")
                .and_then(|rest| rest.strip_suffix('}'))
                .or_else(|| source.strip_prefix('$'))
                .unwrap_or_default();
            match variables.get(name) {
                Some(value) => Word::exact(value),
                None => {
                    let mut result = Word::exact("");
                    result.push_unknown(source);
                    result
                }
            }
        }
        _ => {
            let mut result = Word::exact("");
            result.push_unknown(source);
            result
        }
    }
}

/// The children of a word one after the other, with what stands between them.
fn pieces(
    node: Node<'_>,
    script: &str,
    variables: &BTreeMap<String, String>,
    start: usize,
    is_quoted: bool,
) -> Word {
    let mut result = Word::exact("");
    let mut at = start;
    let mut cursor = node.walk();
    for child in node.named_children(&mut cursor) {
        let between = script.get(at..child.start_byte()).unwrap_or_default();
        result.push(&Word::exact(between));
        if child.kind() == "string_content" {
            let text = script.get(child.byte_range()).unwrap_or_default();
            result.push(&Word::exact(unescape_quoted(text)));
        } else {
            result.push(&word(child, script, variables));
        }
        at = child.end_byte();
    }
    let rest = script.get(at..node.end_byte()).unwrap_or_default();
    result.push(&if is_quoted {
        Word::exact(rest)
    } else {
        plain(rest)
    });
    result
}

/// An unquoted text: backslashes go, and from a pattern or `~` on it is not known.
fn plain(source: &str) -> Word {
    let mut result = Word::exact("");
    let mut chars = source.chars();
    while let Some(c) = chars.next() {
        let is_home = c == '~' && result.text.is_empty();
        if is_home || matches!(c, '*' | '?' | '[' | '{') {
            result.push_unknown(&format!("{c}{}", chars.as_str()));
            return result;
        }
        let c = if c == '\\' {
            match chars.next() {
                Some(c) => c,
                None => break,
            }
        } else {
            c
        };
        result.push(&Word::exact(c.encode_utf8(&mut [0; 4])));
    }
    result
}

fn unescape_quoted(text: &str) -> String {
    let mut result = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\\' && matches!(chars.peek(), Some('"' | '$' | '`' | '\\')) {
            result.extend(chars.next());
        } else {
            result.push(c);
        }
    }
    result
}
