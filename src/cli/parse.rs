use clap::{Command, CommandFactory, FromArgMatches};

use super::Cli;
use crate::context::Environment;

impl Cli {
    /// Reads the command line, and where it is silent the environment. A variable that is set to
    /// nothing counts as not set: that is how CI systems hand over an input that nobody gave.
    ///
    /// # Errors
    /// What is wrong with it; help and version are such errors as well.
    pub fn read() -> Result<Self, clap::Error> {
        let mut command = deaf_to_blanks(Self::command(), &Environment::of_process());
        let matches = command.try_get_matches_from_mut(std::env::args_os())?;

        Self::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
    }
}

fn deaf_to_blanks(command: Command, environment: &Environment) -> Command {
    command
        .mut_args(|arg| match arg.get_env() {
            Some(name) if environment.is_blank(name) => arg.env(None),
            _ => arg,
        })
        .mut_subcommands(|command| deaf_to_blanks(command, environment))
}
