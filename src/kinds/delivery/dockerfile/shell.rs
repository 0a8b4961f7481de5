use std::collections::BTreeMap;

use tree_sitter::{Node, Parser};

use super::commands::command;
use super::run::Effect;
use super::shell_word::{Word, word};
use crate::tree::TreePath;

/// Longer scripts are not read, and taken as unknown.
const LONGEST: usize = 1 << 20;
/// Commands nest no deeper.
const DEEPEST: usize = 150;
/// `sh -c 'sh -c …'` is followed no further.
const MOST_SHELLS: usize = 4;

/// Reads a shell script with tree-sitter's Bash grammar and adds what its commands do. What cannot
/// be read is added as unknown, with its whole text.
pub(super) fn read_script(
    script: &str,
    cwd: Option<TreePath>,
    variables: &BTreeMap<String, String>,
    shells: usize,
    effects: &mut Vec<Effect>,
) {
    let unknown = |cwd: &Option<TreePath>| Effect::Unknown {
        name: "a script that cannot be read".to_owned(),
        words: vec![script.to_owned()],
        cwd: cwd.clone(),
    };
    let mut parser = Parser::new();
    if script.len() > LONGEST
        || shells > MOST_SHELLS
        || parser
            .set_language(&tree_sitter_bash::LANGUAGE.into())
            .is_err()
    {
        effects.push(unknown(&cwd));
        return;
    }
    // The grammar's scanner looks characters up in the tables of C, out of bounds for those beyond
    // ASCII; it gets to see a letter for each of their bytes, so that every place is the same.
    let ascii: Vec<u8> = script
        .bytes()
        .map(|byte| if byte.is_ascii() { byte } else { b'x' })
        .collect();
    let Some(tree) = parser.parse(ascii, None) else {
        effects.push(unknown(&cwd));
        return;
    };
    if tree.root_node().has_error() {
        effects.push(unknown(&cwd));
    }
    let mut reader = Reader {
        script,
        cwd,
        variables: variables.clone(),
        shells,
        too_deep: false,
        effects,
    };
    reader.visit(tree.root_node(), 0, None);
    if reader.too_deep {
        let cwd = reader.cwd.clone();
        effects.push(unknown(&cwd));
    }
}

struct Reader<'a> {
    script: &'a str,
    cwd: Option<TreePath>,
    variables: BTreeMap<String, String>,
    shells: usize,
    too_deep: bool,
    effects: &'a mut Vec<Effect>,
}

