use serde_json::Value;

use super::stdout::json_to_stdout;
use super::{CliError, Global};
use crate::config::{Settings, nearest};
use crate::exit_code::ExitCode;
use crate::kinds::{KINDS, gate_schema, kind_schema};
use crate::report::report_schema;

/// Print the JSON Schema of gate files, of driftgate.yaml, or of what driftgate writes
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A kind, or one of: gate, settings, report, prove, sync, list, reap, statuses-report
    #[arg(value_name = "WHAT", default_value = "gate")]
    what: String,
}

/// Schemas that are not of one kind.
const OTHERS: [&str; 8] = [
    "gate",
    "settings",
    "report",
    "prove",
    "sync",
    "list",
    "reap",
    "statuses-report",
];

pub(super) fn execute(args: &Args, _global: &Global) -> Result<ExitCode, CliError> {
    json_to_stdout(&schema(&args.what)?)?;
    Ok(ExitCode::Ok)
}

fn schema(what: &str) -> Result<Value, CliError> {
    if let Some(kind) = KINDS.iter().find(|kind| kind.name() == what) {
        return Ok(kind_schema(*kind));
    }
    Ok(match what {
        "gate" => gate_schema(),
        "settings" => Settings::schema().to_value(),
        "report" => report_schema().to_value(),
        "prove" => written::<crate::prove::ProveReport>(),
        "sync" => written::<crate::report::SyncReport>(),
        "reap" => written::<crate::report::ReapReport>(),
        "statuses-report" => written::<crate::report::StatusesReport>(),
        "list" => written::<super::list::List>(),
        _ => return Err(unknown(what)),
    })
}

fn written<T: schemars::JsonSchema>() -> Value {
    schemars::generate::SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<T>()
        .to_value()
}

fn unknown(what: &str) -> CliError {
    let known = || KINDS.iter().map(|kind| kind.name()).chain(OTHERS);
    let error = CliError::usage(format!("there is no schema of `{what}`"));
    match nearest(what, known()) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error.help(format!(
            "one of: {}",
            known().collect::<Vec<_>>().join(", ")
        )),
    }
}
