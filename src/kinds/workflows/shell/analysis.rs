use super::fate::{Fate, Loss};
use super::guards::{Condition, EarlyExit, guards};
use super::modes::AlwaysZero;
use super::options::{Dialect, ShellOptions};
use super::react::Names;
use super::read::read;
use super::walk::Walk;

/// A check whose status the shell loses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mask {
    /// The byte of the script where it begins.
    pub at: usize,
    /// The command, in one line.
    pub check: String,
    pub how: Loss,
}

/// What a script does with the statuses of its commands.
#[derive(Debug, Default)]
pub struct Analysis {
    /// Whether all of the script could be read. What could not be is taken for able to fail.
    pub whole: bool,
    pub masks: Vec<Mask>,
    /// Tools that end with 0 whatever they find.
    pub modes: Vec<(usize, &'static AlwaysZero)>,
    /// The first command of work, where the script can end with nothing but 0 although it does some.
    pub never_fails: Option<(usize, String)>,
    /// Whether something in it can end it with another status than 0, or may for all that is known.
    pub can_fail: bool,
    /// Whether it does anything that a verdict could hang on.
    pub works: bool,
    /// Whether a check is among it that is known as one.
    pub checks: bool,
    /// Conditions that all of the work hangs on.
    pub guards: Vec<Condition>,
    /// Conditions under which it ends early with 0.
    pub exits: Vec<EarlyExit>,
}

/// Reads a script; `None` for one in another language than the shell's, or of absurd length.
pub fn analyse(script: &str, options: ShellOptions) -> Option<Analysis> {
    if options.dialect == Dialect::Other {
        return None;
    }
    let read = read(script)?;
    let names = Names::of(script, &read.nodes);
    let mut walk = Walk::new(script, &names, options);
    walk.sequence(&read.nodes, &Fate::Final, false);
    let Walk {
        mut masks,
        modes,
        lost_work,
        can_fail,
        checks,
        ..
    } = walk;
    masks.sort_by_key(|mask| mask.at);
    masks.dedup_by_key(|mask| mask.at);
    let guards = guards(script, &names, &read.nodes);
    Some(Analysis {
        whole: read.whole,
        can_fail: can_fail || !read.whole,
        masks,
        modes,
        never_fails: lost_work
            .into_iter()
            .next()
            .filter(|_| !can_fail && read.whole),
        works: guards.work,
        checks,
        guards: guards.all,
        exits: guards.exits,
    })
}
