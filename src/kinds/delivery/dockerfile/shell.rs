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
/// Commands that change the working directory.
const MOVES: &[&str] = &["cd", "pushd", "popd"];

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
        is_unplaced: true,
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
        effort: 0,
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
    effort: usize,
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
            "comment" | "heredoc_start" | "heredoc_end" => {}
            "heredoc_body" => self.text_of(node),
            "command" => self.command(node, depth, input),
            "variable_assignment" => self.assign(node, depth),
            "file_redirect" => self.redirect(node),
            "redirected_statement" => {
                // What is written to a file or read from one may be run later.
                self.text_of(node);
                let body = heredoc(node, self.script);
                let input = body.as_deref().or(input);
                self.children(node, depth, input);
            }
            "subshell" => self.scoped(node, depth, input),
            "command_substitution" | "process_substitution" => {
                self.text_of(node);
                self.scoped(node, depth, input);
            }
            "pipeline" => {
                self.text_of(node);
                let mut cursor = node.walk();
                for child in node.named_children(&mut cursor) {
                    let cwd = self.cwd.clone();
                    self.visit(child, depth + 1, input);
                    self.cwd = cwd;
                }
            }
            // Whether the right side runs is not certain.
            "list" if self.has_token(node, "||") => {
                self.children(node, depth, input);
                self.forget_changes(node, depth);
            }
            // Whatever a branch or loop sets is not certain afterwards, nor in another branch.
            "if_statement"
            | "while_statement"
            | "for_statement"
            | "case_statement"
            | "c_style_for_statement" => {
                if let Some(variable) = node.child_by_field_name("variable") {
                    let name = self.text(variable).to_owned();
                    self.variables.remove(&name);
                    self.text_of(node);
                }
                self.forget_changes(node, depth);
                self.children(node, depth, input);
                self.forget_changes(node, depth);
            }
            "elif_clause" | "else_clause" | "case_item" => {
                if let Some(whole) = node.parent() {
                    self.forget_changes(whole, depth);
                }
                self.children(node, depth, input);
            }
            // It runs wherever it is called.
            "function_definition" => {
                let (cwd, variables) = (self.cwd.take(), std::mem::take(&mut self.variables));
                self.children(node, depth, input);
                (self.cwd, self.variables) = (cwd, variables);
                self.forget_changes(node, depth);
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

    /// Later commands may take paths from the text of a node, in which known variables are put.
    fn text_of(&mut self, node: Node<'_>) {
        let mut text = self.text(node).to_owned();
        self.spend(text.len());
        if self.too_deep {
            return;
        }
        for (name, value) in &self.variables {
            if text.len() < LONGEST && text.contains('$') && value.contains('/') {
                text = text
                    .replace(&format!("${{{name}}}"), value)
                    .replace(&format!("${name}"), value);
            }
        }
        self.effects.push(Effect::Text(text));
    }

    /// Scripts that take more than this are made to take long.
    fn spend(&mut self, effort: usize) {
        self.effort += effort;
        self.too_deep |= self.effort > 8 * LONGEST;
    }

    fn has_token(&self, node: Node<'_>, token: &str) -> bool {
        let mut cursor = node.walk();
        node.children(&mut cursor)
            .any(|child| child.kind() == token)
    }

    /// Forgets every variable, and the working directory, that something below a node sets.
    fn forget_changes(&mut self, node: Node<'_>, depth: usize) {
        self.spend(1);
        if depth > DEEPEST || self.too_deep {
            self.too_deep = true;
            return;
        }
        match node.kind() {
            "variable_assignment" => {
                if let Some(name) = node.child_by_field_name("name") {
                    let name = self.text(name).to_owned();
                    self.variables.remove(&name);
                }
            }
            "command_name" if MOVES.contains(&self.text(node)) => self.cwd = None,
            "subshell" | "command_substitution" | "process_substitution" => return,
            _ => {}
        }
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            self.forget_changes(child, depth + 1);
        }
    }

    fn text(&self, node: Node<'_>) -> &str {
        self.script.get(node.byte_range()).unwrap_or_default()
    }

    fn assign(&mut self, node: Node<'_>, depth: usize) {
        let Some(name) = node.child_by_field_name("name") else {
            return;
        };
        let name = self.text(name).to_owned();
        self.text_of(node);
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
                "variable_assignment" => {
                    self.text_of(child);
                    self.substitutions(child, depth + 1);
                }
                "heredoc_redirect" | "herestring_redirect" => {
                    self.text_of(child);
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
        if MOVES.contains(&name.text.as_str()) {
            let texts = words
                .iter()
                .skip(1)
                .map(|word| word.path(self.cwd.as_ref()));
            let texts = texts
                .flatten()
                .map(|(path, _)| Effect::Text(format!("/{path}")));
            self.effects.extend(texts);
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
        if !before.contains('>') {
            let source = word(destination, self.script, &self.variables);
            if let Some((path, true)) = source.path(self.cwd.as_ref()) {
                self.effects.push(Effect::Reads(path));
            }
            return;
        }
        let target = word(destination, self.script, &self.variables);
        // `2>&1` copies a descriptor, `>& file` writes.
        let is_descriptor = target.text.bytes().all(|c| c.is_ascii_digit() || c == b'-');
        if is_descriptor && before.contains(">&") {
            return;
        }
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
            is_unplaced: true,
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
