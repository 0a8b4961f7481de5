//! What a `run:` script does with the statuses of its commands, told without running it.

mod analysis;
mod ast;
mod checks;
mod compare;
mod expand;
mod fate;
mod guards;
mod judged;
mod modes;
mod nested;
mod options;
mod react;
mod read;
mod simulate;
mod text;
mod walk;
mod words;

pub use analysis::{Analysis, Mask, analyse};
pub use fate::Loss;
pub use guards::{Condition, EarlyExit};
pub use modes::{AlwaysZero, When};
pub use options::{Dialect, ShellOptions};
pub use simulate::{Outcome, simulate};
pub(crate) use text::expressions_in;

#[cfg(test)]
mod tests;