impl Reader<'_> {
    /// `input` is the heredoc that the commands below get.
    fn visit(&mut self, node: Node<'_>, depth: usize, input: Option<&str>) {
        if depth > DEEPEST {
            self.too_deep = true;
            return;
        }
        match node.kind() {
            "comment" | "heredoc_body" | "heredoc_start" | "heredoc_end" => {}
            "command" => self.command(node, depth, input),
            "variable_assignment" => self.assign(node, depth),
            "file_redirect" => self.redirect(node),
            "redirected_statement" => {
                let body = heredoc(node, self.script);
                let input = body.as_deref().or(input);
                self.children(node, depth, input);
            }
            "subshell" | "command_substitution" | "process_substitution" => {
                self.scoped(node, depth, input);
            }
            "pipeline" => {
                let mut cursor = node.walk();
                for child in node.named_children(&mut cursor) {
                    let cwd = self.cwd.clone();
                    self.visit(child, depth + 1, input);
                    self.cwd = cwd;
                }
            }
            // Whatever a branch or loop sets is not certain afterwards.
            "if_statement"
            | "while_statement"
            | "for_statement"
            | "case_statement"
            | "c_style_for_statement"
            | "function_definition" => {
                if let Some(variable) = node.child_by_field_name("variable") {
                    let name = self.text(variable).to_owned();
                    self.variables.remove(&name);
                }
                self.children(node, depth, input);
            }
            _ => self.children(node, depth, input),
        }
    }

    fn children(&mut self, node: Node<'_>, depth: usize, input: Option<&str>) {
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            self.visit(child, depth + 1, input);
        }
    }

    fn scoped(&mut self, node: Node<'_>, depth: usize, input: Option<&str>) {
        let (cwd, variables) = (self.cwd.clone(), self.variables.clone());
        self.children(node, depth, input);
        self.cwd = cwd;
        self.variables = variables;
    }

    fn text(&self, node: Node<'_>) -> &str {
        self.script.get(node.byte_range()).unwrap_or_default()
    }

    fn assign(&mut self, node: Node<'_>, depth: usize) {
        let Some(name) = node.child_by_field_name("name") else {
            return;
        };
        let name = self.text(name).to_owned();
        let value = match node.child_by_field_name("value") {
            Some(value) => {
                self.substitutions(value, depth + 1);
                word(value, self.script, &self.variables)
            }
            None => Word::exact(""),
        };
        if value.is_exact() && value.text.len() < 4096 && !self.text(node).contains("+=") {
            self.variables.insert(name, value.text);
        } else {
            self.variables.remove(&name);
        }
    }

    /// Commands inside of words run as well.
    fn substitutions(&mut self, node: Node<'_>, depth: usize) {
        if depth > DEEPEST {
            self.too_deep = true;
            return;
        }
        if matches!(node.kind(), "command_substitution" | "process_substitution") {
            self.scoped(node, depth, None);
            return;
        }
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            self.substitutions(child, depth + 1);
        }
    }

    fn command(&mut self, node: Node<'_>, depth: usize, input: Option<&str>) {
        let mut words = Vec::new();
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            match child.kind() {
                "file_redirect" => self.redirect(child),
                // `A=b command` sets it for that command alone.
                "variable_assignment" => self.substitutions(child, depth + 1),
                "heredoc_redirect" | "herestring_redirect" => {
                    self.visit(child, depth + 1, input);
                }
                _ => {
                    self.substitutions(child, depth + 1);
                    words.push(word(child, self.script, &self.variables));
                }
            }
        }
        let Some(name) = words.first() else {
            return;
        };
        if matches!(name.text.as_str(), "cd" | "pushd" | "popd") {
            let target = words
                .iter()
                .skip(1)
                .find(|word| !word.text.starts_with('-'));
            self.cwd = match target.and_then(|word| word.path(self.cwd.as_ref())) {
                Some((path, true)) => Some(path),
                _ => None,
            };
            return;
        }
        command(
            &words,
            input,
            &self.cwd,
            &self.variables,
            self.shells,
            self.effects,
        );
    }

    fn redirect(&mut self, node: Node<'_>) {
        let Some(destination) = node.child_by_field_name("destination") else {
            return;
        };
        let before = self
            .script
            .get(node.start_byte()..destination.start_byte())
            .unwrap_or_default();
        // `2>&1` copies a descriptor.
        if !before.contains('>') || before.trim_end().ends_with("&") && before.contains(">&") {
            return;
        }
        let target = word(destination, self.script, &self.variables);
        if target.text.starts_with("/dev/") {
            return;
        }
        self.effects
            .push(written(&target, "a redirection", self.cwd.as_ref(), false));
    }
}

/// The effect of writing what a word names.
pub(super) fn written(
    target: &Word,
    name: &str,
    cwd: Option<&TreePath>,
    recursive: bool,
) -> Effect {
    match target.path(cwd) {
        Some((path, is_whole)) => Effect::Write {
            path,
            recursive: recursive || !is_whole,
        },
        None => Effect::Unknown {
            name: name.to_owned(),
            words: vec![target.text.clone()],
            cwd: None,
        },
    }
}

fn heredoc(node: Node<'_>, script: &str) -> Option<String> {
    let mut cursor = node.walk();
    let redirect = node
        .named_children(&mut cursor)
        .find(|child| child.kind() == "heredoc_redirect")?;
    let mut cursor = redirect.walk();
    let body = redirect
        .named_children(&mut cursor)
        .find(|child| child.kind() == "heredoc_body")?;
    Some(script.get(body.byte_range())?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_from_the_far_end_of_unicode_do_no_harm() {
        let mut effects = Vec::new();
        read_script("''{\u{daa64}", None, &BTreeMap::new(), 0, &mut effects);
        assert!(!effects.is_empty());
    }
}
