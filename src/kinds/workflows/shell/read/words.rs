use tree_sitter::Node as Syntax;

use super::super::ast::{Node, What, Word};
use super::read::{DEEPEST, Reader};

impl Reader<'_> {
    pub(super) fn field(&self, node: Syntax<'_>, name: &str) -> String {
        node.child_by_field_name(name)
            .map(|child| self.text(child).to_owned())
            .unwrap_or_default()
    }

    pub(super) fn words_of(&self, node: Syntax<'_>, field: &str) -> Vec<Word> {
        let mut cursor = node.walk();
        node.children_by_field_name(field, &mut cursor)
            .map(|child| self.word(child))
            .collect()
    }

    pub(super) fn inner_of(&mut self, node: Syntax<'_>, field: &str, depth: usize) -> Vec<Node> {
        let mut cursor = node.walk();
        let values: Vec<_> = node.children_by_field_name(field, &mut cursor).collect();
        let mut inner = Vec::new();
        for value in values {
            self.substitutions(value, depth, &mut inner);
        }
        inner
    }

    pub(super) fn inner(&mut self, node: Syntax<'_>, depth: usize) -> Vec<Node> {
        let mut inner = Vec::new();
        self.substitutions(node, depth, &mut inner);
        inner
    }

    /// The commands that are substituted somewhere below a node.
    pub(super) fn substitutions(&mut self, node: Syntax<'_>, depth: usize, into: &mut Vec<Node>) {
        // Most words have none, and no syntax below them has to be gone through.
        let text = &self.blanked[node.byte_range()];
        if !text.iter().any(|byte| matches!(byte, b'(' | b'`')) {
            return;
        }
        if depth > DEEPEST {
            self.too_deep = true;
            return;
        }
        if matches!(node.kind(), "command_substitution" | "process_substitution") {
            into.push(Node {
                bytes: node.byte_range(),
                what: What::Subshell(self.statements(node, depth + 1)),
            });
            return;
        }
        let mut cursor = node.walk();
        let children: Vec<_> = node.named_children(&mut cursor).collect();
        for child in children {
            self.substitutions(child, depth + 1, into);
        }
    }

    /// A word without its quotes.
    pub(super) fn word(&self, node: Syntax<'_>) -> Word {
        Word {
            text: unquoted(self.text(node)),
            bytes: node.byte_range(),
        }
    }
}

fn unquoted(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut quote = None;
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match (c, quote) {
            ('\\', None | Some('"')) => match characters.next() {
                Some('\n') | None => {}
                Some(next) => plain.push(next),
            },
            ('\'' | '"', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            (c, _) => plain.push(c),
        }
    }
    plain
}
