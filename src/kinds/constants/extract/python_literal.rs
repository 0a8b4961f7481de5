use tree_sitter::Node;

use super::Failure;
use super::python::{find_value, type_statement};
use super::syntax::{MAX_DEPTH, Syntax, children};

/// The nodes of all values in `Literal[…]`, also in unions, `Optional`, `Annotated`, `Final` and
/// aliases of the same file. `None` says that there may be no value, and is no member.
pub(super) fn collect_literal<'t>(
    syntax: &'t Syntax<'_>,
    node: Node<'t>,
    in_literal: bool,
    depth: usize,
    found: &mut Vec<Node<'t>>,
) -> Result<(), Failure> {
    if depth > MAX_DEPTH {
        return Err(syntax.unreadable("the type is nested too deeply", node));
    }
    let text = syntax.text(node);
    let refuse = || syntax.unreadable(format!("`{text}` is not a literal type"), node);
    let mut each = |nodes: &[Node<'t>], in_literal| {
        nodes
            .iter()
            .try_for_each(|node| collect_literal(syntax, *node, in_literal, depth + 1, found))
    };
    match node.kind() {
        "type" | "union_type" | "parenthesized_expression" => each(&children(node), in_literal),
        "binary_operator" if !in_literal && text.contains('|') => each(&children(node), false),
        "subscript" | "generic_type" => {
            let (head, arguments) = parts(syntax, node).ok_or_else(refuse)?;
            match head.rsplit('.').next().unwrap_or(head) {
                "Literal" => each(&arguments, true),
                "Optional" | "Union" | "Final" | "ClassVar" if !in_literal => {
                    each(&arguments, false)
                }
                "Annotated" if !in_literal => each(&arguments[..arguments.len().min(1)], false),
                _ => Err(refuse()),
            }
        }
        "none" => Ok(()),
        "identifier" if text == "None" => Ok(()),
        "string" | "concatenated_string" | "integer" | "unary_operator" if in_literal => {
            found.push(node);
            Ok(())
        }
        "identifier" => {
            let value = match find_value(syntax, text)? {
                Some((_, value)) => value,
                None => {
                    type_statement(syntax, syntax.root(), text)
                        .ok_or_else(refuse)?
                        .1
                }
            };
            collect_literal(syntax, value, false, depth + 1, found)
        }
        _ => Err(refuse()),
    }
}

/// The head and the arguments of `Head[…]`, which the grammar has in two shapes.
fn parts<'a, 't>(syntax: &Syntax<'a>, node: Node<'t>) -> Option<(&'a str, Vec<Node<'t>>)> {
    let inside = children(node);
    let head = *inside.first()?;
    let arguments = match node.kind() {
        "subscript" => inside[1..].to_vec(),
        _ => inside
            .iter()
            .find(|child| child.kind() == "type_parameter")
            .map(|parameters| children(*parameters))?,
    };
    Some((syntax.text(head), arguments))
}
