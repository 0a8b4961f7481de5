use std::path::Path;

use super::statuses::{Site, exit_code, given};
use super::statuses_args::Args;
use super::stdout::{Answer, json_to_stdout, to_stdout};
use super::{CliError, Global};
use crate::context::Context;
use crate::exit_code::ExitCode;
use crate::gate::{Obstacle, ObstacleKind, VerdictName};
use crate::kinds::statuses::{Input, Posting, Row, RunReport, post};
use crate::report::{StatusesReport, write_posted};

/// Sets a status for each gate of a run.
pub(super) fn execute(
    args: &Args,
    global: &Global,
    report: &Path,
    site: &Site,
    context: &Context,
) -> Result<ExitCode, CliError> {
    let target = site.target(args)?;
    let commit = args
        .sha
        .clone()
        .ok_or_else(|| CliError::usage("--post needs --sha: the commit that the run was about"))?;
    if commit.len() < 40 {
        return Err(CliError::usage(format!(
            "--post needs the whole id of the commit, and `{commit}` is a part of one"
        )));
    }
    if args.prefix.trim().is_empty() {
        return Err(CliError::usage(
            "--prefix is empty; statuses of others would not be told from one's own",
        ));
    }
    let posting = Posting {
        commit: commit.clone(),
        prefix: args.prefix.trim().to_owned(),
        link: args.link.clone(),
        login: args.login.clone(),
    };
    let set = read(report).and_then(|report| Ok(post(context, &target, &posting, &report)?));
    let (rows, problem) = match set {
        Ok(rows) => {
            let problem = rows.iter().all(|row| row.state.is_none()).then(nothing_set);
            (rows, problem)
        }
        Err(Failed::Usage(error)) => return Err(error),
        Err(Failed::Obstacle(obstacle)) => (Vec::<Row>::new(), Some(obstacle)),
    };
    let verdict = match problem.as_ref().map(|problem| problem.kind) {
        None => VerdictName::Pass,
        Some(ObstacleKind::Refused) => VerdictName::Refused,
        Some(ObstacleKind::Vacuous) => VerdictName::Vacuous,
        Some(ObstacleKind::Unreachable) => VerdictName::Unreachable,
    };
    let code = exit_code(verdict);
    let report = StatusesReport::of_post(
        target.repository,
        commit,
        verdict,
        code,
        &rows,
        problem.as_ref(),
    );
    match args.output {
        Answer::Json => json_to_stdout(&report)?,
        Answer::Human => to_stdout(global, |out| write_posted(out, &report, problem.as_ref()))?,
    }
    Ok(code)
}

/// Why nothing was set.
enum Failed {
    Usage(CliError),
    Obstacle(Obstacle),
}

impl From<Obstacle> for Failed {
    fn from(obstacle: Obstacle) -> Self {
        Self::Obstacle(obstacle)
    }
}

fn read(path: &Path) -> Result<RunReport, Failed> {
    match given(path).map_err(Failed::Usage)? {
        Input::Given { name, bytes } => Ok(RunReport::parse(&name, &bytes)?),
        Input::File(_) => Err(Failed::Usage(CliError::usage("the report is not a file"))),
    }
}

fn nothing_set() -> Obstacle {
    crate::kinds::statuses::nothing_to_set()
}
