use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use anstyle::{AnsiColor, Style};
use clap::ArgAction;
use clap::builder::BoolishValueParser;
use similar::{ChangeTag, TextDiff};

use super::open::OpenArgs;
use super::project::Project;
use super::stdout::to_stdout;
use super::{CliError, Global};
use crate::config::nearest;
use crate::context::{Cancel, Checkout};
use crate::exit_code::ExitCode;
use crate::gate::{Mend, ObstacleKind, apply_edits};
use crate::report::printable;

/// Show, and with --write make, the changes that take a gate's findings away
///
/// Only changes that make a file stricter are made; others are shown with what has to be looked at.
/// Ends with 1 where something is left to do, as it is without --write.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The gate
    #[arg(value_name = "GATE")]
    name: String,

    /// Write the changes into the files
    #[arg(long, env = "DRIFTGATE_FIX_WRITE", hide_env = true, action = ArgAction::SetTrue, value_parser = BoolishValueParser::new())]
    write: bool,

    /// Write also into files whose content git does not have
    #[arg(long, env = "DRIFTGATE_ALLOW_DIRTY", hide_env = true, action = ArgAction::SetTrue, value_parser = BoolishValueParser::new())]
    allow_dirty: bool,

    #[command(flatten)]
    open: OpenArgs,
}

/// A file before and after its safe mends.
struct Changed {
    path: String,
    before: String,
    after: String,
    mends: Vec<Mend>,
}

pub(super) fn execute(args: &Args, global: &Global) -> Result<ExitCode, CliError> {
    let project = Project::open(global)?;
    let clock = args.open.clock();
    let gates = project.load_gates()?;
    let Some(check) = gates.get(&args.name) else {
        let error = CliError::usage(format!("no gate is named `{}`", printable(&args.name)));
        return Err(
            match nearest(&args.name, gates.keys().map(String::as_str)) {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error.help("`driftgate list` names them all"),
            },
        );
    };
    let context = args.open.context(&project, clock, &Cancel::new())?;
    let Some(mends) = check.mends(&context) else {
        return Err(CliError::usage(format!(
            "gates of kind `{}` know no mends",
            check.header().kind
        ))
        .help("`driftgate diff GATE` shows what is wrong"));
    };
    let mends = match mends {
        Ok(mends) => mends,
        Err(obstacle) => {
            to_stdout(global, |out| {
                let told = printable(&obstacle.message);
                writeln!(out, "{}: not looked at: {told}", args.name)
            })?;
            return Ok(match obstacle.kind {
                ObstacleKind::Refused | ObstacleKind::Vacuous => ExitCode::NotChecked,
                ObstacleKind::Unreachable => ExitCode::Unreachable,
            });
        }
    };
    let (safe, doubtful): (Vec<Mend>, Vec<Mend>) =
        mends.into_iter().partition(|mend| mend.doubt.is_none());
    let changed = changes(&project.root, safe)?;
    let written = args.write && !changed.is_empty();
    if written {
        write_all(&project.root, &changed, args.allow_dirty)?;
    }
    to_stdout(global, |out| {
        for file in &changed {
            show(out, file, written)?;
        }
        for mend in &doubtful {
            let doubt = mend.doubt.as_deref().unwrap_or_default();
            writeln!(
                out,
                "{}: not made: {}: {}",
                printable(&mend.path),
                printable(&mend.about),
                printable(doubt)
            )?;
        }
        if changed.is_empty() && doubtful.is_empty() {
            writeln!(out, "{}: nothing to mend", args.name)?;
        }
        Ok(())
    })?;
    let left = !doubtful.is_empty() || !changed.is_empty() && !written;
    Ok(if left { ExitCode::Failed } else { ExitCode::Ok })
}

/// The mends of each file, together.
fn changes(root: &Path, mends: Vec<Mend>) -> Result<Vec<Changed>, CliError> {
    let mut by_path: BTreeMap<String, Vec<Mend>> = BTreeMap::new();
    for mend in mends {
        by_path.entry(mend.path.clone()).or_default().push(mend);
    }
    let mut changed = Vec::new();
    for (path, mends) in by_path {
        let before = std::fs::read_to_string(root.join(&path))
            .map_err(|error| CliError::usage(format!("failed to read {path}: {error}")))?;
        let edits = mends.iter().flat_map(|mend| &mend.edits);
        // Edits count from behind a byte order mark, which stays.
        let mark = if before.starts_with('\u{feff}') {
            "\u{feff}"
        } else {
            ""
        };
        let body = &before[mark.len()..];
        let after = apply_edits(body, edits).map(|after| format!("{mark}{after}"));
        let after = after.ok_or_else(|| {
            CliError::usage(format!("the changes of {path} overlap"))
                .help("this is a bug; please report it with the file")
        })?;
        changed.push(Changed {
            path,
            before,
            after,
            mends,
        });
    }
    Ok(changed)
}

/// Writes all files, or none where one of them holds what git does not have.
fn write_all(root: &Path, changed: &[Changed], allow_dirty: bool) -> Result<(), CliError> {
    if !allow_dirty {
        let checkout = Checkout::of(root).map_err(|problem| dirty(&problem))?;
        for file in changed {
            let committed = checkout
                .is_committed(Path::new(&file.path), file.before.as_bytes())
                .map_err(|problem| dirty(&problem))?;
            if !committed {
                return Err(dirty(&format!(
                    "{} has changes that are not committed",
                    file.path
                )));
            }
        }
    }
    for file in changed {
        replace(&root.join(&file.path), &file.after)
            .map_err(|error| CliError::usage(format!("failed to write {}: {error}", file.path)))?;
    }
    Ok(())
}

fn dirty(problem: &str) -> CliError {
    CliError::usage(format!("{problem}; nothing was written"))
        .help("commit it first, or give --allow-dirty")
}

/// Replaces a file as a whole, with the permissions that it has.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let path = path.canonicalize()?;
    let permissions = path.metadata()?.permissions();
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new()
        .prefix(".driftgate-")
        .permissions(permissions)
        .tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(&path).map_err(|error| error.error)?;
    Ok(())
}

fn show(out: &mut dyn Write, file: &Changed, written: bool) -> io::Result<()> {
    let bold = Style::new().bold();
    let verb = if written { "written" } else { "to write" };
    writeln!(out, "{bold}{}{bold:#}: {verb}", printable(&file.path))?;
    for mend in &file.mends {
        writeln!(out, "  {}", printable(&mend.about))?;
    }
    writeln!(out, "--- a/{0}\n+++ b/{0}", printable(&file.path))?;
    let diff = TextDiff::from_lines(&file.before, &file.after);
    for hunk in diff.unified_diff().iter_hunks() {
        writeln!(out, "{}", hunk.header())?;
        for change in hunk.iter_changes() {
            let (sign, colour) = match change.tag() {
                ChangeTag::Delete => ("-", Style::new().fg_color(Some(AnsiColor::Red.into()))),
                ChangeTag::Insert => ("+", Style::new().fg_color(Some(AnsiColor::Green.into()))),
                ChangeTag::Equal => (" ", Style::new()),
            };
            let line = change.value().trim_end_matches(['\r', '\n']);
            writeln!(out, "{colour}{sign}{}{colour:#}", printable(line))?;
        }
    }
    Ok(())
}
