use crate::kinds::workflows::shell::fate::Loss;
use crate::kinds::workflows::shell::{Analysis, ShellOptions, analyse};

/// The analysis of a script that GitHub starts with `shell:`.
pub(super) fn read_as(shell: Option<&str>, script: &str) -> Analysis {
    analyse(script, ShellOptions::of(shell, false)).expect("a script for a shell")
}

/// The losses of a script without a `shell:`.
pub(super) fn losses(script: &str) -> Vec<Loss> {
    losses_as(None, script)
}

pub(super) fn losses_as(shell: Option<&str>, script: &str) -> Vec<Loss> {
    read_as(shell, script)
        .masks
        .into_iter()
        .map(|mask| mask.how)
        .collect()
}

/// The commands whose status is lost.
pub(super) fn masked(script: &str) -> Vec<String> {
    read_as(None, script)
        .masks
        .into_iter()
        .map(|mask| mask.check)
        .collect()
}
