use std::collections::{HashMap, HashSet};

use tree_sitter::Node;

use super::syntax::children;

/// What one node does to names.
#[derive(Debug, Default)]
pub(super) struct Effects<'a> {
    /// Names of the module that it gives another value, or whose value it changes.
    pub(super) changes: Vec<&'a str>,
    /// Names of the module that it changes, whatever else the function binds.
    pub(super) globals: Vec<&'a str>,
    /// Names that mean something else in the function in which it stands.
    pub(super) binds: Vec<&'a str>,
}

/// What a grammar's nodes do.
pub(super) trait Rules<'a> {
    /// Whether names that are bound inside are not the module's.
    fn is_scope(&self, kind: &str) -> bool;

    /// `in_scope` says whether the node stands inside of such a scope, `direct` whether it is a
    /// statement of the module itself.
    fn effects(&self, node: Node<'_>, in_scope: bool, direct: bool) -> Effects<'a>;
}

/// Where the names of a file are given other values than their definitions say. Whether and when
/// that happens, only running the file would tell.
#[derive(Debug, Default)]
pub(super) struct Changes<'a> {
    /// The last place in the module itself; it counts where it comes after the definition.
    in_module: HashMap<&'a str, usize>,
    /// A place in a function, which may be called whenever.
    in_function: HashMap<&'a str, usize>,
}

impl<'a> Changes<'a> {
    /// One walk over the file, without recursion.
    pub(super) fn collect(root: Node<'_>, rules: &impl Rules<'a>) -> Self {
        let mut found = Self::default();
        for unit in children(root) {
            let mut binds: HashSet<&'a str> = HashSet::new();
            let mut late: Vec<(&'a str, usize)> = Vec::new();
            let mut pending = vec![(unit, false, true)];
            while let Some((node, in_scope, direct)) = pending.pop() {
                let effects = rules.effects(node, in_scope, direct);
                let at = node.start_byte();
                for name in effects.globals {
                    found.in_function.entry(name).or_insert(at);
                }
                if in_scope {
                    binds.extend(effects.binds);
                    late.extend(effects.changes.into_iter().map(|name| (name, at)));
                } else {
                    for name in effects.changes {
                        let last = found.in_module.entry(name).or_insert(at);
                        *last = at.max(*last);
                    }
                }
                let inside = in_scope || rules.is_scope(node.kind());
                // `x = 1` is an assignment in a statement.
                let still = direct && node.kind() == "expression_statement";
                let mut cursor = node.walk();
                pending.extend(
                    node.named_children(&mut cursor)
                        .map(|child| (child, inside, still)),
                );
            }
            for (name, at) in late {
                if !binds.contains(name) {
                    found.in_function.entry(name).or_insert(at);
                }
            }
        }
        found
    }

    /// Where a name that is defined at `defined` gets another value; `*` stands for any name.
    pub(super) fn of(&self, name: &str, defined: usize) -> Option<usize> {
        let in_module = [name, "*"]
            .into_iter()
            .filter_map(|name| self.in_module.get(name))
            .find(|at| **at > defined);
        in_module.or_else(|| self.in_function.get(name)).copied()
    }
}
