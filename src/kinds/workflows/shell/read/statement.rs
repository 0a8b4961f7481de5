use tree_sitter::Node as Syntax;

use super::super::ast::{Node, What};
use super::read::{DEEPEST, Reader};

impl Reader<'_> {
    /// The statements below a node, one by one.
    pub(super) fn statements(&mut self, node: Syntax<'_>, depth: usize) -> Vec<Node> {
        let mut cursor = node.walk();
        let children: Vec<_> = node.children(&mut cursor).collect();
        self.sequence(&children, depth)
    }

    pub(super) fn sequence(&mut self, children: &[Syntax<'_>], depth: usize) -> Vec<Node> {
        let mut nodes: Vec<Node> = Vec::new();
        for child in children {
            if child.kind() == "&" {
                if let Some(last) = nodes.pop() {
                    nodes.push(Node {
                        bytes: last.bytes.clone(),
                        what: What::Background(Box::new(last)),
                    });
                }
            } else if child.is_named() && child.kind() != "comment" {
                nodes.extend(self.statement(*child, depth + 1));
            }
        }
        nodes
    }

    pub(super) fn statement(&mut self, node: Syntax<'_>, depth: usize) -> Option<Node> {
        let bytes = node.byte_range();
        if depth > DEEPEST {
            self.too_deep = true;
            return Some(Node {
                bytes,
                what: What::Opaque,
            });
        }
        let what = match node.kind() {
            "comment"
            | "heredoc_body"
            | "heredoc_start"
            | "heredoc_end"
            | "file_redirect"
            | "herestring_redirect" => return None,
            "command" => {
                let command = self.command(node, depth);
                self.started(command, depth)
            }
            "variable_assignment" => What::Assign(vec![self.assign(node, depth)]),
            "variable_assignments" => What::Assign(self.assigns(node, depth)),
            "declaration_command" => What::Declare(self.assigns(node, depth)),
            "unset_command" => What::Command(self.command(node, depth)),
            "test_command" => What::Test(self.inner(node, depth)),
            "negated_command" => What::Not(Box::new(self.only(node, depth))),
            "pipeline" => What::Pipeline(self.statements(node, depth)),
            "list" => return self.list(node, depth),
            "redirected_statement" => return self.redirected(node, depth),
            "subshell" => What::Subshell(self.statements(node, depth)),
            "compound_statement" if self.text(node).starts_with("((") => {
                What::Test(self.inner(node, depth))
            }
            "compound_statement" | "do_group" => What::Group(self.statements(node, depth)),
            "if_statement" => self.branches(node, depth),
            "while_statement" => What::While {
                condition: self.until(node, depth),
                body: self.body(node, depth),
            },
            "for_statement" => What::For {
                variable: self.field(node, "variable"),
                values: self.words_of(node, "value"),
                inner: self.inner_of(node, "value", depth),
                body: self.body(node, depth),
            },
            "c_style_for_statement" => What::For {
                variable: String::new(),
                values: Vec::new(),
                inner: Vec::new(),
                body: self.body(node, depth),
            },
            "case_statement" => self.case(node, depth),
            "function_definition" => What::Function {
                name: self.field(node, "name"),
                body: self.body(node, depth),
            },
            "program" => What::Group(self.statements(node, depth)),
            _ => What::Opaque,
        };
        Some(Node { bytes, what })
    }

    pub(super) fn only(&mut self, node: Syntax<'_>, depth: usize) -> Node {
        let bytes = node.byte_range();
        let mut nodes = self.statements(node, depth);
        match nodes.len() {
            1 => nodes.remove(0),
            _ => Node {
                bytes,
                what: What::Group(nodes),
            },
        }
    }
}
