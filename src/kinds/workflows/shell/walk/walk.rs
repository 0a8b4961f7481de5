use super::super::analysis::Mask;
use super::super::ast::{Assign, Command, Node, What};
use super::super::fate::{Fate, Loss};
use super::super::modes::AlwaysZero;
use super::super::options::ShellOptions;
use super::super::react::Names;
use super::super::words::ignores_status;
use super::later::{first_word, reads_status, waits_for_one};

/// Goes through a script and says of each command what becomes of its status.
pub(in super::super) struct Walk<'a> {
    pub(in super::super) script: &'a str,
    pub(in super::super) names: &'a Names,
    pub(in super::super) options: ShellOptions,
    pub(in super::super) masks: Vec<Mask>,
    pub(in super::super) modes: Vec<(usize, &'static AlwaysZero)>,
    /// Commands that do something and whose status is lost.
    pub(in super::super) lost_work: Vec<(usize, String)>,
    /// Whether something can end the script with another status than 0.
    pub(in super::super) can_fail: bool,
    /// Whether a check is among the commands.
    pub(in super::super) checks: bool,
    /// Whether the next statement reads `PIPESTATUS`.
    pub(super) pipestatus: bool,
    /// Whether what is substituted here goes into a variable that is read.
    pub(super) captured: bool,
    /// Inside of what a function does when it is called.
    pub(super) trap: bool,
    /// How the status of the shell that is read is lost, where that is one within the script.
    pub(super) beyond: Option<Loss>,
}

impl<'a> Walk<'a> {
    pub(in super::super) fn new(script: &'a str, names: &'a Names, options: ShellOptions) -> Self {
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

    pub(super) fn text(&self, node: &Node) -> &'a str {
        self.script.get(node.bytes.clone()).unwrap_or_default()
    }

    /// One statement after the other; `last` is what becomes of the last one's status.
    pub(in super::super) fn sequence(&mut self, nodes: &[Node], last: &Fate, suppressed: bool) {
        for (at, node) in nodes.iter().enumerate() {
            let next = nodes.get(at + 1);
            let text = next.map(|next| self.text(next));
            let lost = next.and_then(|next| self.lost_in(next));
            self.pipestatus =
                lost.is_none() && text.is_some_and(|text| text.contains("PIPESTATUS"));
            let fate = match text {
                None => last.clone(),
                Some(_) if self.options.errexit && !suppressed => self.ended(),
                Some(text) if reads_status(text) => lost.map_or(Fate::Tested, Fate::Lost),
                Some(_) => Fate::Lost(Loss::ErrexitOff),
            };
            self.node(node, &fate, suppressed);
        }
    }

    /// How the status is lost that the next statement keeps in a variable, if it is.
    fn lost_in(&self, next: &Node) -> Option<Loss> {
        let (What::Assign(assigns) | What::Declare(assigns)) = &next.what else {
            return None;
        };
        let keeps = |assign: &&Assign| {
            reads_status(
                self.script
                    .get(assign.value.bytes.clone())
                    .unwrap_or_default(),
            )
        };
        self.names.lost_in(assigns.iter().filter(keeps))
    }

    /// What becomes of a status that ends the shell.
    pub(super) fn ended(&self) -> Fate {
        match &self.beyond {
            Some(loss) => Fate::Lost(loss.clone()),
            None => Fate::Errexit,
        }
    }

    pub(super) fn node(&mut self, node: &Node, fate: &Fate, suppressed: bool) {
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
                // Of a command that cannot fail it makes one that does.
                self.can_fail |= matches!(fate, Fate::Final) && self.beyond.is_none();
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
    pub(super) fn in_loop(&self, fate: &Fate, suppressed: bool) -> Fate {
        match fate {
            Fate::Lost(_) | Fate::Tested => fate.clone(),
            _ if self.options.errexit && !suppressed => self.ended(),
            _ => Fate::Lost(Loss::ErrexitOff),
        }
    }

    /// A script in a shell of its own, which has the options that it is started with and no other.
    pub(super) fn shell(
        &mut self,
        command: &Command,
        options: &[String],
        body: &[Node],
        fate: &Fate,
    ) {
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

    pub(super) fn assigns(&mut self, assigns: &[Assign], fate: &Fate) {
        for assign in assigns {
            let captured = self.captured;
            self.captured = self.names.read.contains(&assign.name);
            self.substituted(&assign.inner, fate);
            self.captured = captured;
        }
    }

    /// Substituted commands run without `errexit`.
    pub(super) fn substituted(&mut self, nodes: &[Node], fate: &Fate) {
        let options = self.options;
        self.options.errexit = false;
        for node in nodes {
            self.node(node, fate, false);
        }
        self.options = options;
    }
}
