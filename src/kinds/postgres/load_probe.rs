use std::time::Duration;

use serde_saphyr::Spanned;

use super::expectation::ExpectedRow;
use super::rules::{Expected, ExpectedError, Probe};
use super::script::Script;
use super::spec::{ExpectErrorSpec, ProbeSpec};
use crate::config::{GateFile, SpecError, parse_duration};
use crate::gate::Location;

/// How long a probe may take where the gate does not say.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Reads one probe.
pub(super) fn load_probe(
    file: &GateFile,
    spec: &ProbeSpec,
    errors: &mut Vec<SpecError>,
) -> Option<Probe> {
    let before = errors.len();
    let name = spec.name.value.trim();
    if name.is_empty() {
        errors.push(SpecError::at(
            file,
            spec.name.referenced,
            "`name` is empty; findings call the probe by it",
        ));
    }
    check_sql(file, spec, errors);
    let expected = expected(file, spec, errors);
    let timeout = match &spec.timeout {
        None => TIMEOUT,
        Some(timeout) => parse_duration(&timeout.value).unwrap_or_else(|problem| {
            errors.push(SpecError::at(file, timeout.referenced, problem));
            TIMEOUT
        }),
    };
    let number = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
    let at = spec.name.referenced;
    let expected = expected?;
    (errors.len() == before).then(|| Probe {
        name: name.to_owned(),
        setup: spec.setup.as_ref().map(|setup| setup.value.clone()),
        sql: spec.sql.value.clone(),
        expected,
        timeout,
        violation: spec.violation.as_ref().map(|sql| sql.value.clone()),
        at: Location::at(&file.name, number(at.line()), number(at.column())),
    })
}

fn expected(file: &GateFile, spec: &ProbeSpec, errors: &mut Vec<SpecError>) -> Option<Expected> {
    match (&spec.expect, &spec.expect_error) {
        (Some(rows), None) => {
            for row in &rows.value {
                let is_empty = match row {
                    ExpectedRow::List(values) => values.is_empty(),
                    ExpectedRow::ByColumn(columns) => columns.is_empty(),
                };
                if is_empty {
                    errors.push(
                        SpecError::at(file, rows.referenced, "a row without values says nothing")
                            .help("no rows at all are expected with `expect: []`"),
                    );
                }
            }
            Some(Expected::Rows(rows.value.clone()))
        }
        (None, Some(error)) => expected_error(file, error, errors).map(Expected::Error),
        (None, None) => {
            errors.push(
                SpecError::at(
                    file,
                    spec.name.referenced,
                    format!("probe `{}` expects nothing", spec.name.value),
                )
                .help("give `expect` with the rows, or `expect_error` with the SQLSTATE"),
            );
            None
        }
        (Some(rows), Some(_)) => {
            errors.push(SpecError::at(
                file,
                rows.referenced,
                "`expect` and `expect_error` exclude each other; give one",
            ));
            None
        }
    }
}

fn expected_error(
    file: &GateFile,
    spec: &ExpectErrorSpec,
    errors: &mut Vec<SpecError>,
) -> Option<ExpectedError> {
    let state = &spec.sqlstate;
    let good = state.value.len() == 5
        && state
            .value
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    if !good {
        errors.push(
            SpecError::at(
                file,
                state.referenced,
                format!("`{}` is no SQLSTATE", state.value),
            )
            .help("it has five digits or capital letters, such as 23505; quote it"),
        );
    }
    good.then(|| ExpectedError {
        sqlstate: state.value.clone(),
        constraint: spec.constraint.clone(),
        table: spec.table.clone(),
    })
}

/// A probe is one statement inside a transaction that is not its own.
fn check_sql(file: &GateFile, spec: &ProbeSpec, errors: &mut Vec<SpecError>) {
    let mut refuse = |sql: &Spanned<String>, message: String| {
        errors.push(SpecError::at(file, sql.referenced, message));
    };
    let given = [
        ("sql", Some(&spec.sql)),
        ("setup", spec.setup.as_ref()),
        ("violation", spec.violation.as_ref()),
    ];
    for (key, sql) in given {
        let Some(sql) = sql else { continue };
        if sql.value.contains('\0') {
            refuse(sql, format!("`{key}` has a NUL byte"));
            continue;
        }
        // What cannot be told apart into words is the server's to refuse.
        let Some(script) = Script::split(&sql.value) else {
            continue;
        };
        match (script.statements.len(), key) {
            (0, _) => refuse(sql, format!("`{key}` has no statement")),
            (2.., "sql") => refuse(
                sql,
                "`sql` is one statement; what must run before it goes into `setup`".to_owned(),
            ),
            _ => {}
        }
        if let Some(word) = script.transaction_control()
            && key != "violation"
        {
            refuse(
                sql,
                format!("`{key}` has {word}; a probe runs in a transaction that is rolled back"),
            );
        }
    }
}
