use tree_sitter::Node as Syntax;

use super::super::ast::{Assign, Command, What};
use super::super::nested::handed;
use super::read::Reader;

/// What a script in a word counts for.
const HANDED: usize = 20;

impl Reader<'_> {
    pub(super) fn command(&mut self, node: Syntax<'_>, depth: usize) -> Command {
        let mut command = Command {
            words: Vec::new(),
            assigns: Vec::new(),
            inner: Vec::new(),
        };
        let mut cursor = node.walk();
        let children: Vec<_> = node.children(&mut cursor).collect();
        for child in children {
            match child.kind() {
                "variable_assignment" => command.assigns.push(self.assign(child, depth)),
                "file_redirect" | "herestring_redirect" | "heredoc_redirect" => {
                    self.substitutions(child, depth, &mut command.inner);
                }
                "comment" => {}
                _ if child.is_named() || child.kind() == "unset" => {
                    self.substitutions(child, depth, &mut command.inner);
                    let word = self.word(child);
                    command.words.push(word);
                }
                _ => {}
            }
        }
        command
    }

    /// A command, or the script that it hands to a shell, where that can be read.
    pub(super) fn started(&mut self, command: Command, depth: usize) -> What {
        let Some(handed) = handed(self.script, &command) else {
            return What::Command(command);
        };
        let Some(body) = self.inside(&handed.bytes, depth + HANDED) else {
            return What::Command(command);
        };
        match handed.options {
            Some(options) => What::Shell {
                command,
                options,
                body,
            },
            None => What::Group(body),
        }
    }

    pub(super) fn assigns(&mut self, node: Syntax<'_>, depth: usize) -> Vec<Assign> {
        let mut cursor = node.walk();
        let children: Vec<_> = node
            .named_children(&mut cursor)
            .filter(|child| child.kind() == "variable_assignment")
            .collect();
        children
            .into_iter()
            .map(|child| self.assign(child, depth))
            .collect()
    }

    pub(super) fn assign(&mut self, node: Syntax<'_>, depth: usize) -> Assign {
        let mut inner = Vec::new();
        let value = node.child_by_field_name("value").map(|value| {
            self.substitutions(value, depth, &mut inner);
            self.word(value)
        });
        Assign {
            name: self.field(node, "name"),
            value: value.unwrap_or_default(),
            inner,
        }
    }
}
