use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use clap::builder::BoolishValueParser;
use clap::{ArgAction, Args};

use super::CliError;
use super::lane::lane;
use super::project::Project;
use super::several::{Several, flatten};
use crate::config::nearest;
use crate::context::{Cancel, Checkout, Clock, Context, ContextParts, Environment};
use crate::gate::Lane;
use crate::ssot::{Resolver, WorkingCopies, read_manifest};
use crate::tree::{DirTree, Tree};

/// Options of every command that looks at the checkout and its sources.
#[derive(Debug, Clone, Args)]
pub(super) struct OpenArgs {
    /// Where this run happens; gates name the lanes they belong to
    #[arg(
        long,
        value_name = "LANE",
        env = "DRIFTGATE_LANE",
        hide_env = true,
        value_parser = lane(),
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
        hide_env = true
    )]
    pub sources: Vec<Several<WorkingCopy>>,

    /// What a change is measured against: a branch, tag or commit; where the change begins counts
    #[arg(long, value_name = "REF", env = "DRIFTGATE_BASE", hide_env = true)]
    pub base: Option<String>,

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
        let environment = Arc::new(Environment::of_process());
        let root: Arc<dyn Tree> = Arc::new(DirTree::new(&project.root, ""));
        let working_copies = self.working_copies(project, root.as_ref())?;
        let site = project.site(Arc::clone(&environment), self.offline, cancel.clone());
        let context = Context::new(ContextParts {
            sources: Arc::new(Resolver::new(site, Arc::clone(&root), working_copies)),
            root,
            settings: Arc::clone(&project.settings),
            environment,
            lane: self.lane,
            today: clock.today,
            offline: self.offline,
            cancel: cancel.clone(),
        });
        match self.base.as_deref().filter(|base| !base.is_empty()) {
            None => Ok(context),
            Some(reference) => {
                let base = Checkout::of(&project.root)
                    .and_then(|checkout| checkout.base(reference))
                    .map_err(|problem| {
                        CliError::usage(format!("`--base`: {problem}")).help(
                            "fetch the branch first; a shallow clone may lack the common commit",
                        )
                    })?;
                Ok(context.with_base(base))
            }
        }
    }

    /// The working copies by name, each of them the name of a source.
    fn working_copies(
        &self,
        project: &Project,
        root: &dyn Tree,
    ) -> Result<WorkingCopies, CliError> {
        let mut copies = WorkingCopies::new();
        if self.sources.is_empty() {
            return Ok(copies);
        }
        let manifest = read_manifest(root, &project.settings.manifest).map_err(|obstacle| {
            CliError::usage(format!("`--source` names nothing: {}", obstacle.message))
        })?;
        for copy in &flatten(&self.sources) {
            let known = || {
                manifest.entries.iter().flat_map(|entry| {
                    let name = entry.name.value.clone();
                    [format!("{}/{name}", entry.category.key()), name]
                })
            };
            if !known().any(|name| name == copy.name) {
                let names: Vec<_> = known().collect();
                let error = CliError::usage(format!(
                    "no source is named `{}` in {}",
                    copy.name, manifest.path
                ));
                return Err(
                    match nearest(&copy.name, names.iter().map(String::as_str)) {
                        Some(near) => error.help(format!("did you mean `{near}`?")),
                        None => error,
                    },
                );
            }
            let path = std::path::absolute(&copy.path).map_err(|error| {
                CliError::usage(format!(
                    "failed to resolve {}: {error}",
                    copy.path.display()
                ))
            })?;
            if copies.insert(copy.name.clone(), path).is_some() {
                return Err(CliError::usage(format!(
                    "`--source` names `{}` twice",
                    copy.name
                )));
            }
        }
        Ok(copies)
    }
}
