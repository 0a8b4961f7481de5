use std::io;

use anstream::{ColorChoice, StripStream};

use super::project::Project;
use super::select::SelectArgs;
use super::several::{Several, flatten};
use super::{CliError, Global};
use crate::context::Cancel;
use crate::exit_code::ExitCode;
use crate::prove::{Proofs, ProveReport, prove, write_human};
use crate::report::{Documents, Format, Output, Progress};
use crate::run::interrupts;

/// Prove that gates can fail
///
/// Runs the gates as they stand, then plants each violation that they promise to catch, in memory,
/// and demands the very finding that was promised. Nothing on disk is touched.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    select: SelectArgs,

    /// Only the violations whose name contains TEXT; the others are left out and counted as that;
    /// repeatable
    #[arg(
        long,
        value_name = "TEXT",
        value_delimiter = ',',
        env = "DRIFTGATE_ONLY",
        hide_env = true
    )]
    only: Vec<String>,

    /// The report to write: human or json; FORMAT alone goes to standard output; repeatable
    /// [default: human]
    #[arg(
        short,
        long = "output",
        value_name = "FORMAT[=PATH]",
        env = "DRIFTGATE_OUTPUT",
        hide_env = true
    )]
    outputs: Vec<Several<Output>>,
}

pub(super) fn execute(args: &Args, global: &Global) -> Result<ExitCode, CliError> {
    let project = Project::open(global)?;
    let clock = args.select.open.clock();
    let plan = args.select.plan(&project, &clock)?;
    args.select.bound_threads();
    let cancel = Cancel::new();
    let started = clock.started;
    let context = args.select.open.context(&project, clock, &cancel)?;
    let outputs = flatten(&args.outputs);
    if let Some(other) = outputs.iter().find(|output| !is_known(output.format)) {
        return Err(
            CliError::usage(format!("proofs are not written as {}", other.format.name()))
                .help("one of: human, json"),
        );
    }
    let documents = Documents::open(&outputs)?;
    let colour = global.color.choose(&io::stdout());
    let mut progress = Progress::on_stderr(global.quiet);
    let interrupts = interrupts(&cancel).map_err(|error| CliError::usage(error.to_string()))?;
    let proofs = prove(
        &plan,
        &context,
        &args.select.limits(&project),
        &args.only,
        started,
        &interrupts,
        &mut |event| progress.tell(&event),
    );
    super::error::tell_leftovers(&context.shared().end());
    progress.clear();
    if proofs.exit_code == ExitCode::Interrupted {
        return Ok(ExitCode::Interrupted);
    }
    let failures = documents.finish(|format, to_stdout| {
        let colour = if to_stdout {
            colour
        } else {
            ColorChoice::Never
        };
        document(&proofs, format, colour)
    });
    Ok(super::error::after_reports(proofs.exit_code, failures))
}

fn is_known(format: Format) -> bool {
    matches!(format, Format::Human | Format::Json)
}

fn document(proofs: &Proofs, format: Format, colour: ColorChoice) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match (format, colour) {
        (Format::Json, _) => {
            serde_json::to_writer_pretty(&mut bytes, &ProveReport::new(proofs))?;
            bytes.push(b'\n');
        }
        (_, ColorChoice::Never) => write_human(&mut StripStream::new(&mut bytes), proofs)?,
        _ => write_human(&mut bytes, proofs)?,
    }
    Ok(bytes)
}
