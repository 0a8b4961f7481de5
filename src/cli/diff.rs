use super::open::OpenArgs;
use super::project::Project;
use super::stdout::to_stdout;
use super::{CliError, Global};
use crate::context::Cancel;
use crate::exit_code::ExitCode;
use crate::report::{DiffLines, Progress, printable, write_finding};
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
            for finding in &outcome.findings {
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
