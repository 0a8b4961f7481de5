use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::text::printable;
use crate::gate::{Finding, Level};

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const FRAME: Style = AnsiColor::Blue.on_default().bold();
const REMOVED: Style = AnsiColor::Red.on_default();
const ADDED: Style = AnsiColor::Green.on_default();
const HUNK: Style = AnsiColor::Cyan.on_default();
const BOLD: Style = Style::new().bold();

/// How much of a diff is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiffLines {
    All,
    AtMost(usize),
}

/// Writes a finding the way compilers do. `gate` is named where more of the diff can be had.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_finding(
    out: &mut dyn Write,
    gate: &str,
    finding: &Finding,
    lines: DiffLines,
) -> io::Result<()> {
    let (style, word) = match finding.level {
        Level::Block => (ERROR, "error"),
        Level::Advisory => (WARNING, "advisory"),
    };
    writeln!(
        out,
        "{style}{word}[{}]{style:#}{BOLD}: {}{BOLD:#}",
        finding.code,
        printable(&finding.message)
    )?;
    for (index, location) in finding.locations.iter().enumerate() {
        let arrow = if index == 0 { "-->" } else { ":::" };
        writeln!(
            out,
            "  {FRAME}{arrow}{FRAME:#} {}",
            printable(&location.to_string())
        )?;
    }
    if let Some(digests) = &finding.digests {
        let short = |digest: &Option<String>| match digest {
            Some(digest) => digest.get(..16).unwrap_or(digest).to_owned(),
            None => "absent".to_owned(),
        };
        writeln!(
            out,
            "   {FRAME}={FRAME:#} sha256: source {}, delivered {}",
            short(&digests.source),
            short(&digests.delivered)
        )?;
    }
    let help = finding.help.as_deref().unwrap_or(finding.code.mend);
    writeln!(
        out,
        "   {FRAME}={FRAME:#} {BOLD}help{BOLD:#}: {}",
        printable(help)
    )?;
    match &finding.diff {
        Some(diff) => write_diff(out, gate, diff, lines),
        None => Ok(()),
    }
}

fn write_diff(out: &mut dyn Write, gate: &str, diff: &str, lines: DiffLines) -> io::Result<()> {
    let total = diff.lines().count();
    let shown = match lines {
        DiffLines::All => total,
        DiffLines::AtMost(most) => most.min(total),
    };
    for line in diff.lines().take(shown) {
        let style = match line.as_bytes().first() {
            Some(b'-') => REMOVED,
            Some(b'+') => ADDED,
            Some(b'@') => HUNK,
            _ => Style::new(),
        };
        writeln!(out, "   {style}{}{style:#}", printable(line))?;
    }
    if shown < total {
        writeln!(
            out,
            "   {FRAME}={FRAME:#} {} more {}: driftgate diff {gate}",
            total - shown,
            if total - shown == 1 { "line" } else { "lines" }
        )?;
    }
    Ok(())
}
