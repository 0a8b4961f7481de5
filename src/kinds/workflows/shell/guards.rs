use super::ast::{Node, What};
use super::checks::is_quiet;
use super::react::Names;
use super::text::{expressions_in, variables_in};
use super::words::effective;

/// A condition that stands before work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The byte of the script where it begins.
    pub at: usize,
    /// As it is written.
    pub text: String,
    /// The variables it reads, and those that their values are made of.
    pub variables: Vec<String>,
    /// The insides of `${{ … }}` that it reads, likewise.
    pub expressions: Vec<String>,
}

/// An `exit 0` under a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlyExit {
    /// The byte of the script where it begins.
    pub at: usize,
    pub condition: Condition,
    /// Whether it leaves work undone.
    pub before_work: bool,
}

/// What stands before the work of a script.
#[derive(Debug, Default)]
pub(super) struct Guards {
    /// Conditions that all of the work hangs on.
    pub(super) all: Vec<Condition>,
    pub(super) exits: Vec<EarlyExit>,
    /// Whether there is work at all.
    pub(super) work: bool,
}

pub(super) fn guards(script: &str, names: &Names, nodes: &[Node]) -> Guards {
    let mut finder = Finder {
        script,
        names,
        conditions: Vec::new(),
        common: None,
        exits: Vec::new(),
        effort: 0,
    };
    finder.sequence(nodes, &mut Vec::new());
    let common = finder.common.clone();
    Guards {
        work: common.is_some(),
        all: common
            .unwrap_or_default()
            .iter()
            .map(|at| finder.conditions[*at].clone())
            .collect(),
        exits: finder
            .exits
            .iter()
            .map(|(at, condition, before_work)| EarlyExit {
                at: *at,
                condition: finder.conditions[*condition].clone(),
                before_work: *before_work,
            })
            .collect(),
    }
}

/// Conditions and variables are followed no further.
const MOST_EFFORT: usize = 20_000;

struct Finder<'a> {
    script: &'a str,
    names: &'a Names,
    conditions: Vec<Condition>,
    /// The conditions that all work so far has in common.
    common: Option<Vec<usize>>,
    exits: Vec<(usize, usize, bool)>,
    effort: usize,
}

impl Finder<'_> {
    fn text(&self, node: &Node) -> &str {
        self.script.get(node.bytes.clone()).unwrap_or_default()
    }

    fn sequence(&mut self, nodes: &[Node], stack: &mut Vec<usize>) {
        let depth = stack.len();
        for node in nodes {
            self.effort += 1;
            if self.effort > MOST_EFFORT {
                break;
            }
            self.node(node, stack);
        }
        stack.truncate(depth);
    }

    fn node(&mut self, node: &Node, stack: &mut Vec<usize>) {
        match &node.what {
            What::If { arms, otherwise } => {
                let depth = stack.len();
                let mut left = Vec::new();
                for arm in arms {
                    self.sequence(&arm.condition, stack);
                    let condition = self.condition(&arm.condition);
                    stack.push(condition);
                    self.sequence(&arm.body, stack);
                    if let Some(exit) = leaves_well(&arm.body) {
                        self.exits.push((exit, condition, false));
                        left.push(condition);
                    }
                }
                if let Some(body) = otherwise {
                    self.sequence(body, stack);
                    if let (Some(exit), Some(condition)) =
                        (leaves_well(body), stack.last().copied())
                    {
                        self.exits.push((exit, condition, false));
                        left.push(condition);
                    }
                }
                stack.truncate(depth);
                stack.extend(left);
            }
            What::And(left, right) | What::Or(left, right) => {
                self.node(left, stack);
                let is_test = matches!(&left.what, What::Test(_) | What::Not(_))
                    || matches!(&left.what, What::Command(c) if matches!(c.name(), "test" | "grep"));
                if !is_test {
                    self.node(right, stack);
                    return;
                }
                let condition = self.condition(std::slice::from_ref(left));
                if let Some(exit) = leaves_well(std::slice::from_ref(right)) {
                    self.exits.push((exit, condition, false));
                    stack.push(condition);
                } else {
                    let depth = stack.len();
                    stack.push(condition);
                    self.node(right, stack);
                    stack.truncate(depth);
                }
            }
            What::Command(command) => {
                for inner in &command.inner {
                    self.node(inner, stack);
                }
                let words = effective(command);
                let name = words.first().copied().unwrap_or_default();
                if self.names.functions.contains_key(name) || !is_quiet(&words) {
                    self.work(stack);
                }
            }
            What::Assign(assigns) | What::Declare(assigns) => {
                for assign in assigns {
                    self.sequence(&assign.inner, stack);
                }
            }
            What::Opaque => self.work(stack),
            What::Function { .. } | What::Test(_) => {}
            What::Group(nodes) => {
                // An exit in a group is one of the script.
                for node in nodes {
                    self.node(node, stack);
                }
            }
            _ => {
                for below in super::react::below(node) {
                    self.sequence(below, stack);
                }
            }
        }
    }

    fn work(&mut self, stack: &[usize]) {
        match &mut self.common {
            Some(common) => common.retain(|condition| stack.contains(condition)),
            None => self.common = Some(stack.to_vec()),
        }
        for (_, condition, before_work) in &mut self.exits {
            *before_work |= stack.contains(condition);
        }
    }

    fn condition(&mut self, nodes: &[Node]) -> usize {
        let start = nodes.first().map_or(0, |node| node.bytes.start);
        let text = nodes
            .iter()
            .map(|node| self.text(node))
            .collect::<Vec<_>>()
            .join("; ");
        let mut variables = variables_in(&text);
        let mut expressions = expressions_in(&text);
        // What the values are made of, to the end.
        let mut at = 0;
        while at < variables.len() && variables.len() < 200 {
            for value in self
                .names
                .assigned
                .get(&variables[at])
                .into_iter()
                .flatten()
            {
                for name in variables_in(value) {
                    if !variables.contains(&name) {
                        variables.push(name);
                    }
                }
                for expression in expressions_in(value) {
                    if !expressions.contains(&expression) {
                        expressions.push(expression);
                    }
                }
            }
            at += 1;
        }
        self.conditions.push(Condition {
            at: start,
            text: super::text::short(&text),
            variables,
            expressions,
        });
        self.conditions.len() - 1
    }
}

/// Where a list of statements ends the script with 0, if it always does.
fn leaves_well(nodes: &[Node]) -> Option<usize> {
    let last = nodes.last()?;
    match &last.what {
        What::Command(command) if command.name() == "exit" => command
            .arguments()
            .next()
            .is_none_or(|status| status == "0")
            .then_some(last.bytes.start),
        What::Group(nodes) => leaves_well(nodes),
        _ => None,
    }
}
