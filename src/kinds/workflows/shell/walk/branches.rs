use super::super::ast::{Arm, Node, What};
use super::super::fate::{Fate, Loss};
use super::walk::Walk;

impl Walk<'_> {
    pub(super) fn branches(
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
    pub(super) fn reacts_either_way(&self, body: &[Node]) -> bool {
        self.names.reacts(self.script, body)
            || body.iter().any(|node| {
                matches!(&node.what, What::Command(command)
                    if matches!(command.name(), "exit" | "return" | "break" | "continue"))
            })
    }
}
