use std::ops::Range;

use tree_sitter::{Node as Syntax, Parser, Point, Range as Span};

use super::ast::{Arm, Assign, Command, Item, Node, What, Word};
use super::nested::handed;
use super::text::blanked;

/// Longer scripts are not read.
const LONGEST: usize = 1 << 20;
/// Statements nest no deeper.
const DEEPEST: usize = 120;
/// What a script in a word counts for.
const HANDED: usize = 20;

/// A script that was read, and whether all of it could be.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) nodes: Vec<Node>,
    pub(super) whole: bool,
}

/// Reads a script with tree-sitter's Bash grammar; `None` where nothing of it can be read.
pub(super) fn read(script: &str) -> Option<Read> {
    if script.len() > LONGEST {
        return None;
    }
    let bytes = blanked(script);
    let tree = parser()?.parse(&bytes, None)?;
    let root = tree.root_node();
    let mut reader = Reader {
        script,
        blanked: &bytes,
        too_deep: false,
    };
    let nodes = reader.statements(root, 0);
    Some(Read {
        nodes,
        whole: !root.has_error() && !reader.too_deep,
    })
}

fn parser() -> Option<Parser> {
    let mut parser = Parser::new();
    parser
        .set_language(&tree_sitter_bash::LANGUAGE.into())
        .ok()?;
    Some(parser)
}

struct Reader<'a> {
    script: &'a str,
    /// As the grammar gets to see it.
    blanked: &'a [u8],
    too_deep: bool,
}

