use std::collections::BTreeMap;

use super::ast::{Assign, Command, Node, What, Word};
use super::checks::is_quiet;
use super::expand::{Values, expand};
use super::options::{Dialect, ShellOptions};
use super::read::read;
use super::text::substituted;
use super::words::effective;

/// How a script ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Passes,
    Fails,
    /// It hangs on something that only running it would tell.
    Unknown,
}

/// More statements are not followed.
const MOST_STATEMENTS: usize = 5_000;
/// Functions call each other no deeper.
const DEEPEST_CALL: usize = 8;

/// Follows a script that decides by comparing texts, as aggregates do, without running anything.
/// `expression` gives the values of `${{ … }}`, `environment` those of the variables it starts with.
pub fn simulate(
    script: &str,
    options: ShellOptions,
    environment: &BTreeMap<String, Option<String>>,
    expression: &dyn Fn(&str) -> Option<String>,
) -> Outcome {
    if options.dialect == Dialect::Other {
        return Outcome::Unknown;
    }
    let script = substituted(script, expression);
    let Some(read) = read(&script).filter(|read| read.whole) else {
        return Outcome::Unknown;
    };
    let mut machine = Machine {
        script: &script,
        values: environment.clone(),
        functions: BTreeMap::new(),
        errexit: options.errexit,
        left: MOST_STATEMENTS,
        depth: 0,
        delegates: false,
    };
    let ok = match machine.sequence(&read.nodes, false) {
        Flow::Goes(ok) | Flow::Exits(ok) | Flow::Returns(ok) => ok,
        Flow::Unknown => None,
        Flow::Breaks => Some(true),
    };
    match ok {
        Some(false) => Outcome::Fails,
        Some(true) if !machine.delegates => Outcome::Passes,
        _ => Outcome::Unknown,
    }
}

/// What happens after a statement; `Some(true)` is the status 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    Goes(Option<bool>),
    Exits(Option<bool>),
    Returns(Option<bool>),
    Breaks,
    Unknown,
}

struct Machine<'a> {
    script: &'a str,
    values: Values,
    functions: BTreeMap<&'a str, &'a [Node]>,
    errexit: bool,
    left: usize,
    /// How many functions are being called.
    depth: usize,
    /// Whether something ran that nobody here knows, and that may have decided.
    delegates: bool,
}

impl<'a> Machine<'a> {
    fn sequence(&mut self, nodes: &'a [Node], suppressed: bool) -> Flow {
        let mut status = Some(true);
        for node in nodes {
            match self.node(node, suppressed) {
                Flow::Goes(Some(false)) if self.errexit && !suppressed && ends(node) => {
                    return Flow::Exits(Some(false));
                }
                Flow::Goes(now) => {
                    // Whatever it is, it may have ended the script.
                    self.delegates |= now.is_none() && self.errexit && !suppressed;
                    status = now;
                    let value = now.map(|ok| if ok { "0" } else { "1" }.to_owned());
                    self.values.insert("?".to_owned(), value);
                }
                other => return other,
            }
        }
        Flow::Goes(status)
    }

    fn node(&mut self, node: &'a Node, suppressed: bool) -> Flow {
        self.left = self.left.saturating_sub(1);
        if self.left == 0 {
            return Flow::Unknown;
        }
        match &node.what {
            What::Command(command) => self.command(command),
            What::Assign(assigns) | What::Declare(assigns) => {
                for assign in assigns {
                    self.assign(assign);
                }
                Flow::Goes(Some(true))
            }
            What::Test(_) => {
                let text = self.script.get(node.bytes.clone()).unwrap_or_default();
                Flow::Goes(super::compare::test(text, &mut self.values))
            }
            What::And(left, right) => match self.node(left, true) {
                Flow::Goes(Some(true)) => self.last_of_list(right, suppressed),
                Flow::Goes(None) => Flow::Unknown,
                other => other,
            },
            What::Or(left, right) => match self.node(left, true) {
                Flow::Goes(Some(false)) => self.last_of_list(right, suppressed),
                Flow::Goes(None) => Flow::Unknown,
                other => other,
            },
            What::Not(inner) => match self.node(inner, true) {
                Flow::Goes(status) => Flow::Goes(status.map(|ok| !ok)),
                other => other,
            },
            What::Group(nodes) => self.sequence(nodes, suppressed),
            What::Subshell(nodes) => {
                let values = self.values.clone();
                let flow = self.sequence(nodes, suppressed);
                self.values = values;
                match flow {
                    Flow::Exits(status) | Flow::Returns(status) => Flow::Goes(status),
                    other => other,
                }
            }
            // What another shell makes of its script is not followed.
            What::Shell { .. } => Flow::Goes(None),
            What::If { arms, otherwise } => {
                for arm in arms {
                    match self.sequence(&arm.condition, true) {
                        Flow::Goes(Some(true)) => return self.sequence(&arm.body, suppressed),
                        Flow::Goes(Some(false)) => {}
                        Flow::Goes(None) => return Flow::Unknown,
                        other => return other,
                    }
                }
                match otherwise {
                    Some(body) => self.sequence(body, suppressed),
                    None => Flow::Goes(Some(true)),
                }
            }
            What::For {
                variable,
                values,
                body,
                ..
            } => self.each(variable, values, body, suppressed),
            What::Case { subject, items } => {
                let Some(subject) = self.word(subject) else {
                    return Flow::Unknown;
                };
                for item in items {
                    for pattern in &item.patterns {
                        match self.word(pattern) {
                            Some(pattern) if pattern == "*" || pattern == subject => {
                                return self.sequence(&item.body, suppressed);
                            }
                            Some(pattern) if !pattern.contains(['*', '?', '[']) => {}
                            _ => return Flow::Unknown,
                        }
                    }
                }
                Flow::Goes(Some(true))
            }
            What::Function { name, body } => {
                self.functions.insert(name, body);
                Flow::Goes(Some(true))
            }
            What::Pipeline(_) | What::While { .. } | What::Background(_) | What::Opaque => {
                Flow::Unknown
            }
        }
    }

