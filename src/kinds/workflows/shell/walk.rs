use super::analysis::Mask;
use super::ast::{Arm, Assign, Command, Node, What};
use super::checks::{is_check, is_quiet};
use super::fate::{Fate, Loss};
use super::modes::{AlwaysZero, always_zero};
use super::options::ShellOptions;
use super::react::Names;
use super::words::{effective, ignores_status};

/// Goes through a script and says of each command what becomes of its status.
pub(super) struct Walk<'a> {
    pub(super) script: &'a str,
    pub(super) names: &'a Names,
    pub(super) options: ShellOptions,
    pub(super) masks: Vec<Mask>,
    pub(super) modes: Vec<(usize, &'static AlwaysZero)>,
    /// Commands that do something and whose status is lost.
    pub(super) lost_work: Vec<(usize, String)>,
    /// Whether something can end the script with another status than 0.
    pub(super) can_fail: bool,
    /// Whether a check is among the commands.
    pub(super) checks: bool,
    /// Whether the next statement reads `PIPESTATUS`.
    pipestatus: bool,
    /// Whether what is substituted here goes into a variable that is read.
    captured: bool,
    /// Inside of what a function does when it is called.
    trap: bool,
    /// How the status of the shell that is read is lost, where that is one within the script.
    beyond: Option<Loss>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(script: &'a str, names: &'a Names, options: ShellOptions) -> Self {
        Self {
            script,
            names,
            options,
            masks: Vec::new(),
            modes: Vec::new(),
            lost_work: Vec::new(),
            can_fail: false,
            checks: false,
            pipestatus: false,
            captured: false,
            trap: false,
            beyond: None,
        }
    }

    fn text(&self, node: &Node) -> &'a str {
        self.script.get(node.bytes.clone()).unwrap_or_default()
    }

    /// One statement after the other; `last` is what becomes of the last one's status.
    pub(super) fn sequence(&mut self, nodes: &[Node], last: &Fate, suppressed: bool) {
        for (at, node) in nodes.iter().enumerate() {
            let next = nodes.get(at + 1).map(|next| self.text(next));
            let fate = match next {
                None => last.clone(),
                Some(_) if self.options.errexit && !suppressed => self.ended(),
                Some(next) if reads_status(next) => Fate::Tested,
                Some(_) => Fate::Lost(Loss::ErrexitOff),
            };
            self.pipestatus = next.is_some_and(|next| next.contains("PIPESTATUS"));
            self.node(node, &fate, suppressed);
        }
    }

    /// What becomes of a status that ends the shell.
    fn ended(&self) -> Fate {
        match &self.beyond {
            Some(loss) => Fate::Lost(loss.clone()),
            None => Fate::Errexit,
        }
    }

    fn node(&mut self, node: &Node, fate: &Fate, suppressed: bool) {
        let pipestatus = std::mem::take(&mut self.pipestatus);
        match &node.what {
            What::Command(command) => self.command(node, command, fate),
            What::Assign(assigns) => self.assigns(assigns, fate),
            What::Declare(assigns) => {
                let word = first_word(self.text(node)).to_owned();
                for assign in assigns {
                    self.substituted(&assign.inner, &Fate::Lost(Loss::Declaration(word.clone())));
                }
            }
            What::Test(inner) => {
                self.substituted(inner, &Fate::Tested);
                self.can_fail |= matches!(fate, Fate::Final | Fate::Errexit);
            }
            What::Pipeline(parts) => self.pipeline(parts, fate, suppressed, pipestatus),
            What::And(left, right) => self.and(left, right, fate, suppressed),
            What::Or(left, right) => self.or(left, right, fate, suppressed),
            What::Not(inner) => {
                let fate = match fate {
                    Fate::Errexit => Fate::Lost(Loss::Negated),
                    other => other.clone(),
                };
                self.node(inner, &fate, true);
            }
            What::Background(inner) => {
                let fate = if self.script.contains("$!") && waits_for_one(self.script) {
                    Fate::Tested
                } else {
                    Fate::Lost(Loss::Background)
                };
                self.node(inner, &fate, true);
            }
            What::Group(nodes) => self.sequence(nodes, fate, suppressed),
            What::Subshell(nodes) => {
                let options = self.options;
                let inner = match fate {
                    Fate::Errexit => Fate::Final,
                    other => other.clone(),
                };
                self.sequence(nodes, &inner, suppressed);
                self.options = options;
            }
            What::Shell {
                command,
                options,
                body,
            } => self.shell(command, options, body, fate),
            What::If { arms, otherwise } => {
                self.branches(arms, otherwise.as_deref(), fate, suppressed);
            }
            What::While { condition, body } => {
                self.sequence(condition, &Fate::Tested, true);
                let last = self.in_loop(fate, suppressed);
                self.sequence(body, &last, suppressed);
            }
            What::For { inner, body, .. } => {
                self.substituted(inner, &Fate::Tested);
                let last = self.in_loop(fate, suppressed);
                self.sequence(body, &last, suppressed);
            }
            What::Case { items, .. } => {
                for item in items {
                    self.sequence(&item.body, fate, suppressed);
                }
            }
            What::Function { body, .. } => {
                let options = self.options;
                self.sequence(body, &Fate::Final, false);
                self.options = options;
            }
            What::Opaque => self.can_fail = true,
        }
    }

    /// The status of a loop is that of its last turn; only `errexit` minds the others.
    fn in_loop(&self, fate: &Fate, suppressed: bool) -> Fate {
        match fate {
            Fate::Lost(_) | Fate::Tested => fate.clone(),
            _ if self.options.errexit && !suppressed => self.ended(),
            _ => Fate::Lost(Loss::ErrexitOff),
        }
    }

    /// A script in a shell of its own, which has the options that it is started with and no other.
    fn shell(&mut self, command: &Command, options: &[String], body: &[Node], fate: &Fate) {
        self.substituted(&command.inner, &Fate::Tested);
        let fate = match fate {
            Fate::Lost(_) => fate.clone(),
            _ if ignores_status(command) => Fate::Lost(Loss::FindExec),
            Fate::Errexit => Fate::Final,
            _ => fate.clone(),
        };
        let beyond = match &fate {
            Fate::Lost(loss) => Some(loss.clone()),
            _ => None,
        };
        let (outer, trap) = (self.options, self.trap);
        let beyond = std::mem::replace(&mut self.beyond, beyond);
        self.options.errexit = false;
        self.options.pipefail = false;
        self.options.set(options);
        self.sequence(body, &fate, false);
        (self.options, self.trap, self.beyond) = (outer, trap, beyond);
    }

    fn assigns(&mut self, assigns: &[Assign], fate: &Fate) {
        for assign in assigns {
            let captured = self.captured;
            self.captured = self.names.read.contains(&assign.name);
            self.substituted(&assign.inner, fate);
            self.captured = captured;
        }
    }

    /// Substituted commands run without `errexit`.
    fn substituted(&mut self, nodes: &[Node], fate: &Fate) {
        let options = self.options;
        self.options.errexit = false;
        for node in nodes {
            self.node(node, fate, false);
        }
        self.options = options;
    }

    fn pipeline(&mut self, parts: &[Node], fate: &Fate, suppressed: bool, pipestatus: bool) {
        let options = self.options;
        let last = parts.len().saturating_sub(1);
        for (at, part) in parts.iter().enumerate() {
            let fate = if at == last || self.options.pipefail {
                fate.clone()
            } else if pipestatus {
                Fate::Tested
            } else {
                match fate {
                    Fate::Lost(_) => fate.clone(),
                    _ => Fate::Lost(Loss::Pipe(short(self.text(&parts[last])))),
                }
            };
            self.node(part, &fate, suppressed);
            self.options = options;
        }
    }

    fn and(&mut self, left: &Node, right: &Node, fate: &Fate, suppressed: bool) {
        let reacts = self.names.reacts(self.script, std::slice::from_ref(right))
            && !matches!(&right.what, What::Command(_) | What::Shell { .. });
        let leaves = matches!(&right.what, What::Command(command)
            if matches!(command.name(), "exit" | "return" | "break" | "continue"));
        let left_fate = match fate {
            Fate::Errexit if reacts || leaves => Fate::Tested,
            Fate::Errexit => Fate::Lost(Loss::AndList),
            other => other.clone(),
        };
        self.node(left, &left_fate, true);
        self.node(right, fate, suppressed);
    }

    fn or(&mut self, left: &Node, right: &Node, fate: &Fate, suppressed: bool) {
        let loss = self.loss_by(right).or_else(|| {
            // `|| exit 1` ends the shell, and whoever started that may not mind.
            let leaves = matches!(&right.what, What::Command(command)
                if matches!(command.name(), "exit" | "return"));
            self.beyond.clone().filter(|_| leaves)
        });
        let left_fate = loss.map_or(Fate::Tested, Fate::Lost);
        self.node(left, &left_fate, true);
        self.node(right, fate, suppressed);
    }

    /// How the right side of `||` loses the status of the left one, if it does.
    fn loss_by(&self, right: &Node) -> Option<Loss> {
        let written = || Loss::Or(short(self.text(right)));
        match &right.what {
            What::Command(command) => {
                let words = effective(command);
                match words.first().copied()? {
                    "true" | ":" | "echo" | "printf" => Some(written()),
                    "exit" | "return" => {
                        (words.get(1).is_some_and(|status| *status == "0")).then(written)
                    }
                    "continue" => Some(Loss::OrContinue),
                    // What shows a log or tells somebody succeeds whatever was wrong before.
                    "cat" | "tail" | "head" | "ls" | "sleep" | "tee" | "rm" | "kill" | "gh" => {
                        Some(written())
                    }
                    "docker" if words.get(1) == Some(&"logs") => Some(written()),
                    _ => None,
                }
            }
            What::Assign(assigns) => assigns
                .iter()
                .all(|assign| !self.names.read.contains(&assign.name))
                .then(|| {
                    Loss::OrUnread(assigns.first().map_or_else(String::new, |a| a.name.clone()))
                }),
            What::Group(nodes) | What::Subshell(nodes) => (!self.names.reacts(self.script, nodes))
                .then(|| {
                    nodes
                        .last()
                        .and_then(|last| self.loss_by(last))
                        .unwrap_or_else(written)
                }),
            // `a || b || true`, read from the left, has been seen already.
            _ => None,
        }
    }

    fn branches(
        &mut self,
        arms: &[Arm],
        otherwise: Option<&[Node]>,
        fate: &Fate,
        suppressed: bool,
    ) {
        let reacts = arms.iter().any(|arm| self.reacts_either_way(&arm.body))
            || otherwise.is_some_and(|body| self.reacts_either_way(body))
            || arms.len() > 1;
        let condition = if reacts {
            Fate::Tested
        } else {
            Fate::Lost(Loss::IfIgnored)
        };
        for arm in arms {
            self.sequence(&arm.condition, &condition, true);
            self.sequence(&arm.body, fate, suppressed);
        }
        if let Some(body) = otherwise {
            self.sequence(body, fate, suppressed);
        }
    }

    /// A branch that leaves makes the rest of the script the other branch.
    fn reacts_either_way(&self, body: &[Node]) -> bool {
        self.names.reacts(self.script, body)
            || body.iter().any(|node| {
                matches!(&node.what, What::Command(command)
                    if matches!(command.name(), "exit" | "return" | "break" | "continue"))
            })
    }

    fn command(&mut self, node: &Node, command: &Command, fate: &Fate) {
        let words = effective(command);
        let name = words.first().copied().unwrap_or_default();
        let inner = match name {
            "echo" | "printf" | ":" | "true" => Fate::Lost(Loss::Argument(name.to_owned())),
            _ => Fate::Tested,
        };
        self.substituted(&command.inner, &inner);
        for assign in &command.assigns {
            self.substituted(&assign.inner, &Fate::Lost(Loss::Argument(name.to_owned())));
        }
        match name {
            "set" => {
                let arguments: Vec<_> = command.arguments().collect();
                self.options.set(&arguments);
                return;
            }
            "trap" => {
                let first = command.arguments().next().unwrap_or_default();
                self.trap |= first.trim_end_matches(';').trim().ends_with("exit 0");
                return;
            }
            "exit" | "return" => {
                let fails = words.get(1).is_some_and(|status| *status != "0");
                self.can_fail |= fails && self.beyond.is_none();
                return;
            }
            "false" => {
                self.can_fail |= self.beyond.is_none();
                return;
            }
            _ => {}
        }
        let at = node.bytes.start;
        if let Some(mode) = always_zero(&words) {
            self.modes.push((at, mode));
        }
        let function = self.names.functions.get(name).copied();
        let checks = function.unwrap_or_else(|| is_check(&words))
            || (matches!(fate, Fate::Lost(Loss::Negated))
                && matches!(name, "grep" | "egrep" | "git"));
        self.checks |= checks;
        let works = function.is_some() || !is_quiet(&words);
        let loss = match fate {
            Fate::Lost(loss) => Some(loss.clone()),
            _ if self.trap => Some(Loss::Trap),
            _ if ignores_status(command) => {
                // `find` itself can fail, on a folder that is not there.
                self.can_fail |= !matches!(fate, Fate::Tested);
                Some(Loss::FindExec)
            }
            _ => None,
        };
        match loss {
            None => self.can_fail |= works || !matches!(fate, Fate::Tested) && !is_talk(name),
            Some(loss) => {
                // What goes on in the background is looked at later, from outside.
                if works && !matches!(loss, Loss::Background | Loss::FindExec) {
                    self.lost_work.push((at, short(self.text(node))));
                }
                let kept =
                    self.captured && !matches!(loss, Loss::Declaration(_) | Loss::Argument(_));
                if checks && !kept {
                    self.masks.push(Mask {
                        at,
                        check: short(self.text(node)),
                        how: loss,
                    });
                }
            }
        }
    }
}

