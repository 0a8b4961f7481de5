use std::path::PathBuf;

use clap::builder::BoolishValueParser;
use clap::{ArgAction, Args, Parser, ValueHint};

use super::Command;
use super::colour::When;
use crate::report::Detail;

/// The command line.
#[derive(Debug, Parser)]
#[command(
    name = "driftgate",
    about = "Gates over a repository and its delivered copies. Green means that somebody looked.",
    long_about = None,
    version,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    after_help = AFTER_HELP
)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,

    #[command(subcommand)]
    pub command: Command,
}

/// Kept equal to `ExitCode::meaning` by a test; help is built before anything else, so it is text.
const AFTER_HELP: &str = "\
Exit codes:
    0  every gate that counts passed
    1  a gate failed
    2  wrong command line, settings or gate file; or a report was not written
    3  not everything was checked: vacuous, refused, or nothing to check
    4  no answer came from a network, daemon or registry
   70  a bug in driftgate
  130  interrupted, after clean-up

Every option can be set by an environment variable as well: --fail-fast by DRIFTGATE_FAIL_FAST=1.";

/// Options of every command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options of every command")]
pub struct Global {
    /// The checkout to gate [default: the first folder upwards that holds driftgate.yaml]
    #[arg(long, global = true, value_name = "DIR", env = "DRIFTGATE_ROOT", hide_env = true, value_hint = ValueHint::DirPath)]
    pub root: Option<PathBuf>,

    /// The settings [default: driftgate.yaml in the root]
    #[arg(long, global = true, value_name = "FILE", env = "DRIFTGATE_CONFIG", hide_env = true, value_hint = ValueHint::FilePath)]
    pub config: Option<PathBuf>,

    /// The folder of gate files [default: gates in the root]
    #[arg(long, global = true, value_name = "DIR", env = "DRIFTGATE_GATES", hide_env = true, value_hint = ValueHint::DirPath)]
    pub gates: Option<PathBuf>,

    /// When to use colours
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        env = "DRIFTGATE_COLOR",
        hide_env = true,
        default_value = "auto"
    )]
    pub color: When,

    /// Show only what is not green, and the summary
    #[arg(
        short,
        long,
        global = true,
        env = "DRIFTGATE_QUIET",
        hide_env = true,
        action = ArgAction::SetTrue,
        value_parser = BoolishValueParser::new(),
        conflicts_with = "verbose"
    )]
    pub quiet: bool,

    /// Show also what gates promise, and their facts
    #[arg(
        short,
        long,
        global = true,
        env = "DRIFTGATE_VERBOSE",
        hide_env = true,
        action = ArgAction::SetTrue,
        value_parser = BoolishValueParser::new()
    )]
    pub verbose: bool,
}

impl Global {
    pub fn detail(&self) -> Detail {
        match (self.quiet, self.verbose) {
            (true, _) => Detail::Quiet,
            (_, true) => Detail::Verbose,
            _ => Detail::Normal,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::{Arg, Command, CommandFactory};

    use super::*;
    use crate::exit_code::ExitCode;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_help_names_every_exit_code_with_its_meaning() {
        for code in ExitCode::ALL {
            let line = format!("{:>5}  {}", code.number(), code.meaning());
            assert!(AFTER_HELP.contains(&line), "{line}");
        }
    }

    fn options(command: &Command) -> Vec<(String, Arg)> {
        let own = command
            .get_opts()
            .chain(
                command
                    .get_arguments()
                    .filter(|arg| arg.get_long().is_some() && !arg.get_action().takes_values()),
            )
            .map(|arg| (command.get_name().to_owned(), arg.clone()));
        // Hidden commands are started by this program alone.
        let below = command
            .get_subcommands()
            .filter(|below| !below.is_hide_set());
        own.chain(below.flat_map(options)).collect()
    }

    #[test]
    fn every_option_has_its_environment_variable() {
        let options = options(&Cli::command());
        assert!(options.len() > 20);
        for (command, option) in options {
            let long = option.get_long().unwrap_or_default().to_owned();
            if ["help", "version"].contains(&long.as_str()) {
                continue;
            }
            let name = |parts: &str| {
                format!("DRIFTGATE_{parts}")
                    .replace('-', "_")
                    .to_uppercase()
            };
            let variable = option
                .get_env()
                .map(|variable| variable.to_string_lossy().into_owned())
                .unwrap_or_default();
            // One that means something else than the same option of `run` bears its command's name.
            assert!(
                [name(&long), name(&format!("{command}_{long}"))].contains(&variable),
                "--{long} of {command}: {variable}"
            );
        }
    }
}