    /// Of a list, `errexit` minds the last command alone.
    fn last_of_list(&mut self, node: &'a Node, suppressed: bool) -> Flow {
        match self.node(node, suppressed) {
            Flow::Goes(Some(false)) if self.errexit && !suppressed && ends(node) => {
                Flow::Exits(Some(false))
            }
            other => other,
        }
    }

    fn each(
        &mut self,
        variable: &str,
        values: &'a [Word],
        body: &'a [Node],
        suppressed: bool,
    ) -> Flow {
        let mut all = Vec::new();
        for word in values {
            let Some(value) = self.word(word) else {
                return Flow::Unknown;
            };
            let raw = self.script.get(word.bytes.clone()).unwrap_or_default();
            if raw.starts_with(['"', '\'']) {
                all.push(value);
            } else {
                all.extend(value.split_whitespace().map(str::to_owned));
            }
        }
        let mut status = Some(true);
        for value in all {
            self.values.insert(variable.to_owned(), Some(value));
            match self.sequence(body, suppressed) {
                Flow::Goes(now) => status = now,
                Flow::Breaks => break,
                other => return other,
            }
        }
        Flow::Goes(status)
    }

    fn word(&self, word: &Word) -> Option<String> {
        expand(self.script.get(word.bytes.clone())?, &self.values)
    }

    fn assign(&mut self, assign: &Assign) {
        let value = if assign.inner.is_empty() {
            self.word(&assign.value)
        } else {
            None
        };
        self.values.insert(assign.name.clone(), value);
    }

    fn command(&mut self, command: &'a Command) -> Flow {
        let words = effective(command);
        let name = command.name();
        let status = |value: Option<String>| value.map(|value| value == "0");
        match name {
            "exit" => match command.words.get(1) {
                Some(word) => Flow::Exits(status(self.word(word))),
                None => Flow::Exits(Some(true)),
            },
            "return" => match command.words.get(1) {
                Some(word) => Flow::Returns(status(self.word(word))),
                None => Flow::Returns(Some(true)),
            },
            "break" => Flow::Breaks,
            "false" => Flow::Goes(Some(false)),
            "test" => {
                let start = command.words.get(1).map_or(0, |word| word.bytes.start);
                let end = command.words.last().map_or(0, |word| word.bytes.end);
                let text = self.script.get(start..end).unwrap_or_default();
                Flow::Goes(super::compare::test(
                    &format!("[ {text} ]"),
                    &mut self.values,
                ))
            }
            "set" => {
                let mut options = ShellOptions {
                    dialect: Dialect::Posix,
                    errexit: self.errexit,
                    pipefail: false,
                };
                let arguments: Vec<_> = command.arguments().collect();
                options.set(&arguments);
                self.errexit = options.errexit;
                Flow::Goes(Some(true))
            }
            _ if self.functions.contains_key(name) => self.call(name, command),
            // What looks for a text in something decides.
            "grep" | "egrep" | "jq" | "awk" | "git" => Flow::Goes(None),
            _ if is_quiet(&words) => Flow::Goes(Some(true)),
            _ => {
                self.delegates = true;
                Flow::Goes(None)
            }
        }
    }

    fn call(&mut self, name: &str, command: &Command) -> Flow {
        let Some(body) = self.functions.get(name).copied() else {
            return Flow::Unknown;
        };
        for (at, word) in command.words.iter().enumerate().skip(1) {
            let value = self.word(word);
            self.values.insert(at.to_string(), value);
        }
        self.depth += 1;
        if self.depth > DEEPEST_CALL {
            return Flow::Unknown;
        }
        let flow = self.sequence(body, false);
        self.depth -= 1;
        match flow {
            Flow::Returns(status) => Flow::Goes(status),
            other => other,
        }
    }
}

/// Whether `errexit` minds the status of a statement as a whole.
fn ends(node: &Node) -> bool {
    !matches!(&node.what, What::And(..) | What::Or(..) | What::Not(_))
}
