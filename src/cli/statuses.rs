use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::project::Project;
use super::statuses_args::Args;
use super::stdout::{Answer, json_to_stdout, to_stdout};
use super::{CliError, Global};
use crate::config::{CONFIG_NAME, Forge, ForgeName, Settings};
use crate::context::{Cancel, Clock, Context, ContextParts, Environment, NoSources};
use crate::exit_code::ExitCode;
use crate::gate::{GateId, Header, Lane, Location, Severity, VerdictName, judge};
use crate::kinds::statuses::{
    Asked, Demands, Expect, Input, Plan, ReviewRule, Reviews, Settle, Target, USUAL_WITHIN, Word,
    api_of, look,
};
use crate::report::{StatusesReport, write_statuses};
use crate::run::interrupts;
use crate::tree::{DirTree, Tree};

pub(super) fn execute(args: &Args, global: &Global) -> Result<ExitCode, CliError> {
    let site = Site::open(args, global)?;
    let cancel = Cancel::new();
    let interrupts = interrupts(&cancel).map_err(|error| CliError::usage(error.to_string()))?;
    let clock = Clock::of_system(None);
    let context = site.context(args, &cancel, clock);
    if let Some(report) = &args.post {
        let code = super::statuses_post::execute(args, global, report, &site, &context)?;
        return Ok(if interrupts.try_recv().is_ok() {
            ExitCode::Interrupted
        } else {
            code
        });
    }
    let plan = plan(args, &site)?;
    let looked = look(&plan, &context);
    let judged = judge(&plan.header, looked.inspection, clock.today);
    let verdict = judged.verdict.name();
    let code = if interrupts.try_recv().is_ok() {
        ExitCode::Interrupted
    } else {
        exit_code(verdict)
    };
    let report = StatusesReport::new(
        looked.table.as_ref(),
        (looked.repository, looked.commit),
        looked.settled,
        &judged,
        code,
    );
    match args.output {
        Answer::Json => json_to_stdout(&report)?,
        Answer::Human => to_stdout(global, |out| {
            write_statuses(out, &report, &judged.inspection, global.detail())
        })?,
    }
    Ok(code)
}

pub(super) fn exit_code(verdict: VerdictName) -> ExitCode {
    match verdict {
        VerdictName::Pass | VerdictName::Skipped => ExitCode::Ok,
        VerdictName::Fail => ExitCode::Failed,
        VerdictName::Vacuous | VerdictName::Refused => ExitCode::NotChecked,
        VerdictName::Unreachable => ExitCode::Unreachable,
    }
}

/// Where the command is run: it needs no checkout, and takes what one says.
pub(super) struct Site {
    root: PathBuf,
    settings: Settings,
}

impl Site {
    fn open(args: &Args, global: &Global) -> Result<Self, CliError> {
        let here = std::path::absolute(".").map_err(|error| {
            CliError::usage(format!("failed to resolve the working directory: {error}"))
        })?;
        let is_project = global.root.is_some()
            || global.config.is_some()
            || crate::config::find_root(&here).is_some();
        let (root, mut settings) = if is_project && !is_bare_root(global) {
            let project = Project::open(global)?;
            (project.root.clone(), Settings::clone(&project.settings))
        } else {
            (global.root.clone().unwrap_or(here), Settings::default())
        };
        if let Some(forge) = args.forge {
            let name = ForgeName::from(forge);
            if settings
                .forge
                .as_ref()
                .is_none_or(|forge| forge.name != name)
            {
                // Address and token of another forge are not for this one.
                settings.forge = Some(Forge {
                    name,
                    version: None,
                });
                settings.forge_url = None;
                settings.forge_token_env = None;
            }
        }
        if let Some(url) = &args.url {
            // The token of the settings is for the address of the settings.
            if settings.forge_url.as_ref() != Some(url) {
                settings.forge_token_env = None;
            }
            settings.forge_url = Some(url.clone());
        }
        if let Some(name) = &args.token_env {
            settings.forge_token_env = Some(name.clone());
        }
        Ok(Self { root, settings })
    }

    fn context(&self, args: &Args, cancel: &Cancel, clock: Clock) -> Context {
        let root: Arc<dyn Tree> = Arc::new(DirTree::new(&self.root, ""));
        Context::new(ContextParts {
            root,
            sources: Arc::new(NoSources),
            settings: Arc::new(self.settings.clone()),
            environment: Arc::new(Environment::of_process()),
            lane: Lane::Local,
            today: clock.today,
            offline: args.offline,
            cancel: cancel.clone(),
        })
    }

