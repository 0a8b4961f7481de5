use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use clap::builder::BoolishValueParser;
use clap::{ArgAction, Args};

use super::CliError;
use super::project::Project;
use crate::context::{Cancel, Clock, Context, ContextParts, Environment, NoSources};
use crate::gate::Lane;
use crate::tree::DirTree;

/// Options of every command that looks at the checkout and its sources.
#[derive(Debug, Clone, Args)]
pub(super) struct OpenArgs {
    /// Where this run happens; gates name the lanes they belong to
    #[arg(
        long,
        value_name = "LANE",
        env = "DRIFTGATE_LANE",
        hide_env = true,
        default_value = "local"
    )]
    pub lane: Lane,

    /// Refuse to move the lock
    #[arg(long, env = "DRIFTGATE_LOCKED", hide_env = true, action = ArgAction::SetTrue, value_parser = BoolishValueParser::new())]
    pub locked: bool,

    /// Never touch the network
    #[arg(long, env = "DRIFTGATE_OFFLINE", hide_env = true, action = ArgAction::SetTrue, value_parser = BoolishValueParser::new())]
    pub offline: bool,

    /// A working copy to use instead of the locked source; repeatable
    #[arg(
        long = "source",
        value_name = "NAME=PATH",
        env = "DRIFTGATE_SOURCE",
        hide_env = true,
        value_delimiter = ','
    )]
    pub sources: Vec<WorkingCopy>,

    /// The date that waivers are measured against, instead of today
    #[arg(
        long,
        value_name = "DATE",
        env = "DRIFTGATE_TODAY",
        hide = true,
        hide_env = true
    )]
    pub today: Option<jiff::civil::Date>,
}

/// A working copy that stands in for a source: `NAME=PATH`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WorkingCopy {
    /// The name of the manifest's entry.
    pub name: String,
    pub path: PathBuf,
}

impl FromStr for WorkingCopy {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            Some((name, path)) if !name.is_empty() && !path.is_empty() => Ok(Self {
                name: name.to_owned(),
                path: PathBuf::from(path),
            }),
            _ => Err("expected NAME=PATH"),
        }
    }
}

impl OpenArgs {
    pub(super) fn clock(&self) -> Clock {
        Clock::of_system(self.today)
    }

    /// All that gates may look at.
    ///
    /// # Errors
    /// When the sources are not to be had as asked.
    pub(super) fn context(
        &self,
        project: &Project,
        clock: Clock,
        cancel: &Cancel,
    ) -> Result<Context, CliError> {
        if let Some(copy) = self.sources.first() {
            return Err(CliError::usage(format!(
                "no source is named `{}`: there is no manifest",
                copy.name
            )));
        }
        Ok(Context::new(ContextParts {
            root: Arc::new(DirTree::new(&project.root, "")),
            sources: Arc::new(NoSources),
            settings: Arc::clone(&project.settings),
            environment: Arc::new(Environment::of_process()),
            lane: self.lane,
            today: clock.today,
            cancel: cancel.clone(),
        }))
    }
}
