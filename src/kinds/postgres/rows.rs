use serde_json::{Map, Value};
use similar::TextDiff;

use super::expectation::ExpectedRow;

/// How many characters of one value are shown.
const SHOWN: usize = 200;

/// The rows that a probe was answered with.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Vec<Option<String>>>,
    /// Whether there were more than are kept.
    pub(super) more: bool,
}

impl Rows {
    /// What is wrong with them, in one clause; `None` where they are as expected.
    pub(super) fn differ(&self, expected: &[ExpectedRow]) -> Option<String> {
        for row in expected {
            if let ExpectedRow::ByColumn(wanted) = row
                && let Some(name) = wanted.keys().find(|name| self.column(name).is_none())
                && !self.columns.is_empty()
            {
                return Some(format!(
                    "there is no column `{name}` among {}",
                    self.columns.join(", ")
                ));
            }
        }
        if self.more || self.rows.len() != expected.len() {
            let more = if self.more { "more than " } else { "" };
            return Some(format!(
                "{} expected, {more}{} answered",
                count(expected.len()),
                count(self.rows.len())
            ));
        }
        let wrong = expected
            .iter()
            .zip(&self.rows)
            .position(|(wanted, row)| !self.is_row(wanted, row))?;
        Some(format!("row {} is another", wrong + 1))
    }

    fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }

    fn is_row(&self, wanted: &ExpectedRow, row: &[Option<String>]) -> bool {
        match wanted {
            ExpectedRow::List(values) => {
                values.len() == row.len()
                    && values
                        .iter()
                        .zip(row)
                        .all(|(wanted, value)| is_value(wanted, value.as_deref()))
            }
            ExpectedRow::ByColumn(columns) => columns.iter().all(|(name, wanted)| {
                self.column(name)
                    .and_then(|index| row.get(index))
                    .is_some_and(|value| is_value(wanted, value.as_deref()))
            }),
        }
    }

    /// A diff from the expected rows to the answered ones.
    pub(super) fn diff(&self, expected: &[ExpectedRow]) -> String {
        let lines = |rows: Vec<Value>| {
            rows.iter()
                .map(|row| format!("{row}\n"))
                .collect::<String>()
        };
        let wanted = expected.iter().zip(0..).map(|(row, at)| match row {
            // What fits is shown as it was answered, so that only what does not stands out.
            row if self.rows.get(at).is_some_and(|got| self.is_row(row, got)) => {
                self.show(row, &self.rows[at])
            }
            ExpectedRow::List(values) => Value::Array(values.clone()),
            ExpectedRow::ByColumn(columns) => Value::Object(columns.clone()),
        });
        let like = expected.first();
        let got = self
            .rows
            .iter()
            .zip(0..)
            .map(|(row, at)| match expected.get(at).or(like) {
                Some(wanted) => self.show(wanted, row),
                None => list(row),
            });
        let (wanted, mut got) = (lines(wanted.collect()), lines(got.collect()));
        if self.more {
            got.push_str("…\n");
        }
        TextDiff::from_lines(&wanted, &got)
            .unified_diff()
            .context_radius(1)
            .header("expected", "answered")
            .to_string()
    }

    /// An answered row in the shape of an expected one.
    fn show(&self, like: &ExpectedRow, row: &[Option<String>]) -> Value {
        match like {
            ExpectedRow::List(_) => list(row),
            ExpectedRow::ByColumn(wanted) => {
                let columns: Map<String, Value> = self
                    .columns
                    .iter()
                    .zip(row)
                    .filter(|(name, _)| wanted.contains_key(*name))
                    .map(|(name, value)| (name.clone(), cell(value.as_deref())))
                    .collect();
                Value::Object(columns)
            }
        }
    }
}

fn count(rows: usize) -> String {
    match rows {
        0 => "no row".to_owned(),
        1 => "1 row".to_owned(),
        n => format!("{n} rows"),
    }
}

fn list(row: &[Option<String>]) -> Value {
    row.iter().map(|value| cell(value.as_deref())).collect()
}

