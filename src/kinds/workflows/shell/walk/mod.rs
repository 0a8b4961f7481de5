//! Goes through a script and says what becomes of the status of each command.

mod branches;
mod command;
mod later;
mod lists;
mod walk;

pub(super) use walk::Walk;
