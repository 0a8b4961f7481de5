//! Whether a command fetches the program that it runs, and at which version.

mod command;
mod fetchers;
mod options;
mod versions;
mod wrappers;

pub(super) use command::unpinned;
