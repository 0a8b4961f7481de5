use super::super::ast::{Node, What};
use super::super::fate::{Fate, Loss};
use super::super::text::short;
use super::super::words::effective;
use super::walk::Walk;

/// Pipelines, `&&` and `||`.
impl Walk<'_> {
    pub(super) fn pipeline(
        &mut self,
        parts: &[Node],
        fate: &Fate,
        suppressed: bool,
        pipestatus: bool,
    ) {
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

    pub(super) fn and(&mut self, left: &Node, right: &Node, fate: &Fate, suppressed: bool) {
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

    pub(super) fn or(&mut self, left: &Node, right: &Node, fate: &Fate, suppressed: bool) {
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
    pub(super) fn loss_by(&self, right: &Node) -> Option<Loss> {
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
            What::Assign(assigns) => self.names.lost_in(assigns),
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
}
