use std::collections::{BTreeMap, BTreeSet};

use super::ast::{Command, Node, What};
use super::text::variables_in;
use super::words::effective;

/// The variables of a script that something judges: a condition, a status, a program, an output of the step.
/// To print one is not to judge it.
pub(super) fn judged(script: &str, nodes: &[Node]) -> BTreeSet<String> {
    let mut uses = Uses {
        script,
        judged: BTreeSet::new(),
        into: BTreeMap::new(),
    };
    uses.all(nodes, false);
    uses.closed()
}

struct Uses<'a> {
    script: &'a str,
    judged: BTreeSet<String>,
    /// The variables that get the value of each.
    into: BTreeMap<String, BTreeSet<String>>,
}

impl<'a> Uses<'a> {
    /// With each variable those whose value goes into it.
    fn closed(mut self) -> BTreeSet<String> {
        loop {
            let more: Vec<String> = self
                .into
                .iter()
                .filter(|(from, to)| {
                    !self.judged.contains(*from) && to.iter().any(|to| self.judged.contains(to))
                })
                .map(|(from, _)| from.clone())
                .collect();
            if more.is_empty() {
                return self.judged;
            }
            self.judged.extend(more);
        }
    }

    fn text(&self, bytes: std::ops::Range<usize>) -> &'a str {
        self.script.get(bytes).unwrap_or_default()
    }

    /// `kept`: whether what is printed here goes where something may judge it.
    fn all(&mut self, nodes: &[Node], kept: bool) {
        for node in nodes {
            self.node(node, kept);
        }
    }

    fn node(&mut self, node: &Node, kept: bool) {
        let text = self.text(node.bytes.clone());
        match &node.what {
            What::Command(command) => self.command(command, text, kept),
            What::Assign(assigns) | What::Declare(assigns) => {
                // A variable that is exported is read by whoever is started.
                let is_exported = matches!(&node.what, What::Declare(_))
                    && (text.starts_with("export") || text.contains(" -x"));
                for assign in assigns {
                    let value = self.text(assign.value.bytes.clone());
                    for name in named_in(value) {
                        if is_exported {
                            self.judged.insert(name);
                        } else {
                            let to = assign.name.split('[').next().unwrap_or_default();
                            self.into.entry(name).or_default().insert(to.to_owned());
                        }
                    }
                    self.all(&assign.inner, true);
                }
            }
            What::Test(inner) => {
                // `((failed++))` counts, and judges nothing.
                if !counts(text) {
                    self.judged.extend(named_in(text));
                }
                self.all(inner, true);
            }
            What::Pipeline(parts) => {
                let last = parts.len().saturating_sub(1);
                for (at, part) in parts.iter().enumerate() {
                    let read = at < last && !parts[at + 1..].iter().all(shows);
                    self.node(part, kept || read);
                }
            }
            What::And(left, right) | What::Or(left, right) => {
                self.node(left, kept);
                self.node(right, kept);
            }
            What::Not(inner) | What::Background(inner) => self.node(inner, kept),
            What::Group(body) | What::Subshell(body) | What::Function { body, .. } => {
                let kept = kept || self.is_kept_behind(node, body);
                self.all(body, kept);
            }
            What::Shell { command, body, .. } => {
                self.all(&command.inner, true);
                self.all(body, kept);
            }
            What::If { arms, otherwise } => {
                let mut bodies = arms
                    .iter()
                    .map(|arm| arm.body.as_slice())
                    .chain(otherwise.as_deref());
                // A branch that only prints judges nothing.
                let only_prints = !kept && bodies.all(|body| self.only_prints(body));
                for arm in arms {
                    if !only_prints {
                        self.all(&arm.condition, true);
                    }
                    self.all(&arm.body, kept);
                }
                self.all(otherwise.as_deref().unwrap_or_default(), kept);
            }
            What::While { condition, body } => {
                self.all(condition, true);
                let kept = kept || self.is_kept_behind(node, body);
                self.all(body, kept);
            }
            What::For {
                variable,
                values,
                inner,
                body,
            } => {
                if variable.is_empty() {
                    let header = body.first().map_or(node.bytes.end, |b| b.bytes.start);
                    let header = self.text(node.bytes.start..header);
                    self.judged.extend(named_in(header));
                }
                for value in values {
                    let value = self.text(value.bytes.clone());
                    for name in named_in(value) {
                        self.into.entry(name).or_default().insert(variable.clone());
                    }
                }
                self.all(inner, true);
                let kept = kept || self.is_kept_behind(node, body);
                self.all(body, kept);
            }
            What::Case { subject, items } => {
                self.judged
                    .extend(named_in(self.text(subject.bytes.clone())));
                for item in items {
                    for pattern in &item.patterns {
                        self.judged
                            .extend(named_in(self.text(pattern.bytes.clone())));
                    }
                    self.all(&item.body, kept);
                }
            }
            What::Opaque => self.judged.extend(named_in(text)),
        }
    }

    fn command(&mut self, command: &Command, text: &str, kept: bool) {
        self.all(&command.inner, true);
        if !prints(command) || kept || is_kept(text) {
            self.judged.extend(named_in(text));
        }
    }

    /// Whether statements print and do nothing else.
    fn only_prints(&self, nodes: &[Node]) -> bool {
        nodes.iter().all(|node| match &node.what {
            What::Command(command) => prints(command) && !is_kept(self.text(node.bytes.clone())),
            _ => false,
        })
    }

    /// Whether what stands behind the last of these statements sends what they print somewhere.
    fn is_kept_behind(&self, node: &Node, body: &[Node]) -> bool {
        let from = body.last().map_or(node.bytes.start, |last| last.bytes.end);
        is_kept(self.text(from.min(node.bytes.end)..node.bytes.end))
    }
}

/// The variables that a text expands, and those that arithmetic in it reads without a sign.
pub(super) fn named_in(text: &str) -> Vec<String> {
    let mut names = variables_in(text);
    for part in text.split("((").skip(1) {
        let inside = part.split("))").next().unwrap_or_default();
        let words = inside.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        names.extend(words.filter(|word| !word.is_empty()).map(str::to_owned));
    }
    names
}

/// Whether arithmetic changes a variable by itself.
pub(super) fn counts(text: &str) -> bool {
    text.contains("++") || text.contains("+=")
}

fn prints(command: &Command) -> bool {
    matches!(
        effective(command).first().copied(),
        Some("echo" | "printf" | ":" | "true")
    )
}

/// Whether a part of a pipe only shows what it is given.
fn shows(part: &Node) -> bool {
    let What::Command(command) = &part.what else {
        return false;
    };
    match command.name() {
        "cat" => command.words.len() == 1,
        "tee" => command
            .arguments()
            .all(|file| file.starts_with('-') || is_shown(file)),
        _ => false,
    }
}

/// Files that are for people.
fn is_shown(file: &str) -> bool {
    file.starts_with("/dev/") || file.starts_with('&') || file.contains("STEP_SUMMARY")
}

/// Whether what a command prints goes where something may judge it: into a file, or to the runner.
fn is_kept(text: &str) -> bool {
    if text.contains("::set-output") || text.contains("::set-env") {
        return true;
    }
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (c, quote) {
            ('\'' | '"', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            // `>>` is looked at twice, and says the same twice.
            ('>', None) => {
                let target = text[at..].trim_start_matches(['>', '|', ' ', '"', '\'']);
                let mut words = target.split(|c: char| c.is_whitespace() || c == ';');
                if !words.next().is_some_and(is_shown) {
                    return true;
                }
            }
            _ => {}
        }
    }
    false
}
