use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Inspection;

/// How many files are listed.
const MOST: usize = 500;

/// Files against deliveries, of a gate that has several: one look shows which of them drifted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Matrix {
    /// The columns, in the order of the gate.
    pub deliveries: Vec<Column>,
    /// The rows: every file that differs in one of the deliveries, by its name in the source where it has one, 500 at
    /// the most.
    pub files: Vec<Row>,
    /// How many more there are.
    #[serde(default, skip_serializing_if = "is_none")]
    pub more: usize,
}

/// A delivery as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Column {
    pub name: String,
    pub state: CellState,
    /// Codes of what is about no single file of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<String>,
}

/// A file in all deliveries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Row {
    pub file: String,
    /// One a delivery, in their order.
    pub cells: Vec<Cell>,
}

/// A file in one delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Cell {
    pub state: CellState,
    /// Codes of what was found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<String>,
}

/// What is known of a file in a delivery, or of a delivery as a whole.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum CellState {
    /// It was looked at, and nothing is wrong with it.
    Agrees,
    /// Something was found.
    Differs,
    /// It could not be looked at.
    Unknown,
    /// It is none of what the delivery is about.
    NotCompared,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over a reference"
)]
fn is_none(more: &usize) -> bool {
    *more == 0
}

/// Codes by file; those of no file under `None`.
type Codes<'i> = BTreeMap<Option<&'i str>, BTreeSet<&'static str>>;

impl Matrix {
    /// Out of what was found in the parts of a gate that are its deliveries. `looked`: whether a part, by its number among
    /// `deliveries`, looked at a file.
    pub fn of(
        deliveries: &[&str],
        inspection: &Inspection,
        looked: impl Fn(usize, &str) -> bool,
    ) -> Self {
        let mut found: Vec<Codes<'_>> = vec![Codes::new(); deliveries.len()];
        let mut kept_from: Vec<BTreeSet<&'static str>> = vec![BTreeSet::new(); deliveries.len()];
        let number = |part: &Option<String>| {
            let part = part.as_deref()?;
            deliveries.iter().position(|name| *name == part)
        };
        for finding in &inspection.findings {
            if let Some(number) = number(&finding.part) {
                let codes = found[number].entry(finding.subject.as_deref()).or_default();
                codes.insert(finding.code.name);
            }
        }
        for obstacle in &inspection.obstacles {
            if let Some(number) = number(&obstacle.part) {
                kept_from[number].insert(obstacle.code.name);
            }
        }
        let files: BTreeSet<&str> = found
            .iter()
            .flat_map(|codes| codes.keys().copied().flatten())
            .collect();
        let cell = |number: usize, file: &str| match found[number].get(&Some(file)) {
            Some(codes) => Cell {
                state: CellState::Differs,
                codes: owned(codes),
            },
            None => Cell {
                state: if looked(number, file) {
                    CellState::Agrees
                } else if kept_from[number].is_empty() {
                    CellState::NotCompared
                } else {
                    CellState::Unknown
                },
                codes: Vec::new(),
            },
        };
        let rows = files.iter().take(MOST).map(|file| Row {
            file: (*file).to_owned(),
            cells: (0..deliveries.len())
                .map(|number| cell(number, file))
                .collect(),
        });
        let columns = deliveries.iter().enumerate().map(|(number, name)| {
            let part = inspection.parts().iter().find(|part| part.name() == *name);
            let mut codes = found[number].get(&None).cloned().unwrap_or_default();
            codes.extend(&kept_from[number]);
            Column {
                name: (*name).to_owned(),
                state: if !found[number].is_empty() {
                    CellState::Differs
                } else if !kept_from[number].is_empty() {
                    CellState::Unknown
                } else if part.is_some_and(|part| part.inspected() > 0) {
                    CellState::Agrees
                } else {
                    CellState::NotCompared
                },
                codes: owned(&codes),
            }
        });
        Self {
            files: rows.collect(),
            deliveries: columns.collect(),
            more: files.len().saturating_sub(MOST),
        }
    }

    /// Whether there is anything to show: a delivery that does not agree.
    pub fn has_drift(&self) -> bool {
        self.deliveries
            .iter()
            .any(|column| column.state != CellState::Agrees)
    }
}

fn owned(codes: &BTreeSet<&'static str>) -> Vec<String> {
    codes.iter().map(|code| (*code).to_owned()).collect()
}
