use std::collections::BTreeMap;
use std::io::{self, Write};

use anstyle::Style;
use driftgate_provisioner::fault::Told;

use super::project::Project;
use super::stdout::to_stdout;
use super::{CliError, Global};
use crate::config::nearest;
use crate::exit_code::ExitCode;
use crate::gate::{Code, VerdictName};
use crate::kinds::lifecycle::{AboutCheck, about_checks};
use crate::kinds::workflows::forge::{Capability, TABLE};
use crate::kinds::{Check, KINDS, Kind, LoadedGates, all_codes};
use crate::report::printable;

/// Explain a finding code, a kind, a verdict or a gate
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What to explain [default: name all that can be explained]
    #[arg(value_name = "NAME")]
    name: Option<String>,
}

const BOLD: Style = Style::new().bold();

pub(super) fn execute(args: &Args, global: &Global) -> Result<ExitCode, CliError> {
    let Some(name) = &args.name else {
        to_stdout(global, overview)?;
        return Ok(ExitCode::Ok);
    };
    let codes = codes();
    let code = codes.get(name.as_str()).copied();
    let kind = KINDS.iter().find(|kind| kind.name() == name);
    let verdict = VerdictName::ALL
        .into_iter()
        .find(|verdict| verdict.as_str() == name);
    // A gate may be called what a code or kind is called; then all of them are explained. The
    // gates are not needed for the others, so that these can be explained anywhere.
    let gates = match Project::open(global).and_then(|project| project.load_gates()) {
        Ok(gates) => gates,
        Err(_) if code.is_some() || kind.is_some() || verdict.is_some() || is_row(name) => {
            LoadedGates::new()
        }
        Err(CliError::Usage { .. }) => return Err(unknown(name, &LoadedGates::new())),
        Err(error) => return Err(error),
    };
    let gate = gates.get(name);
    let row = TABLE.iter().find(|row| row.name == name);
    if code.is_none() && kind.is_none() && verdict.is_none() && gate.is_none() && row.is_none() {
        return Err(unknown(name, &gates));
    }
    to_stdout(global, |out| {
        if let Some(code) = code {
            explain_code(out, code)?;
        }
        if let Some(kind) = kind {
            explain_kind(out, *kind)?;
        }
        if let Some(verdict) = verdict {
            writeln!(
                out,
                "{BOLD}{verdict}{BOLD:#}  a verdict\n\n{}",
                prose(verdict)
            )?;
        }
        if let Some(row) = row {
            explain_row(out, row)?;
        }
        match gate {
            Some(gate) => explain_gate(out, gate.as_ref()),
            None => Ok(()),
        }
    })?;
    Ok(ExitCode::Ok)
}

/// Whether the table of forges has a row of this name.
fn is_row(name: &str) -> bool {
    TABLE.iter().any(|row| row.name == name)
}

/// What forges do with something that workflows say.
fn explain_row(out: &mut dyn Write, row: &Capability) -> io::Result<()> {
    writeln!(
        out,
        "{BOLD}{}{BOLD:#}  something that forges do differently\n\n{}\n",
        row.name, row.what
    )?;
    writeln!(out, "{BOLD}Elsewhere{BOLD:#}\n{}\n", row.otherwise)?;
    writeln!(out, "GitHub: {}", row.github)?;
    writeln!(out, "Gitea: {}", row.gitea)?;
    writeln!(out, "Forgejo: {}", row.forgejo)?;
    writeln!(out, "source: {}", row.source)
}

/// Every code there is, by name: those of the kinds, and those of the engine.
fn codes() -> BTreeMap<&'static str, &'static Code> {
    all_codes()
        .into_iter()
        .chain(crate::tree::CODES.iter().copied())
        .chain(crate::context::CODES.iter().copied())
        .chain(crate::gate::WAIVER_CODES.iter().copied())
        .chain(crate::run::CODES.iter().copied())
        .map(|code| (code.name, code))
        .collect()
}

fn unknown(name: &str, gates: &LoadedGates) -> CliError {
    let codes = codes();
    let known = codes
        .keys()
        .copied()
        .chain(KINDS.iter().map(|kind| kind.name()))
        .chain(VerdictName::ALL.map(VerdictName::as_str))
        .chain(gates.keys().map(String::as_str));
    let help = match nearest(name, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`driftgate explain` names all codes and kinds, `driftgate list` all gates".into(),
    };
    CliError::usage(format!(
        "no code, kind, verdict or gate is named `{}`",
        printable(name)
    ))
    .help(help)
}

