use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::Reporter;
use super::fact_text::write_fact;
use super::finding_text::{DiffLines, write_finding};
use super::matrix_text::write_matrix;
use super::text::{duration, printable};
use crate::gate::VerdictName;
use crate::run::{Counts, Event, GateOutcome, RunEnd};

/// How many lines of a diff stand beneath a finding.
const DIFF_LINES: usize = 40;

/// How much the human report says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Detail {
    /// Only gates that are not green, and the summary.
    Quiet,
    #[default]
    Normal,
    /// Also what the gates promise, and their facts.
    Verbose,
}

/// The report for people: a line a gate, findings beneath, a summary at the end.
#[derive(Debug)]
pub struct Human<W> {
    out: W,
    detail: Detail,
    /// The width of the column of names.
    width: usize,
}

impl<W> Human<W> {
    pub fn new(out: W, detail: Detail) -> Self {
        Self {
            out,
            detail,
            width: 0,
        }
    }
}

impl<W: Write> Reporter for Human<W> {
    fn tell(&mut self, event: &Event<'_>) -> io::Result<()> {
        match event {
            Event::Start(start) => {
                self.width = start.longest_id.min(48);
                Ok(())
            }
            Event::Gate(outcome) => {
                self.gate(outcome)?;
                self.out.flush()
            }
            Event::End(end) => {
                self.end(end)?;
                self.out.flush()
            }
            Event::Running { .. }
            | Event::Slow { .. }
            | Event::Retrying { .. }
            | Event::Done { .. } => Ok(()),
        }
    }
}

impl<W: Write> Human<W> {
    fn gate(&mut self, outcome: &GateOutcome) -> io::Result<()> {
        let verdict = outcome.verdict.name();
        let green = matches!(verdict, VerdictName::Pass | VerdictName::Skipped);
        if self.detail == Detail::Quiet && green && outcome.findings.is_empty() {
            return Ok(());
        }
        let (style, width) = (colour(verdict), self.width);
        write!(
            self.out,
            "{style}{verdict:<11}{style:#}  {:<width$}",
            outcome.id.as_str()
        )?;
        if outcome.attempts > 0 {
            write!(
                self.out,
                "  {} inspected  {}",
                outcome.inspected,
                duration(outcome.duration)
            )?;
        }
        if outcome.attempts > 1 {
            write!(self.out, "  {} attempts", outcome.attempts)?;
        }
        if outcome.severity == crate::gate::Severity::Advisory {
            write!(self.out, "  advisory")?;
        }
        if let Some(reason) = outcome.verdict.reason() {
            // An obstacle is shown in full beneath; it need not be said twice.
            if !outcome.findings.iter().any(|f| f.message == reason) {
                write!(self.out, "  {}", printable(reason))?;
            }
        }
        writeln!(self.out)?;
        if self.detail == Detail::Verbose {
            writeln!(self.out, "  {}", printable(&outcome.about))?;
            for (key, value) in &outcome.facts {
                write_fact(&mut self.out, key, value)?;
            }
        }
        write_matrix(&mut self.out, &outcome.facts)?;
        for finding in &outcome.findings {
            write_finding(
                &mut self.out,
                outcome.id.as_str(),
                finding,
                DiffLines::AtMost(DIFF_LINES),
            )?;
        }
        if !outcome.findings.is_empty() {
            writeln!(self.out)?;
        }
        Ok(())
    }

    fn end(&mut self, end: &RunEnd) -> io::Result<()> {
        for note in &end.notes {
            writeln!(self.out, "note: {}", printable(note))?;
        }
        writeln!(
            self.out,
            "{}; {} inspected in {}; exit {}: {}",
            counted(&end.counts),
            end.counts.inspected,
            duration(end.duration),
            end.exit_code.number(),
            end.exit_code.meaning()
        )
    }
}

/// `3 gates: 2 pass, 1 fail`.
fn counted(counts: &Counts) -> String {
    let gates = counts.gates();
    let kinds: Vec<String> = VerdictName::ALL
        .into_iter()
        .filter(|verdict| counts.get(*verdict) > 0)
        .map(|verdict| format!("{} {verdict}", counts.get(verdict)))
        .collect();
    let noun = if gates == 1 { "gate" } else { "gates" };
    if kinds.is_empty() {
        format!("{gates} {noun}")
    } else {
        format!("{gates} {noun}: {}", kinds.join(", "))
    }
}

fn colour(verdict: VerdictName) -> Style {
    match verdict {
        VerdictName::Pass => AnsiColor::Green.on_default().bold(),
        VerdictName::Fail => AnsiColor::Red.on_default().bold(),
        VerdictName::Vacuous | VerdictName::Refused => AnsiColor::Magenta.on_default().bold(),
        VerdictName::Unreachable => AnsiColor::Yellow.on_default().bold(),
        VerdictName::Skipped => AnsiColor::BrightBlack.on_default(),
    }
}
