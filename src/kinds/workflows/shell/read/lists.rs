use tree_sitter::Node as Syntax;

use super::super::ast::{Node, What};
use super::read::Reader;

/// Lists by `&&` and `||`, and what hangs on redirections.
impl Reader<'_> {
    pub(super) fn list(&mut self, node: Syntax<'_>, depth: usize) -> Option<Node> {
        let mut cursor = node.walk();
        let mut left: Option<Node> = None;
        let mut operator = "";
        for child in node.children(&mut cursor) {
            match child.kind() {
                "&&" | "||" => operator = child.kind(),
                _ if child.is_named() => {
                    let Some(right) = self.statement(child, depth + 1) else {
                        continue;
                    };
                    left = Some(match left {
                        Some(left) => joined(left, operator, right),
                        None => right,
                    });
                }
                _ => {}
            }
        }
        left
    }

    /// A statement with redirections. The rest of the line after a heredoc's begin hangs below the
    /// redirection: `python3 - <<'EOF' || true`.
    pub(super) fn redirected(&mut self, node: Syntax<'_>, depth: usize) -> Option<Node> {
        let mut cursor = node.walk();
        let mut statement: Option<Node> = None;
        let mut inner = Vec::new();
        let children: Vec<_> = node.named_children(&mut cursor).collect();
        for child in children {
            match child.kind() {
                "heredoc_redirect" => {
                    statement = statement.map(|body| self.after_heredoc(child, body, depth));
                }
                "file_redirect" | "herestring_redirect" => {
                    inner.extend(self.inner(child, depth));
                }
                _ if statement.is_none() => statement = self.statement(child, depth + 1),
                _ => {}
            }
        }
        let mut statement = statement?;
        if let What::Command(command) | What::Shell { command, .. } = &mut statement.what {
            command.inner.extend(inner);
        }
        // The redirections say where an output goes, which tells what it is for.
        statement.bytes.end = statement.bytes.end.max(node.end_byte());
        Some(statement)
    }

    pub(super) fn after_heredoc(&mut self, redirect: Syntax<'_>, body: Node, depth: usize) -> Node {
        let mut cursor = redirect.walk();
        let children: Vec<_> = redirect.children(&mut cursor).collect();
        let mut node = body;
        let mut operator = None;
        for child in children {
            match child.kind() {
                "&&" | "||" => operator = Some(child.kind()),
                "pipeline" => {
                    let mut parts = vec![node];
                    parts.extend(self.statements(child, depth + 1));
                    node = Node {
                        bytes: parts[0].bytes.clone(),
                        what: What::Pipeline(parts),
                    };
                }
                _ if child.is_named() => {
                    if let Some(operator) = operator.take()
                        && let Some(right) = self.statement(child, depth + 1)
                    {
                        node = joined(node, operator, right);
                    }
                }
                _ => {}
            }
        }
        node
    }
}

fn joined(left: Node, operator: &str, right: Node) -> Node {
    let bytes = left.bytes.start..right.bytes.end.max(left.bytes.end);
    let (left, right) = (Box::new(left), Box::new(right));
    Node {
        bytes,
        what: if operator == "||" {
            What::Or(left, right)
        } else {
            What::And(left, right)
        },
    }
}
