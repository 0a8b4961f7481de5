use super::super::analysis::Mask;
use super::super::ast::{Command, Node};
use super::super::checks::{is_check, is_quiet};
use super::super::fate::{Fate, Loss};
use super::super::modes::always_zero;
use super::super::text::short;
use super::super::words::{effective, ignores_status};
use super::walk::Walk;

impl Walk<'_> {
    pub(super) fn command(&mut self, node: &Node, command: &Command, fate: &Fate) {
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
