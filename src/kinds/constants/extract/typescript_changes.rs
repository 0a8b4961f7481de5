use tree_sitter::Node;

use super::changes::{Effects, Rules};
use super::syntax::{Syntax, children};
use super::typescript_value::bare;

/// Methods of arrays, sets and maps that change them.
const MUTATORS: &[&str] = &[
    "add",
    "clear",
    "copyWithin",
    "delete",
    "fill",
    "pop",
    "push",
    "set",
    "shift",
    "splice",
    "unshift",
];

/// Functions that change their first argument.
const WRITERS: &[&str] = &[
    "Object.assign",
    "Object.defineProperties",
    "Object.defineProperty",
    "Reflect.defineProperty",
    "Reflect.deleteProperty",
    "Reflect.set",
];

/// What changes a variable of a module: assignments to it or to its properties, and calls that
/// are known to change what they are called on.
pub(super) struct TypeScriptRules<'s, 'a>(pub(super) &'s Syntax<'a>);

impl<'a> TypeScriptRules<'_, 'a> {
    /// The variable of `x`, `x.y` or `x[y]`.
    fn root(&self, node: Node<'_>) -> Option<&'a str> {
        let node = bare(self.0, node);
        match node.kind() {
            "identifier" => Some(self.0.text(node)),
            "member_expression" | "subscript_expression" => self.object(node),
            _ => None,
        }
    }

    fn object(&self, node: Node<'_>) -> Option<&'a str> {
        let object = bare(self.0, node.child_by_field_name("object")?);
        (object.kind() == "identifier").then(|| self.0.text(object))
    }

    fn changed(&self, node: Node<'_>) -> Option<&'a str> {
        let field = |name| node.child_by_field_name(name);
        match node.kind() {
            "assignment_expression" | "augmented_assignment_expression" => {
                self.root(field("left")?)
            }
            "update_expression" => self.root(field("argument")?),
            "unary_expression" if self.0.text(field("operator")?) == "delete" => {
                self.root(field("argument")?)
            }
            "call_expression" => {
                let function = field("function")?;
                if WRITERS.contains(&self.0.text(function)) {
                    let first = children(field("arguments")?).first().copied()?;
                    return self.root(first);
                }
                let method = function.child_by_field_name("property")?;
                MUTATORS
                    .contains(&self.0.text(method))
                    .then(|| self.object(function))?
            }
            _ => None,
        }
    }
}

impl<'a> Rules<'a> for TypeScriptRules<'_, 'a> {
    fn is_scope(&self, kind: &str) -> bool {
        [
            "arrow_function",
            "function_declaration",
            "function_expression",
            "generator_function",
            "generator_function_declaration",
            "method_definition",
        ]
        .contains(&kind)
    }

    fn effects(&self, node: Node<'_>, _: bool, _: bool) -> Effects<'a> {
        let bound = match node.kind() {
            "variable_declarator" => node.child_by_field_name("name"),
            "required_parameter" | "optional_parameter" => node.child_by_field_name("pattern"),
            "arrow_function" => node.child_by_field_name("parameter"),
            _ => None,
        };
        Effects {
            changes: self.changed(node).into_iter().collect(),
            binds: bound.map(|node| self.0.text(node)).into_iter().collect(),
            globals: Vec::new(),
        }
    }
}