impl Reader<'_> {
    fn text(&self, node: Syntax<'_>) -> &str {
        self.script.get(node.byte_range()).unwrap_or_default()
    }

    /// The statements below a node, one by one.
    fn statements(&mut self, node: Syntax<'_>, depth: usize) -> Vec<Node> {
        let mut cursor = node.walk();
        let children: Vec<_> = node.children(&mut cursor).collect();
        self.sequence(&children, depth)
    }

    fn sequence(&mut self, children: &[Syntax<'_>], depth: usize) -> Vec<Node> {
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

    fn statement(&mut self, node: Syntax<'_>, depth: usize) -> Option<Node> {
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

    fn only(&mut self, node: Syntax<'_>, depth: usize) -> Node {
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

    fn list(&mut self, node: Syntax<'_>, depth: usize) -> Option<Node> {
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
    fn redirected(&mut self, node: Syntax<'_>, depth: usize) -> Option<Node> {
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

    fn after_heredoc(&mut self, redirect: Syntax<'_>, body: Node, depth: usize) -> Node {
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

    fn branches(&mut self, node: Syntax<'_>, depth: usize) -> What {
        let mut arms = vec![self.arm(node, depth)];
        let mut otherwise = None;
        let mut cursor = node.walk();
        let clauses: Vec<_> = node.named_children(&mut cursor).collect();
        for clause in clauses {
            match clause.kind() {
                "elif_clause" => arms.push(self.arm(clause, depth)),
                "else_clause" => otherwise = Some(self.statements(clause, depth)),
                _ => {}
            }
        }
        What::If { arms, otherwise }
    }

    fn arm(&mut self, node: Syntax<'_>, depth: usize) -> Arm {
        let mut cursor = node.walk();
        let children: Vec<_> = node
            .children(&mut cursor)
            .filter(|child| !matches!(child.kind(), "elif_clause" | "else_clause"))
            .collect();
        let then = children
            .iter()
            .position(|child| child.kind() == "then")
            .unwrap_or(children.len());
        Arm {
            condition: self.sequence(&children[..then], depth),
            body: self.sequence(&children[then..], depth),
        }
    }

    fn until(&mut self, node: Syntax<'_>, depth: usize) -> Vec<Node> {
        let mut cursor = node.walk();
        let children: Vec<_> = node
            .children(&mut cursor)
            .filter(|child| child.kind() != "do_group")
            .collect();
        self.sequence(&children, depth)
    }

    fn body(&mut self, node: Syntax<'_>, depth: usize) -> Vec<Node> {
        match node.child_by_field_name("body") {
            Some(body) if matches!(body.kind(), "do_group" | "compound_statement") => {
                self.statements(body, depth + 1)
            }
            Some(body) => self.statement(body, depth + 1).into_iter().collect(),
            None => Vec::new(),
        }
    }

    fn case(&mut self, node: Syntax<'_>, depth: usize) -> What {
        let subject = node
            .child_by_field_name("value")
            .map(|value| self.word(value))
            .unwrap_or_default();
        let mut cursor = node.walk();
        let children: Vec<_> = node
            .named_children(&mut cursor)
            .filter(|child| child.kind() == "case_item")
            .collect();
        let mut items = Vec::new();
        for item in children {
            let mut cursor = item.walk();
            let parts: Vec<_> = item.children(&mut cursor).collect();
            let close = parts
                .iter()
                .position(|part| part.kind() == ")")
                .map_or(parts.len(), |at| at + 1);
            items.push(Item {
                patterns: self.words_of(item, "value"),
                body: self.sequence(&parts[close..], depth),
            });
        }
        What::Case { subject, items }
    }

    fn field(&self, node: Syntax<'_>, name: &str) -> String {
        node.child_by_field_name(name)
            .map(|child| self.text(child).to_owned())
            .unwrap_or_default()
    }

    fn words_of(&self, node: Syntax<'_>, field: &str) -> Vec<Word> {
        let mut cursor = node.walk();
        node.children_by_field_name(field, &mut cursor)
            .map(|child| self.word(child))
            .collect()
    }

    fn inner_of(&mut self, node: Syntax<'_>, field: &str, depth: usize) -> Vec<Node> {
        let mut cursor = node.walk();
        let values: Vec<_> = node.children_by_field_name(field, &mut cursor).collect();
        let mut inner = Vec::new();
        for value in values {
            self.substitutions(value, depth, &mut inner);
        }
        inner
    }

    fn command(&mut self, node: Syntax<'_>, depth: usize) -> Command {
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
    fn started(&mut self, command: Command, depth: usize) -> What {
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

    /// The statements of a part of the script that is one by itself.
    fn inside(&mut self, bytes: &Range<usize>, depth: usize) -> Option<Vec<Node>> {
        if depth > DEEPEST {
            return None;
        }
        let at = |column| Point { row: 0, column };
        let mut parser = parser()?;
        parser
            .set_included_ranges(&[Span {
                start_byte: bytes.start,
                end_byte: bytes.end,
                start_point: at(bytes.start),
                end_point: at(bytes.end),
            }])
            .ok()?;
        let tree = parser.parse(self.blanked, None)?;
        let root = tree.root_node();
        if root.has_error() {
            return None;
        }
        Some(self.statements(root, depth))
    }

    fn assigns(&mut self, node: Syntax<'_>, depth: usize) -> Vec<Assign> {
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

    fn assign(&mut self, node: Syntax<'_>, depth: usize) -> Assign {
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

    fn inner(&mut self, node: Syntax<'_>, depth: usize) -> Vec<Node> {
        let mut inner = Vec::new();
        self.substitutions(node, depth, &mut inner);
        inner
    }

    /// The commands that are substituted somewhere below a node.
    fn substitutions(&mut self, node: Syntax<'_>, depth: usize, into: &mut Vec<Node>) {
        if depth > DEEPEST {
            self.too_deep = true;
            return;
        }
        if matches!(node.kind(), "command_substitution" | "process_substitution") {
            into.push(Node {
                bytes: node.byte_range(),
                what: What::Subshell(self.statements(node, depth + 1)),
            });
            return;
        }
        let mut cursor = node.walk();
        let children: Vec<_> = node.named_children(&mut cursor).collect();
        for child in children {
            self.substitutions(child, depth + 1, into);
        }
    }

    /// A word without its quotes.
    fn word(&self, node: Syntax<'_>) -> Word {
        Word {
            text: unquoted(self.text(node)),
            bytes: node.byte_range(),
        }
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

fn unquoted(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut quote = None;
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match (c, quote) {
            ('\\', None | Some('"')) => match characters.next() {
                Some('\n') | None => {}
                Some(next) => plain.push(next),
            },
            ('\'' | '"', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            (c, _) => plain.push(c),
        }
    }
    plain
}
