use tree_sitter::Node as Syntax;

use super::super::ast::{Arm, Item, Node, What};
use super::read::Reader;

/// What holds statements in parts: branches, loops, `case`.
impl Reader<'_> {
    pub(super) fn branches(&mut self, node: Syntax<'_>, depth: usize) -> What {
        let mut arms = vec![self.arm(node, depth)];
        let mut otherwise = None;
        let mut cursor = node.walk();
        let clauses: Vec<_> = node.named_children(&mut cursor).collect();
        for clause in clauses {
            match clause.kind() {
                "elif_clause" => arms.push(self.arm(clause, depth)),
                "else_clause" => otherwise = Some(self.statements(clause, depth)),
                _ => {}
            }
        }
        What::If { arms, otherwise }
    }

    pub(super) fn arm(&mut self, node: Syntax<'_>, depth: usize) -> Arm {
        let mut cursor = node.walk();
        let children: Vec<_> = node
            .children(&mut cursor)
            .filter(|child| !matches!(child.kind(), "elif_clause" | "else_clause"))
            .collect();
        let then = children
            .iter()
            .position(|child| child.kind() == "then")
            .unwrap_or(children.len());
        Arm {
            condition: self.sequence(&children[..then], depth),
            body: self.sequence(&children[then..], depth),
        }
    }

    pub(super) fn until(&mut self, node: Syntax<'_>, depth: usize) -> Vec<Node> {
        let mut cursor = node.walk();
        let children: Vec<_> = node
            .children(&mut cursor)
            .filter(|child| child.kind() != "do_group")
            .collect();
        self.sequence(&children, depth)
    }

    pub(super) fn body(&mut self, node: Syntax<'_>, depth: usize) -> Vec<Node> {
        match node.child_by_field_name("body") {
            Some(body) if matches!(body.kind(), "do_group" | "compound_statement") => {
                self.statements(body, depth + 1)
            }
            Some(body) => self.statement(body, depth + 1).into_iter().collect(),
            None => Vec::new(),
        }
    }

    pub(super) fn case(&mut self, node: Syntax<'_>, depth: usize) -> What {
        let subject = node
            .child_by_field_name("value")
            .map(|value| self.word(value))
            .unwrap_or_default();
        let mut cursor = node.walk();
        let children: Vec<_> = node
            .named_children(&mut cursor)
            .filter(|child| child.kind() == "case_item")
            .collect();
        let mut items = Vec::new();
        for item in children {
            let mut cursor = item.walk();
            let parts: Vec<_> = item.children(&mut cursor).collect();
            let close = parts
                .iter()
                .position(|part| part.kind() == ")")
                .map_or(parts.len(), |at| at + 1);
            items.push(Item {
                patterns: self.words_of(item, "value"),
                body: self.sequence(&parts[close..], depth),
            });
        }
        What::Case { subject, items }
    }
}
