use super::sample::tell_all;
use crate::report::{Json, Junit, report_schema};

fn json() -> serde_json::Value {
    let mut out = Vec::new();
    tell_all(&mut Json::new(&mut out));
    serde_json::from_slice(&out).unwrap()
}

#[test]
fn the_json_report_is_valid_by_its_own_schema() {
    let schema = report_schema().to_value();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let problems: Vec<_> = validator
        .iter_errors(&json())
        .map(|error| error.to_string())
        .collect();
    assert_eq!(problems, Vec::<String>::new());
    let mut other = json();
    other["gates"][0]["verdict"] = "green".into();
    assert!(!validator.is_valid(&other));
    let mut other = json();
    other["schema"] = "driftgate.report.v2".into();
    assert!(!validator.is_valid(&other));
}

#[test]
fn the_json_report_tells_all() {
    insta::assert_snapshot!(serde_json::to_string_pretty(&json()).unwrap());
}

#[test]
fn the_junit_report_is_well_formed_whatever_is_found() {
    let mut out = Vec::new();
    tell_all(&mut Junit::new(&mut out));
    let text = String::from_utf8(out).unwrap();
    let read = quick_junit::Report::deserialize_from_str(&text).unwrap();
    assert_eq!(read.test_suites.len(), 1);
    let suite = &read.test_suites[0];
    assert_eq!(
        (suite.tests, suite.failures, suite.errors, suite.skipped),
        (6, 1, 2, 1)
    );
    assert_eq!(
        suite.timestamp.map(|time| time.to_rfc3339()),
        Some("2026-01-02T03:04:05.678+00:00".to_owned())
    );
    insta::assert_snapshot!(text);
}
