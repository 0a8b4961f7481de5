use std::io::{self, Write};

use clap::ArgAction;
use clap::builder::BoolishValueParser;
use schemars::JsonSchema;
use serde::Serialize;

use super::lane::lane;
use super::project::Project;
use super::stdout::{Answer, json_to_stdout, to_stdout};
use super::{CliError, Global};
use crate::exit_code::ExitCode;
use crate::gate::{Header, Lane, Severity};
use crate::kinds::{KINDS, LoadedGates};
use crate::report::printable;

/// List the gates and the kinds
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only the kinds; needs no checkout
    #[arg(
        long,
        env = "DRIFTGATE_LIST_KINDS",
        hide_env = true,
        action = ArgAction::SetTrue,
        value_parser = BoolishValueParser::new(),
        conflicts_with = "lane"
    )]
    kinds: bool,

    /// Only gates of this lane
    #[arg(
        long,
        value_name = "LANE",
        env = "DRIFTGATE_LIST_LANE",
        hide_env = true,
        value_parser = lane()
    )]
    lane: Option<Lane>,

    /// How to answer
    #[arg(
        short,
        long,
        value_name = "FORMAT",
        env = "DRIFTGATE_LIST_OUTPUT",
        hide_env = true,
        default_value = "human"
    )]
    output: Answer,
}

/// What `driftgate list --output json` writes.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "driftgate list, version 1")]
pub(super) struct List {
    /// Always `driftgate.list.v1`.
    #[schemars(extend("const" = "driftgate.list.v1"))]
    schema: &'static str,
    /// By name.
    gates: Vec<ListedGate>,
    kinds: Vec<ListedKind>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ListedGate {
    id: String,
    kind: &'static str,
    about: String,
    lanes: Vec<Lane>,
    required: bool,
    severity: Severity,
    /// The gate file.
    file: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ListedKind {
    name: &'static str,
    about: &'static str,
    /// The codes of its own that its findings can have.
    codes: Vec<&'static str>,
}

pub(super) fn execute(args: &Args, global: &Global) -> Result<ExitCode, CliError> {
    let gates = if args.kinds {
        LoadedGates::new()
    } else {
        Project::open(global)?.load_gates()?
    };
    let list = List::new(&gates, args.lane);
    match args.output {
        Answer::Json => json_to_stdout(&list)?,
        Answer::Human if args.kinds => to_stdout(global, |out| list.write_kinds(out))?,
        Answer::Human => to_stdout(global, |out| list.write(out))?,
    }
    Ok(ExitCode::Ok)
}

impl List {
    fn new(gates: &LoadedGates, lane: Option<Lane>) -> Self {
        Self {
            schema: "driftgate.list.v1",
            gates: gates
                .values()
                .map(|gate| gate.header())
                .filter(|header| lane.is_none_or(|lane| header.lanes.contains(&lane)))
                .map(ListedGate::from)
                .collect(),
            kinds: KINDS
                .iter()
                .map(|kind| ListedKind {
                    name: kind.name(),
                    about: kind.about(),
                    codes: kind.codes().iter().map(|code| code.name).collect(),
                })
                .collect(),
        }
    }

    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let bold = anstyle::Style::new().bold();
        writeln!(out, "{bold}Gates{bold:#}")?;
        if self.gates.is_empty() {
            writeln!(out, "  none")?;
        }
        let width = |lengths: &mut dyn Iterator<Item = usize>| lengths.max().unwrap_or_default();
        let ids = width(&mut self.gates.iter().map(|gate| gate.id.len()));
        let names = width(&mut self.kinds.iter().map(|kind| kind.name.len()));
        for gate in &self.gates {
            let lanes: Vec<_> = gate.lanes.iter().map(|lane| lane.name()).collect();
            let mut marks = String::new();
            if gate.required {
                marks.push_str("required  ");
            }
            if gate.severity == Severity::Advisory {
                marks.push_str("advisory  ");
            }
            writeln!(
                out,
                "  {bold}{:<ids$}{bold:#}  {:<names$}  {:<18}  {marks}{}",
                gate.id,
                gate.kind,
                lanes.join(", "),
                printable(&gate.about)
            )?;
        }
        writeln!(out)?;
        self.write_kinds(out)
    }

    fn write_kinds(&self, out: &mut dyn Write) -> io::Result<()> {
        let bold = anstyle::Style::new().bold();
        let names = self.kinds.iter().map(|kind| kind.name.len()).max();
        let names = names.unwrap_or_default();
        writeln!(out, "{bold}Kinds{bold:#}")?;
        for kind in &self.kinds {
            writeln!(out, "  {bold}{:<names$}{bold:#}  {}", kind.name, kind.about)?;
        }
        Ok(())
    }
}

impl From<&Header> for ListedGate {
    fn from(header: &Header) -> Self {
        Self {
            id: header.id.to_string(),
            kind: header.kind,
            about: header.about.clone(),
            lanes: header.lanes.clone(),
            required: header.required,
            severity: header.severity,
            file: header.file.clone(),
        }
    }
}
