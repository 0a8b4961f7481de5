use std::collections::{BTreeMap, BTreeSet};

use super::ast::{Assign, Node, What};
use super::checks::{is_check, is_quiet};
use super::fate::Loss;
use super::judged::{counts, judged, named_in};
use super::words::effective;

/// What the whole script says about its variables and functions.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Variables that something reads.
    pub(super) read: BTreeSet<String>,
    /// Those of them that something does more with than print them.
    pub(super) judged: BTreeSet<String>,
    /// Functions of the script, and whether a check stands in them.
    pub(super) functions: BTreeMap<String, bool>,
    /// What is assigned to each variable, as it is written.
    pub(super) assigned: BTreeMap<String, Vec<String>>,
    /// Functions that can end with another status than 0 of their own will.
    pub(super) failing: BTreeSet<String>,
}

impl Names {
    pub(super) fn of(script: &str, nodes: &[Node]) -> Self {
        let mut names = Self {
            read: named_in(script).into_iter().collect(),
            judged: judged(script, nodes),
            ..Self::default()
        };
        names.collect(script, nodes);
        names
    }

    /// How a status is lost that is kept in these variables, if it is: nothing judges any of them.
    pub(super) fn lost_in<'a>(
        &self,
        assigns: impl IntoIterator<Item = &'a Assign>,
    ) -> Option<Loss> {
        let mut names = assigns.into_iter().map(|assign| plain_name(&assign.name));
        let first = names.next()?;
        if std::iter::once(first)
            .chain(names)
            .any(|name| self.judged.contains(name))
        {
            return None;
        }
        Some(if self.read.contains(first) {
            Loss::OnlyPrinted(first.to_owned())
        } else {
            Loss::OrUnread(first.to_owned())
        })
    }

    fn collect(&mut self, script: &str, nodes: &[Node]) {
        for node in nodes {
            match &node.what {
                What::Function { name, body } => {
                    self.functions.insert(name.clone(), has_check(body));
                    if leaves_with_failure(body) {
                        self.failing.insert(name.clone());
                    }
                }
                What::Assign(assigns) | What::Declare(assigns) => {
                    for assign in assigns {
                        let written = script
                            .get(assign.value.bytes.clone())
                            .unwrap_or(&assign.value.text);
                        self.assigned
                            .entry(assign.name.clone())
                            .or_default()
                            .push(written.to_owned());
                    }
                }
                _ => {}
            }
            for below in below(node) {
                self.collect(script, below);
            }
        }
    }

    /// Whether something in these statements makes a failure known: ends the script with it, keeps it
    /// in a variable that is judged, hands it on, or tries something else.
    pub(super) fn reacts(&self, script: &str, nodes: &[Node]) -> bool {
        nodes.iter().any(|node| {
            let text = script.get(node.bytes.clone()).unwrap_or_default();
            if [
                "GITHUB_OUTPUT",
                "GITHUB_ENV",
                "GITHUB_STATE",
                "GITEA_OUTPUT",
            ]
            .iter()
            .any(|file| text.contains(file))
            {
                return true;
            }
            match &node.what {
                What::Command(command) => {
                    let words = effective(command);
                    match words.first().copied() {
                        Some("exit" | "return") => {
                            words.get(1).is_some_and(|status| *status != "0")
                        }
                        Some("false" | "kill") => true,
                        Some(name) if self.functions.contains_key(name) => {
                            self.failing.contains(name)
                        }
                        // A command that nobody here knows, or that may well fail in its turn.
                        Some("fail" | "die" | "abort" | "error" | "bail") => true,
                        _ => !is_quiet(&words),
                    }
                }
                What::Assign(assigns) | What::Declare(assigns) => assigns
                    .iter()
                    .any(|assign| self.judged.contains(plain_name(&assign.name))),
                What::Test(_) => {
                    counts(text) && named_in(text).iter().any(|name| self.judged.contains(name))
                }
                What::Function { .. } => false,
                What::Opaque => true,
                _ => below(node).iter().any(|below| self.reacts(script, below)),
            }
        })
    }
}

/// `a` of `a[0]`.
fn plain_name(name: &str) -> &str {
    name.split('[').next().unwrap_or(name)
}

fn has_check(nodes: &[Node]) -> bool {
    nodes.iter().any(|node| match &node.what {
        What::Command(command) => is_check(&effective(command)),
        _ => below(node).iter().any(|below| has_check(below)),
    })
}

fn leaves_with_failure(nodes: &[Node]) -> bool {
    nodes.iter().any(|node| match &node.what {
        What::Command(command) => match command.name() {
            "exit" | "return" => command.arguments().next().is_some_and(|s| s != "0"),
            "false" => true,
            _ => false,
        },
        What::Assign(_) => true,
        _ => below(node).iter().any(|below| leaves_with_failure(below)),
    })
}

/// All lists of statements right below one, what is substituted into words apart.
pub(super) fn below(node: &Node) -> Vec<&[Node]> {
    match &node.what {
        What::Command(_) | What::Assign(_) | What::Declare(_) | What::Test(_) | What::Opaque => {
            Vec::new()
        }
        What::Pipeline(nodes) | What::Group(nodes) | What::Subshell(nodes) => vec![nodes],
        What::And(left, right) | What::Or(left, right) => {
            vec![
                std::slice::from_ref(&**left),
                std::slice::from_ref(&**right),
            ]
        }
        What::Not(node) | What::Background(node) => vec![std::slice::from_ref(&**node)],
        What::If { arms, otherwise } => {
            let mut all: Vec<&[Node]> = Vec::new();
            for arm in arms {
                all.push(&arm.condition);
                all.push(&arm.body);
            }
            all.extend(otherwise.as_deref());
            all
        }
        What::While { condition, body } => vec![condition, body],
        What::For { body, .. } | What::Function { body, .. } | What::Shell { body, .. } => {
            vec![body]
        }
        What::Case { items, .. } => items.iter().map(|item| item.body.as_slice()).collect(),
    }
}
