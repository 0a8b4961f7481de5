//! What a `run:` script does with the statuses of its commands, told without running it.

mod analysis;
mod ast;
mod checks;
mod compare;
mod expand;
mod fate;
mod guards;
mod modes;
mod nested;
mod options;
mod react;
mod read;
mod simulate;
mod text;
mod walk;
mod words;

pub(crate) use analysis::{Analysis, analyse};
pub(crate) use guards::Condition;
pub(crate) use options::ShellOptions;
pub(crate) use simulate::{Outcome, simulate};
pub(crate) use text::expressions_in;

#[cfg(test)]
mod tests;
