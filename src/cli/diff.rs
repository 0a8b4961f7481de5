use std::io::{self, Write};

use super::open::OpenArgs;
use super::project::Project;
use super::stdout::to_stdout;
use super::{CliError, Global};
use crate::context::Cancel;
use crate::exit_code::ExitCode;
use crate::gate::Finding;
use crate::report::{DiffLines, Progress, matrix_of, printable, write_finding};
use crate::run::{Plan, Selection, interrupts, run};

/// Show the full differences behind a gate's findings
///
/// Runs the gate, whatever its lanes, and ends with the exit code of that run.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The gate
    #[arg(value_name = "GATE")]
    name: String,

    #[command(flatten)]
    open: OpenArgs,
}

pub(super) fn execute(args: &Args, global: &Global) -> Result<ExitCode, CliError> {
    let project = Project::open(global)?;
    let clock = args.open.clock();
    let plan = Plan::new(
        project.load_gates()?,
        &Selection {
            names: std::slice::from_ref(&args.name),
            lane: args.open.lane,
            partition: None,
            today: clock.today,
        },
    )?;
    let cancel = Cancel::new();
    let context = args.open.context(&project, clock, &cancel)?;
    let interrupts = interrupts(&cancel).map_err(|error| CliError::usage(error.to_string()))?;
    let mut progress = Progress::on_stderr(global.quiet);
    let limits = project.limits(args.open.lane);
    let finished = run(
        &plan,
        &context,
        &limits,
        None,
        clock.started,
        &interrupts,
        &mut |event| progress.tell(&event),
    );
    to_stdout(global, |out| {
        for outcome in &finished.outcomes {
            let is_matrix = matrix_of(&outcome.facts).is_some();
            let mut findings: Vec<_> = outcome.findings.iter().collect();
            if is_matrix {
                // A file after the other, as the matrix has them; what is about no file comes last.
                let key = |finding: &Finding| (finding.subject.is_none(), finding.subject.clone());
                findings.sort_by_key(|finding| key(finding));
            }
            let mut cell = None;
            for finding in findings {
                let here = (&finding.subject, &finding.part);
                if is_matrix && cell != Some(here) {
                    write_cell(out, here.0.as_deref(), here.1.as_deref())?;
                }
                cell = Some(here);
                write_finding(out, outcome.id.as_str(), finding, DiffLines::All)?;
                writeln!(out)?;
            }
            if outcome.findings.is_empty() {
                let verdict = outcome.verdict.name();
                match outcome.verdict.reason() {
                    Some(reason) => {
                        writeln!(out, "{}: {verdict}: {}", outcome.id, printable(reason))?;
                    }
                    None => writeln!(
                        out,
                        "{}: {verdict}, {} inspected, no differences",
                        outcome.id, outcome.inspected
                    )?,
                }
            }
        }
        Ok(())
    })?;
    finished.stragglers.stop(&cancel, limits.grace);
    super::error::tell_leftovers(&context.shared().end());
    Ok(finished.end.exit_code)
}

/// Says which file of which delivery comes next.
fn write_cell(out: &mut dyn Write, file: Option<&str>, delivery: Option<&str>) -> io::Result<()> {
    let words = match (file, delivery) {
        (Some(file), Some(delivery)) => format!("{file} in {delivery}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "the gate as a whole".to_owned(),
    };
    writeln!(out, "== {}", printable(&words))
}
