use std::io::{self, Write};

use serde_json::{Map, Value};

use super::text::printable;
use crate::gate::{CellState, Matrix};

/// How many files are shown.
const SHOWN: usize = 30;

/// Writes which deliveries drifted, a row a file and a column a delivery, where a gate has several of them and one of
/// them does not agree.
pub(super) fn write_matrix(out: &mut dyn Write, facts: &Map<String, Value>) -> io::Result<()> {
    let Some(matrix) = matrix_of(facts).filter(Matrix::has_drift) else {
        return Ok(());
    };
    writeln!(out, "  by delivery ({}):", legend(&matrix))?;
    let width = matrix.deliveries.len().to_string().len();
    for (number, column) in matrix.deliveries.iter().enumerate() {
        let name = printable(&column.name);
        write!(
            out,
            "    {} {:>width$}  {name}",
            sign(column.state),
            number + 1
        )?;
        if column.codes.is_empty() {
            writeln!(out)?;
        } else {
            writeln!(out, ": {}", printable(&column.codes.join(", ")))?;
        }
    }
    if matrix.files.is_empty() {
        return Ok(());
    }
    let heads: Vec<_> = (1..=matrix.deliveries.len())
        .map(|number| format!("{number:>width$}"))
        .collect();
    writeln!(out, "    {}", heads.join(" "))?;
    for row in matrix.files.iter().take(SHOWN) {
        let signs: Vec<_> = row
            .cells
            .iter()
            .map(|cell| format!("{:>width$}", sign(cell.state)))
            .collect();
        writeln!(out, "    {}  {}", signs.join(" "), printable(&row.file))?;
    }
    let more = matrix.files.len().saturating_sub(SHOWN) + matrix.more;
    if more > 0 {
        writeln!(out, "    {more} more files differ")?;
    }
    Ok(())
}

/// The matrix among the facts of a gate.
pub fn matrix_of(facts: &Map<String, Value>) -> Option<Matrix> {
    serde_json::from_value(facts.get("matrix")?.clone()).ok()
}

fn sign(state: CellState) -> char {
    match state {
        CellState::Agrees => '=',
        CellState::Differs => 'x',
        CellState::Unknown => '?',
        CellState::NotCompared => '.',
    }
}

/// What the signs mean, of those that there are.
fn legend(matrix: &Matrix) -> String {
    let of_cells = matrix
        .files
        .iter()
        .flat_map(|row| &row.cells)
        .map(|cell| cell.state);
    let mut states: Vec<_> = matrix
        .deliveries
        .iter()
        .map(|column| column.state)
        .chain(of_cells)
        .collect();
    states.sort_unstable();
    states.dedup();
    let words: Vec<_> = states
        .into_iter()
        .map(|state| {
            let word = match state {
                CellState::Agrees => "agrees",
                CellState::Differs => "differs",
                CellState::Unknown => "could not be looked at",
                CellState::NotCompared => "not compared",
            };
            format!("{} {word}", sign(state))
        })
        .collect();
    words.join(", ")
}