/// Whether a script waits for a process that it names: a `wait` for all of them ends with 0.
fn waits_for_one(script: &str) -> bool {
    script
        .split(['\n', ';', '&', '|', '(', ')', '`'])
        .any(|command| {
            let mut words = command.split_whitespace();
            words.any(|word| word == "wait") && words.next().is_some_and(|w| !w.starts_with('#'))
        })
}

/// Commands that cannot fail in earnest.
fn is_talk(name: &str) -> bool {
    matches!(
        name,
        "" | "echo"
            | "printf"
            | ":"
            | "true"
            | "export"
            | "local"
            | "unset"
            | "sleep"
            | "cd"
            | "mkdir"
            | "shift"
    )
}

/// Whether the next statement reads the status of the one before it.
fn reads_status(text: &str) -> bool {
    let first = text.lines().next().unwrap_or_default();
    // To print it is not to mind it.
    if matches!(first_word(first), "echo" | "printf") {
        return false;
    }
    first.contains("$?") || first.contains("${?") || first.contains("PIPESTATUS")
}

fn first_word(text: &str) -> &str {
    text.split_whitespace().next().unwrap_or_default()
}

/// A command in one line, for messages.
pub(super) fn short(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut line = String::new();
    for word in text.lines().next().unwrap_or_default().split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    let line = line.trim_end_matches('\\').trim_end().to_owned();
    if line.chars().count() > LONGEST {
        let cut: String = line.chars().take(LONGEST - 1).collect();
        format!("{}…", cut.trim_end())
    } else {
        line
    }
}
