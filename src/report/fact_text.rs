use std::io::{self, Write};

use serde_json::{Map, Value};

use super::text::printable;

/// How much of a step of evidence stands on a line, in characters.
const STEP: usize = 160;

/// Writes a fact: on one line, or where it is a list of checks, one line each with the evidence
/// beneath.
pub(super) fn write_fact(out: &mut dyn Write, key: &str, value: &Value) -> io::Result<()> {
    let checks = value.as_array().and_then(|values| {
        let checks: Option<Vec<_>> = values.iter().map(Check::of).collect();
        checks.filter(|checks| !checks.is_empty())
    });
    let Some(checks) = checks else {
        return writeln!(
            out,
            "  {}: {}",
            printable(key),
            printable(&value.to_string())
        );
    };
    writeln!(out, "  {}:", printable(key))?;
    for check in checks {
        check.write(out)?;
    }
    Ok(())
}

/// One of several things that a gate did, with what it saw.
struct Check<'a> {
    id: &'a str,
    outcome: &'a str,
    fields: &'a Map<String, Value>,
}

impl<'a> Check<'a> {
    fn of(value: &'a Value) -> Option<Self> {
        let fields = value.as_object()?;
        Some(Self {
            id: fields.get("id")?.as_str()?,
            outcome: fields.get("outcome")?.as_str()?,
            fields,
        })
    }

    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let text = |key: &str| self.fields.get(key).and_then(Value::as_str);
        let time = match self.fields.get("ms").and_then(Value::as_f64) {
            Some(ms) => format!("{ms:>8.1} ms"),
            None => format!("{:>11}", ""),
        };
        let about = match text("because") {
            Some(because) => format!("because {because}"),
            None => text("proves").unwrap_or_default().to_owned(),
        };
        writeln!(
            out,
            "    {} {time}  {}: {}",
            printable(&format!("{:<14}", self.outcome)),
            printable(self.id),
            printable(&about)
        )?;
        let steps = self.fields.get("evidence").and_then(Value::as_array);
        for step in steps.into_iter().flatten() {
            let line: String = shown(step).chars().take(STEP).collect();
            writeln!(out, "        {}", printable(&line))?;
        }
        Ok(())
    }
}

/// A step as `key value, key value`.
fn shown(step: &Value) -> String {
    let Some(fields) = step.as_object() else {
        return step.to_string();
    };
    let parts: Vec<String> = fields
        .iter()
        .map(|(key, value)| match value {
            Value::String(text) => format!("{key} {text}"),
            other => format!("{key} {other}"),
        })
        .collect();
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn written(value: &Value) -> String {
        let mut out = Vec::new();
        write_fact(&mut out, "checks", value).expect("a buffer takes all");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn checks_stand_on_a_line_each_with_their_evidence_beneath() {
        let text = written(&json!([
            {"id": "a", "outcome": "passed", "ms": 1.5, "proves": "It holds.",
             "evidence": [{"request": "GET /health", "answer": "200"}]},
            {"id": "b", "outcome": "left-out", "because": "there is none"},
        ]));
        let lines: Vec<String> = text
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        assert_eq!(
            lines,
            [
                "checks:",
                "passed 1.5 ms a: It holds.",
                "request GET /health, answer 200",
                "left-out b: because there is none",
            ]
        );
    }

    #[test]
    fn any_other_fact_stays_on_its_line() {
        assert_eq!(written(&json!([{"id": 1}])), "  checks: [{\"id\":1}]\n");
        assert_eq!(written(&json!([])), "  checks: []\n");
    }
}
