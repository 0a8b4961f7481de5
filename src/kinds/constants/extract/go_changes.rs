use tree_sitter::Node;

use super::changes::{Effects, Rules};
use super::syntax::{Syntax, children};

/// What changes a variable of a package: assignments to it or to its elements, `delete`, `clear`,
/// `copy`, and taking its address.
pub(super) struct GoRules<'s, 'a>(pub(super) &'s Syntax<'a>);

impl<'a> GoRules<'_, 'a> {
    /// The variable at the root of `x`, `x[i]` or `(x)`.
    fn root(&self, mut node: Node<'_>) -> Option<&'a str> {
        loop {
            node = match node.kind() {
                "identifier" => return Some(self.0.text(node)),
                "index_expression" | "slice_expression" => node.child_by_field_name("operand")?,
                "parenthesized_expression" => node.named_child(0)?,
                _ => return None,
            };
        }
    }

    fn names(&self, node: Option<Node<'_>>) -> Vec<&'a str> {
        node.map(children)
            .unwrap_or_default()
            .into_iter()
            .filter_map(|child| self.root(child))
            .collect()
    }
}

impl<'a> Rules<'a> for GoRules<'_, 'a> {
    fn is_scope(&self, kind: &str) -> bool {
        ["function_declaration", "method_declaration", "func_literal"].contains(&kind)
    }

    fn effects(&self, node: Node<'_>, _: bool, _: bool) -> Effects<'a> {
        let mut effects = Effects::default();
        let field = |name| node.child_by_field_name(name);
        match node.kind() {
            "assignment_statement" => effects.changes = self.names(field("left")),
            "short_var_declaration" => effects.binds = self.names(field("left")),
            "range_clause" => {
                // With `=` the loop assigns to what is there already.
                let declares = (0..node.child_count())
                    .filter_map(|index| node.child(index))
                    .any(|child| child.kind() == ":=");
                match declares {
                    true => effects.binds = self.names(field("left")),
                    false => effects.changes = self.names(field("left")),
                }
            }
            "var_spec" | "const_spec" | "parameter_declaration" => {
                let mut cursor = node.walk();
                effects.binds = node
                    .children_by_field_name("name", &mut cursor)
                    .map(|name| self.0.text(name))
                    .collect();
            }
            "unary_expression" if field("operator").is_some_and(|o| self.0.text(o) == "&") => {
                effects.changes = field("operand")
                    .filter(|operand| operand.kind() == "identifier")
                    .and_then(|operand| self.root(operand))
                    .into_iter()
                    .collect();
            }
            "call_expression" => {
                let function = field("function").map_or("", |function| self.0.text(function));
                if ["delete", "clear", "copy"].contains(&function) {
                    effects.changes = self.names(field("arguments")).into_iter().take(1).collect();
                }
            }
            _ => {}
        }
        effects
    }
}