fn overview(out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{BOLD}Kinds{BOLD:#}")?;
    for kind in KINDS {
        writeln!(
            out,
            "  {BOLD}{}{BOLD:#}\n      {}",
            kind.name(),
            kind.about()
        )?;
    }
    writeln!(out, "\n{BOLD}Verdicts{BOLD:#}")?;
    for verdict in VerdictName::ALL {
        writeln!(out, "  {BOLD}{verdict}{BOLD:#}\n      {}", prose(verdict))?;
    }
    writeln!(out, "\n{BOLD}What forges do differently{BOLD:#}")?;
    for row in TABLE {
        writeln!(out, "  {BOLD}{}{BOLD:#}\n      {}", row.name, row.what)?;
    }
    writeln!(out, "\n{BOLD}Finding codes{BOLD:#}")?;
    for code in codes().values() {
        writeln!(out, "  {BOLD}{code}{BOLD:#}\n      {}", code.what)?;
    }
    Ok(())
}

fn explain_code(out: &mut dyn Write, code: &Code) -> io::Result<()> {
    writeln!(
        out,
        "{BOLD}{code}{BOLD:#}  a finding code\n\n{}\n",
        code.what
    )?;
    writeln!(out, "{BOLD}Why it matters{BOLD:#}\n{}\n", code.why)?;
    writeln!(out, "{BOLD}How to mend it{BOLD:#}\n{}", code.mend)?;
    if let Some(check) = about_checks().find(|check| check.code == code) {
        explain_check(out, &check)?;
    }
    let kinds: Vec<_> = KINDS
        .iter()
        .filter(|kind| kind.codes().contains(&code))
        .map(|kind| kind.name())
        .collect();
    if kinds.is_empty() {
        writeln!(out, "\nAny gate can report it.")
    } else {
        writeln!(out, "\nReported by gates of kind {}.", kinds.join(", "))
    }
}

/// What else there is to say about a code that is a check of a life.
fn explain_check(out: &mut dyn Write, check: &AboutCheck) -> io::Result<()> {
    writeln!(
        out,
        "\n{BOLD}What the check proves{BOLD:#}\n{}\n\nprofile: {}\nchapter: {}\nfrom: {}",
        check.proves, check.profile, check.chapter, check.cites
    )?;
    for (key, values) in [("needs", check.needs.as_slice()), ("after", check.after)] {
        if !values.is_empty() {
            writeln!(out, "{key}: {}", values.join(", "))?;
        }
    }
    writeln!(out, "\n{BOLD}Faults that turn it red{BOLD:#}")?;
    for name in check.faults {
        let about = Told::named(name).map(Told::about).unwrap_or_default();
        writeln!(out, "  {BOLD}{name}{BOLD:#}\n      {about}")?;
    }
    Ok(())
}

fn explain_kind(out: &mut dyn Write, kind: &dyn Kind) -> io::Result<()> {
    let name = kind.name();
    writeln!(
        out,
        "{BOLD}{name}{BOLD:#}  a kind of gate\n\n{}\n",
        kind.about()
    )?;
    writeln!(out, "{BOLD}Findings{BOLD:#}")?;
    for code in kind.codes() {
        writeln!(out, "  {BOLD}{code}{BOLD:#}\n      {}", code.what)?;
    }
    writeln!(
        out,
        "\n`driftgate schema {name}` prints the JSON Schema of its gate files."
    )
}

fn explain_gate(out: &mut dyn Write, gate: &dyn Check) -> io::Result<()> {
    let header = gate.header();
    let lanes: Vec<_> = header.lanes.iter().map(|lane| lane.name()).collect();
    writeln!(
        out,
        "{BOLD}{}{BOLD:#}  a gate of kind {}\n\n{}\n",
        header.id,
        header.kind,
        printable(&header.about)
    )?;
    writeln!(out, "file: {}", printable(&header.file))?;
    writeln!(out, "lanes: {}", lanes.join(", "))?;
    writeln!(
        out,
        "severity: {}",
        match header.severity {
            crate::gate::Severity::Blocking => "blocking",
            crate::gate::Severity::Advisory => "advisory; it never changes the exit code",
        }
    )?;
    if header.required {
        writeln!(out, "required: only its lane may skip it")?;
    }
    writeln!(out, "inspects at least: {}", header.min_inspected)?;
    for source in gate.sources() {
        writeln!(out, "source: {source}")?;
    }
    for waiver in &header.waivers {
        writeln!(
            out,
            "waiver: {} until {}: {}",
            waiver.code,
            waiver.until,
            printable(&waiver.reason)
        )?;
    }
    writeln!(
        out,
        "\n`driftgate explain {}` tells about its kind.",
        header.kind
    )
}

/// What a verdict means.
fn prose(verdict: VerdictName) -> &'static str {
    match verdict {
        VerdictName::Pass => "It looked, inspected enough, and found nothing that blocks.",
        VerdictName::Fail => "It found something that blocks.",
        VerdictName::Vacuous => {
            "It looked, and inspected too little: an empty source, a pattern that matches nothing. Nothing was found because there was nothing to look at."
        }
        VerdictName::Refused => {
            "An answer came that prevents checking: access denied, malformed input, a missing source, an unreadable file."
        }
        VerdictName::Unreachable => {
            "No answer came after the retries: a network, a daemon, a registry, or the gate's own time limit."
        }
        VerdictName::Skipped => {
            "Not in this lane, waived as a whole, or not started. A required gate is skipped by its lane only."
        }
    }
}