fn cell(value: Option<&str>) -> Value {
    match value {
        None => Value::Null,
        Some(text) if text.chars().count() > SHOWN => {
            let start: String = text.chars().take(SHOWN).collect();
            Value::from(format!("{start}…"))
        }
        Some(text) => Value::from(text),
    }
}

/// Whether a value, in the text that the server writes for it, is the expected one.
fn is_value(wanted: &Value, text: Option<&str>) -> bool {
    let Some(text) = text else {
        return wanted.is_null();
    };
    match wanted {
        Value::Null => false,
        Value::Bool(true) => matches!(text, "t" | "true"),
        Value::Bool(false) => matches!(text, "f" | "false"),
        Value::Number(number) => is_number(&number.to_string(), text),
        Value::String(wanted) => wanted == text,
        Value::Array(_) | Value::Object(_) => {
            serde_json::from_str::<Value>(text).is_ok_and(|value| value == *wanted)
        }
    }
}

fn is_number(wanted: &str, text: &str) -> bool {
    if wanted == text {
        return true;
    }
    match (wanted.parse::<i128>(), text.parse::<i128>()) {
        (Ok(wanted), Ok(value)) => wanted == value,
        _ => match (wanted.parse::<f64>(), text.parse::<f64>()) {
            (Ok(wanted), Ok(value)) => wanted == value,
            _ => false,
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answered(columns: &[&str], rows: &[&[Option<&str>]]) -> Rows {
        Rows {
            columns: columns.iter().map(ToString::to_string).collect(),
            rows: rows
                .iter()
                .map(|row| row.iter().map(|value| value.map(str::to_owned)).collect())
                .collect(),
            more: false,
        }
    }

    fn list(values: Value) -> ExpectedRow {
        match values {
            Value::Array(values) => ExpectedRow::List(values),
            Value::Object(columns) => ExpectedRow::ByColumn(columns),
            other => panic!("{other} is no row"),
        }
    }

    #[test]
    fn values_are_compared_by_what_they_mean() {
        let rows = answered(
            &["a", "b", "c", "d", "e"],
            &[&[
                Some("1.50"),
                Some("t"),
                None,
                Some("{\"x\": [1]}"),
                Some("01"),
            ]],
        );
        let good = list(json!([1.5, true, null, {"x": [1]}, "01"]));
        assert_eq!(rows.differ(&[good]), None);
        for wrong in [
            json!([1.5, true, null, {"x": [1]}, "1"]),
            json!([1.5, true, "", {"x": [1]}, "01"]),
            json!([1.5, false, null, {"x": [1]}, "01"]),
            json!([1.5, true, null, {"x": [2]}, "01"]),
            json!([1.5, true, null, {"x": [1]}]),
        ] {
            let said = rows.differ(&[list(wrong.clone())]);
            assert_eq!(said.as_deref(), Some("row 1 is another"), "{wrong}");
        }
    }

    #[test]
    fn rows_by_column_name_only_what_matters() {
        let rows = answered(&["id", "name"], &[&[Some("7"), Some("x")]]);
        assert_eq!(rows.differ(&[list(json!({"name": "x"}))]), None);
        assert_eq!(
            rows.differ(&[list(json!({"nam": "x"}))]).as_deref(),
            Some("there is no column `nam` among id, name")
        );
        let wrong = list(json!({"name": "y"}));
        assert_eq!(
            rows.diff(&[wrong]),
            "--- expected\n+++ answered\n@@ -1 +1 @@\n-{\"name\":\"y\"}\n+{\"name\":\"x\"}\n"
        );
    }

    #[test]
    fn the_number_of_rows_is_part_of_the_answer() {
        let rows = answered(&["a"], &[&[Some("1")]]);
        assert_eq!(
            rows.differ(&[]).as_deref(),
            Some("no row expected, 1 row answered")
        );
        let none = answered(&["a"], &[]);
        assert_eq!(
            none.differ(&[list(json!([1]))]).as_deref(),
            Some("1 row expected, no row answered")
        );
        assert_eq!(none.differ(&[]), None);
    }
}