    /// The forge that is asked.
    ///
    /// # Errors
    /// When it is not said which one, where it is, or about what.
    pub(super) fn target(&self, args: &Args) -> Result<Target, CliError> {
        let forge = self.settings.forge.as_ref().ok_or_else(|| {
            CliError::usage("a forge is to be asked, and none is named")
                .help("name it with --forge, or in driftgate.yaml: forge: { name: gitea, url: … }; or name recorded --statuses")
        })?;
        let api = api_of(forge.name, self.settings.forge_url.as_deref()).map_err(|problem| {
            CliError::usage(problem)
                .help("name it with --url, or in driftgate.yaml: forge: { url: … }")
        })?;
        let repository = args.repo.clone().ok_or_else(|| {
            CliError::usage("a forge is to be asked, and no repository is named")
                .help("name it with --repo OWNER/NAME")
        })?;
        Ok(Target {
            forge: forge.name,
            api,
            repository,
            token_env: self.settings.forge_token_env.clone(),
            within: args.timeout.unwrap_or(USUAL_WITHIN),
            retries: args.retries,
        })
    }
}

/// Whether `--root` names a folder that is nobody's root: its workflows can be read all the same.
fn is_bare_root(global: &Global) -> bool {
    global.config.is_none()
        && global
            .root
            .as_ref()
            .is_some_and(|root| root.join(CONFIG_NAME).symlink_metadata().is_err())
}

/// What the command line asks for, as a gate would.
fn plan(args: &Args, site: &Site) -> Result<Plan, CliError> {
    let names_nothing = args.required.is_empty()
        && args.protection.is_none()
        && args.branch.is_none()
        && args.contexts.is_empty();
    if names_nothing {
        return Err(CliError::usage("nothing says what is required").help(
            "name a list with --required, a branch with --branch, a snapshot with --protection, or --context",
        ));
    }
    if args.approvals.is_some() && args.reviews.is_none() && args.pull.is_none() {
        return Err(
            CliError::usage("approvals are asked for, and no change is named")
                .help("name it with --pull, or recorded reviews with --reviews"),
        );
    }
    if args.statuses.is_none() && args.sha.is_none() && args.pull.is_none() {
        return Err(
            CliError::usage("the forge is to be asked, and no commit is named")
                .help("name it with --sha, or the change with --pull; or name recorded --statuses"),
        );
    }
    let mut demands = Vec::new();
    for path in &args.required {
        demands.push(Demands::List(given(path)?));
    }
    if let Some(path) = &args.protection {
        demands.push(Demands::Protection(given(path)?, args.branch.clone()));
    }
    // With a snapshot the branch says which of its rules counts.
    if args.protection.is_none() {
        demands.extend(args.branch.clone().map(Demands::Branch));
    }
    for context in &args.contexts {
        demands.push(Demands::Context(
            context.clone(),
            Location::file("--context"),
        ));
    }
    let recorded = args.statuses.as_deref().map(given).transpose()?;
    let reviews = args.reviews.as_deref().map(given).transpose()?;
    let asks = recorded.is_none()
        || args.branch.is_some() && args.protection.is_none()
        || args.pull.is_some();
    let id = GateId::new("statuses").map_err(CliError::usage)?;
    Ok(Plan {
        header: Header {
            id,
            about: "The head is mergeable.".to_owned(),
            kind: "statuses",
            lanes: Lane::ALL.to_vec(),
            required: true,
            severity: Severity::Blocking,
            min_inspected: 1,
            timeout: None,
            waivers: Vec::new(),
            file: "the command line".to_owned(),
        },
        demands,
        recorded,
        asked: if asks {
            Some(Asked::Target(site.target(args)?))
        } else {
            None
        },
        commit: args.sha.clone().map(Word::Literal),
        pull: args.pull.map(|number| Word::Literal(number.to_string())),
        suffix: args.suffix.into(),
        skipped: args.skipped.into(),
        own: args.own.clone(),
        expect: (!args.expect.is_empty()).then(|| Expect {
            events: args.expect.clone(),
            base: args.expect_branch.clone().or_else(|| args.branch.clone()),
        }),
        reviews: args.approvals.map(|approvals| Reviews {
            rule: ReviewRule {
                approvals: approvals.get(),
                roster: args.roster.clone(),
            },
            recorded: reviews.zip(args.author.clone()),
        }),
        settle: Settle {
            within: args.settle.unwrap_or_default(),
            every: args.every.unwrap_or(Settle::EVERY),
        },
    })
}

/// More than any forge has to say about a commit.
const LARGEST: u64 = 64 << 20;

/// A file that the command line names.
pub(super) fn given(path: &Path) -> Result<Input, CliError> {
    let name = path.display().to_string();
    let failed = |problem: String| CliError::NotChecked {
        message: format!("failed to read {name}: {problem}"),
        help: None,
    };
    let metadata = path.metadata().map_err(|error| failed(error.to_string()))?;
    if !metadata.is_file() {
        return Err(failed("it is not a regular file".to_owned()));
    }
    if metadata.len() > LARGEST {
        return Err(failed(format!("it is larger than {LARGEST} bytes")));
    }
    let bytes = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
    Ok(Input::Given { name, bytes })
}
