//! Reads a script into statements with the Bash grammar.

mod branches;
mod command;
mod lists;
mod read;
mod statement;
mod words;

pub(super) use read::read;
