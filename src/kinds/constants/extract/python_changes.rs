use tree_sitter::Node;

use super::changes::{Effects, Rules};
use super::syntax::{Syntax, children, descendants};

/// Methods of lists, sets and dicts that change them.
const MUTATORS: &[&str] = &[
    "__delitem__",
    "__setitem__",
    "add",
    "append",
    "clear",
    "difference_update",
    "discard",
    "extend",
    "insert",
    "intersection_update",
    "pop",
    "popitem",
    "remove",
    "setdefault",
    "symmetric_difference_update",
    "update",
];

/// What gives a name of a module another value, beside a plain assignment among the statements of
/// the module, which whoever looks for the definition counts.
pub(super) struct PythonRules<'s, 'a>(pub(super) &'s Syntax<'a>);

impl<'a> PythonRules<'_, 'a> {
    /// The names that a target binds, and those whose elements it sets.
    fn target(&self, node: Node<'_>) -> (Vec<&'a str>, Vec<&'a str>) {
        match node.kind() {
            "identifier" => (vec![self.0.text(node)], Vec::new()),
            "subscript" => (Vec::new(), self.element_of(node)),
            "attribute" => (Vec::new(), Vec::new()),
            _ => (
                descendants(node, &["identifier"])
                    .into_iter()
                    .map(|name| self.0.text(name))
                    .collect(),
                Vec::new(),
            ),
        }
    }

    fn element_of(&self, node: Node<'_>) -> Vec<&'a str> {
        node.child_by_field_name("value")
            .filter(|value| value.kind() == "identifier")
            .map(|value| self.0.text(value))
            .into_iter()
            .collect()
    }

    /// What an `import` brings in; `*` for whatever it likes.
    fn imported(&self, node: Node<'_>) -> Vec<&'a str> {
        if children(node).iter().any(|n| n.kind() == "wildcard_import") {
            return vec!["*"];
        }
        let mut cursor = node.walk();
        node.children_by_field_name("name", &mut cursor)
            .map(|name| match name.child_by_field_name("alias") {
                Some(alias) => self.0.text(alias),
                None => self.0.text(name).split('.').next().unwrap_or_default(),
            })
            .collect()
    }

    fn bound(&self, node: Node<'_>, direct: bool) -> (Vec<&'a str>, Vec<&'a str>) {
        let field = |name| node.child_by_field_name(name);
        let none = || (Vec::new(), Vec::new());
        match node.kind() {
            "assignment" | "augmented_assignment" => match field("left") {
                Some(left) if direct && left.kind() == "identifier" => none(),
                Some(left) => self.target(left),
                None => none(),
            },
            "for_statement" => field("left").map_or_else(none, |left| self.target(left)),
            "named_expression" => field("name").map_or_else(none, |name| self.target(name)),
            "as_pattern_target" => self.target(node),
            "delete_statement" => {
                let mut all = none();
                for target in children(node) {
                    let targets = match target.kind() {
                        "expression_list" => children(target),
                        _ => vec![target],
                    };
                    for target in targets {
                        let (names, elements) = self.target(target);
                        all.0.extend(names);
                        all.1.extend(elements);
                    }
                }
                all
            }
            "import_statement" | "import_from_statement" => (self.imported(node), Vec::new()),
            "function_definition" | "class_definition" => {
                field("name").map_or_else(none, |name| self.target(name))
            }
            _ => none(),
        }
    }
}

impl<'a> Rules<'a> for PythonRules<'_, 'a> {
    fn is_scope(&self, kind: &str) -> bool {
        ["function_definition", "class_definition", "lambda"].contains(&kind)
    }

    fn effects(&self, node: Node<'_>, in_scope: bool, direct: bool) -> Effects<'a> {
        let mut effects = Effects::default();
        match node.kind() {
            "parameters" | "lambda_parameters" => {
                effects.binds = self.target(node).0;
            }
            "global_statement" => effects.globals = self.target(node).0,
            "call" => {
                let function = node.child_by_field_name("function");
                let method = function.and_then(|f| f.child_by_field_name("attribute"));
                let object = function.and_then(|f| f.child_by_field_name("object"));
                if let Some((method, object)) = method.zip(object)
                    && MUTATORS.contains(&self.0.text(method))
                    && object.kind() == "identifier"
                {
                    effects.changes = vec![self.0.text(object)];
                }
            }
            _ => {
                let (names, elements) = self.bound(node, direct);
                effects.changes = elements;
                match in_scope {
                    true => effects.binds = names,
                    false => effects.changes.extend(names),
                }
            }
        }
        effects
    }
}
