use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::{GateProof, Proofs};
use crate::gate::VerdictName;

/// Writes the proofs for a person: a line a gate, and below it what is not proved and why.
///
/// Colour codes are always written; the stream is to strip them where they are not wanted.
///
/// # Errors
/// When writing fails.
pub fn write_human(out: &mut impl Write, proofs: &Proofs) -> io::Result<()> {
    let gates = &proofs.gates;
    let green = Style::new().fg_color(Some(AnsiColor::Green.into()));
    let red = Style::new().fg_color(Some(AnsiColor::Red.into())).bold();
    let dim = Style::new().dimmed();
    let width = gates.iter().map(|gate| gate.id.len()).max().unwrap_or(0);
    for gate in gates {
        let style = match gate.baseline {
            VerdictName::Pass if gate.protections.is_empty() && gate.left_out > 0 => dim,
            _ if gate.keeps_its_promises() => green,
            VerdictName::Skipped => dim,
            _ => red,
        };
        let id = &gate.id;
        match &gate.reason {
            None => writeln!(
                out,
                "{style}{id:width$}{style:#}  proved {} of {}{}",
                gate.proved(),
                gate.protections.len(),
                not_asked_for(gate.left_out)
            )?,
            Some(reason) if gate.baseline == VerdictName::Skipped => {
                writeln!(out, "{style}{id:width$}{style:#}  {reason}")?;
            }
            Some(reason) => writeln!(out, "{style}{id:width$}{style:#}  not proved: {reason}")?,
        }
        for proof in &gate.protections {
            if let Some(reason) = &proof.unproved {
                writeln!(out, "  {red}unproved{red:#}  {}: {reason}", proof.name)?;
            }
        }
    }
    let proved: usize = gates.iter().map(GateProof::proved).sum();
    let of: usize = gates.iter().map(|gate| gate.protections.len()).sum();
    let whole = gates.iter().filter(|gate| gate.is_proved()).count();
    let looked = gates
        .iter()
        .filter(|gate| gate.baseline != VerdictName::Skipped)
        .count();
    if looked == 0 {
        return writeln!(out, "nothing was proved: there was no gate to prove");
    }
    let left_out: usize = gates.iter().map(|gate| gate.left_out).sum();
    if left_out > 0 {
        return match of {
            0 => writeln!(out, "nothing was proved: no violation has such a name"),
            _ => writeln!(
                out,
                "{proved} of {of} protections proved{}",
                not_asked_for(left_out)
            ),
        };
    }
    writeln!(
        out,
        "{proved} of {of} protections proved; {whole} of {looked} gates can fail as they promise"
    )
}

fn not_asked_for(left_out: usize) -> String {
    match left_out {
        0 => String::new(),
        n => format!("; {n} left out"),
    }
}
